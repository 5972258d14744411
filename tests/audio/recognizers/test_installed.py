import shutil
from pathlib import Path

import pytest

from audio.recognizers.installed import PUBLISHED, Installed, installed, speaks, standard_folders
from audio.recognizers.vosk_model import language_of
from tests.fixtures.speech_files import MODEL


def shelf(folder, *names):
    folder.mkdir(exist_ok=True)
    for name in names:
        shutil.copytree(MODEL, folder / name)
    return folder


def test_models_are_listed_by_folder_then_by_name(tmp_path):
    first, second = (
        shelf(tmp_path / "b", "vosk-model-fr-1", "vosk-model-de-1"),
        shelf(tmp_path / "a", "model"),
    )
    (first / "notes").mkdir()
    (first / "file").write_text("")
    assert installed([first, tmp_path / "absent", second]) == [
        Installed(first / "vosk-model-de-1", "de"),
        Installed(first / "vosk-model-fr-1", "fr"),
        Installed(second / "model", "und"),
    ]


def test_a_folder_may_be_a_model_itself():
    assert installed([MODEL, MODEL.parent]) == [Installed(MODEL, "en")]


def test_a_half_fetched_model_is_not_seen(tmp_path):
    assert installed([shelf(tmp_path, ".vosk-model-fr-1-x7")]) == []


def test_the_operators_folder_comes_first_then_ours(monkeypatch, tmp_path):
    monkeypatch.setenv("VOSK_MODEL_PATH", str(tmp_path))
    assert standard_folders(Path("ours"))[:2] == (tmp_path, Path("ours"))
    monkeypatch.delenv("VOSK_MODEL_PATH")
    assert standard_folders(Path("ours")) == (
        Path("ours"),
        Path.home() / ".cache/vosk",
        Path("/usr/share/vosk"),
    )


@pytest.mark.parametrize(
    ("model", "wanted", "serves"),
    [
        ("en-us", "en-us", True),
        ("en-us", "en_GB", True),
        ("en", "en-us", True),
        ("fr", "", True),
        ("und", "fr", True),
        ("fr", "en-us", False),
        ("en-us", "e", False),
    ],
)
def test_a_language_serves_its_regions(model, wanted, serves):
    assert speaks(model, wanted) is serves


def test_the_well_known_models_are_what_their_names_say():
    assert [offer.language for offer in PUBLISHED] == [language_of(offer.name) for offer in PUBLISHED]
    assert PUBLISHED[0].name == "vosk-model-small-en-us-0.15"
