import pytest

from audio.recognizers.download import ModelSite
from server.models import main
from tests.audio.recognizers.model_site import model_site, packed_model
from tests.audio.recognizers.test_installed import shelf

NAME = "vosk-model-small-en-us-0.15"


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch, tmp_path):
    """Whatever models the machine has are not this test's."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("VOSK_MODEL_PATH", raising=False)


def test_a_bare_machine_is_told_what_to_do(tmp_path, capsys):
    assert main([], models=tmp_path / "models") == 0
    told = capsys.readouterr().out
    assert f"no Vosk model in\n  {tmp_path / 'models'}\n" in told
    assert f"used: none; install one with: python -m server models fetch {NAME}" in told


def test_installed_models_are_listed_and_the_used_one_is_named(tmp_path, capsys):
    models = shelf(tmp_path / "models", "vosk-model-fr-1", "vosk-model-small-en-us-1")
    assert main(["list"], models=models, language="en-us") == 0
    head, french, english, _, used = capsys.readouterr().out.splitlines()
    assert head.split() == ["model", "language", "size", "folder"]
    assert french.split()[:2] == ["vosk-model-fr-1", "fr"]
    assert english.split()[:2] == ["vosk-model-small-en-us-1", "en-us"]
    assert float(english.split()[2]) > 0.1
    assert used == f"used: {models / 'vosk-model-small-en-us-1'}"


def test_another_engine_uses_none(tmp_path, capsys):
    models = shelf(tmp_path / "models", "vosk-model-fr-1")
    assert main([], models=models, engine="pocketsphinx") == 0
    assert "used: none, recognizer.engine is pocketsphinx" in capsys.readouterr().out


def test_a_model_is_fetched_and_then_used(tmp_path, capsys):
    with model_site({f"/{NAME}.zip": packed_model()}) as (url, _):
        assert main(["fetch", NAME], models=tmp_path / "models", site=ModelSite(url)) == 0
    assert capsys.readouterr().out == f"installed {tmp_path / 'models' / NAME}\n"
    main([], models=tmp_path / "models")
    assert f"used: {tmp_path / 'models' / NAME}" in capsys.readouterr().out


def test_a_failed_fetch_says_why_and_leaves_2(tmp_path, capsys):
    with model_site({}) as (url, _):
        assert main(["fetch", NAME], models=tmp_path, site=ModelSite(url)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"{url}/{NAME}.zip: the site answers 404 Not Found\n"


def test_fetch_without_a_name_lists_the_well_known(tmp_path, capsys):
    assert main(["fetch"], models=tmp_path) == 0
    told = capsys.readouterr().out
    assert "vosk-model-small-fr-0.22" in told
    assert "40 MB" in told


def test_a_misspelt_verb_leaves_2(tmp_path, capsys):
    assert main(["fecth"], models=tmp_path) == 2
    assert "invalid choice: 'fecth'" in capsys.readouterr().err
