"""What is shipped for operators holds what it says: unit, container file, alerts, and docs/operations.md."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from audio.recognizers.base import RecognizerInfo
from server.config import Config, ServerSettings
from server.operate.metrics import Metrics
from tests.process import ROOT, command, launched

DEPLOY = ROOT / "docs" / "deploy"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
UNIT = (DEPLOY / "earshot.service").read_text("utf-8")
CONTAINER = (DEPLOY / "Containerfile").read_text("utf-8").replace("\\\n", " ")
ALERTS = [
    rule
    for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
FAMILIES = list(
    text_string_to_metric_families(Metrics(RecognizerInfo("vosk", "model", "en", demo=True)).text().decode())
)
SAMPLES = {sample.name for family in FAMILIES for sample in family.samples}


# ------------------------------------------------------------ alerts and metrics


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_there_is_and_is_told(rule):
    expression = rule["expr"]
    named = set(re.findall(r"\b(?:earshot|process)_\w+", re.sub(r'"[^"]*"', "", expression)))
    assert named <= SAMPLES
    assert named or expression.startswith("up{")
    assert expression.count("(") == expression.count(")")
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"]
    assert f"| `{rule['alert']}` |" in OPERATIONS


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alerts_labels_have_values_that_can_be(rule):
    """What can be is there from the start: to Prometheus, from nothing to one is no increase."""
    for name, label, values in re.findall(r'(earshot_\w+){(\w+)=~?"([^"]+)"}', rule["expr"]):
        known = {sample.labels.get(label) for f in FAMILIES for sample in f.samples if sample.name == name}
        assert set(values.split("|")) <= known


def test_every_metric_is_told_and_no_other():
    told = set(re.findall(r"`((?:earshot|process)_\w+)`", OPERATIONS))
    there = {family.name + ("_total" if family.type == "counter" else "") for family in FAMILIES}
    assert there == told


def test_every_alert_that_is_told_is_there():
    assert set(re.findall(r"`(Earshot[A-Z]\w+)`", OPERATIONS)) == {rule["alert"] for rule in ALERTS}


# ------------------------------------------------------------ systemd


def unit():
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read_string(UNIT)
    return parser


def test_the_unit_gives_a_stop_more_time_than_the_server_takes():
    service = unit()["Service"]
    assert float(service["TimeoutStopSec"]) > 2 * ServerSettings().drain_s
    assert "RestartPreventExitStatus" in service


def test_the_unit_shuts_the_server_in():
    service = unit()["Service"]
    for key in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "DynamicUser"):
        assert service[key] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert f"/var/lib/{service['StateDirectory']}/" in UNIT


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")
def test_systemd_takes_the_unit(tmp_path):
    here = UNIT.replace("/opt/earshot/.venv/bin/python", sys.executable)
    path = tmp_path / "earshot.service"
    path.write_text(here)
    verdict = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (verdict.returncode, verdict.stderr) == (0, "")


def test_the_units_command_is_one_that_the_server_knows():
    words = shlex.split(unit()["Service"]["ExecStart"])
    assert words[1:4] == ["-m", "server", "--config"]
    assert words[4].startswith("/etc/earshot/")
    assert "install -m 644 config.toml /etc/earshot/" in UNIT


# ------------------------------------------------------------ container


def instructions(name):
    return [line.split(maxsplit=1)[1] for line in CONTAINER.splitlines() if line.startswith(f"{name} ")]


def copied():
    """What goes from the checkout into the image."""
    found = [shlex.split(line) for line in instructions("COPY") if not line.startswith("--from")]
    return {words[0]: words[1] for words in found}


def test_the_image_takes_what_there_is_and_the_builder_gets_no_more():
    ignored = (DEPLOY / "Containerfile.dockerignore").read_text("utf-8").splitlines()
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied())
    assert "*" in ignored
    assert all((ROOT / source).exists() for source in copied())


def test_the_image_installs_only_what_is_pinned():
    [install] = re.findall(r"pip install ([^&\n]+)", CONTAINER)
    makefile = (ROOT / "Makefile").read_text("utf-8")
    [pinned] = re.findall(r"pip install ([^\n]+-r requirements\.lock)", makefile)
    assert set(shlex.split(pinned)) <= set(shlex.split(install))


def test_the_image_runs_as_nobody_and_stops_before_it_is_killed():
    assert instructions("USER") == ["10001:10001"]
    settings = dict(re.findall(r"\bEARSHOT_(\w+)=(\S+)", CONTAINER.split("ENV")[1]))
    assert float(settings["SERVER_DRAIN_S"]) < 10  # Docker's patience
    for name in settings:
        section, _, key = name.lower().partition("_")
        assert key in getattr(Config(), section).__struct_fields__


def test_what_the_image_holds_is_all_that_a_server_needs(tmp_path):
    """The image's own commands, on the image's own files; only the environment and the ports are the test's."""
    [entry] = instructions("ENTRYPOINT")
    assert yaml.safe_load(entry) == [".venv/bin/python", "-m", "server"]
    image = tmp_path / "image"
    image.mkdir()
    for source, target in copied().items():
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, image / target.replace("./", source))
    [check] = re.findall(r"CMD (\[.+\])", CONTAINER)
    with launched(*command(tmp_path), cwd=image) as server:
        port = server.http.rpartition(":")[2]
        _, env = command(tmp_path, EARSHOT_SERVER_HTTP_PORT=port)
        words = [sys.executable, *yaml.safe_load(check)[1:]]
        assert subprocess.run(words, cwd=image, env=env, timeout=60, check=False).returncode == 0
