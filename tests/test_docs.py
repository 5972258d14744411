"""What the documents say is there: links lead somewhere, and every message and field of the wire is told."""

import re
from pathlib import Path

import msgspec
import pytest

from server.http.training import Choices, Filters
from server.replies import ServerEvent
from server.wire import native_messages
from storage.exports.formats import FORMATS

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text("utf-8"))
    missing = [target for target in targets if not (path.parent / target).exists()]
    assert missing == []


def test_every_message_of_a_client_is_told_with_its_fields():
    for kind in native_messages.ClientMessage.__args__:
        info = msgspec.inspect.type_info(kind)
        assert f"`{info.tag}`" in PROTOCOL
        for field in info.fields:
            assert f"`{field.encode_name}`" in PROTOCOL, (info.tag, field.encode_name)


def test_every_message_of_the_server_is_told():
    told = {
        "Answered": None,
        "Aside": None,
        "Transcript": "final",
        "VoiceActivity": "voice",
        "VoiceWarning": "warning",
    }
    told |= {"Trouble": "error"}
    for kind in ServerEvent.__args__:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
        name = told.get(kind.__name__, name)
        assert name is None or f"`{name}`" in PROTOCOL, name


def test_the_readme_names_the_commands_that_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make (\w+)", README, flags=re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)
    for module in set(re.findall(r"python -m ([\w.]+)", README)):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module
    for path in set(re.findall(r"tests/fixtures/[\w./-]+\.wav", README)):
        assert (ROOT / path).exists()


def test_every_export_format_is_told():
    exports = (ROOT / "docs" / "exports.md").read_text("utf-8")
    for name in FORMATS:
        assert f"| `{name}` |" in exports
    for field in (*Filters.__struct_fields__, *Choices.__struct_fields__):
        assert re.search(rf"[`\"]{field}[`\"]", exports), field
