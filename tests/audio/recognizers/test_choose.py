import contextlib
from pathlib import Path

import pytest

from audio.recognizers.base import RecognizerError
from audio.recognizers.choose import ENGINES, choose, find, published_for
from audio.recognizers.download import ModelSite
from tests.audio.recognizers.model_site import model_site, packed_model
from tests.audio.recognizers.test_installed import shelf
from tests.fixtures.speech_files import MODEL

NOWHERE = ModelSite("http://127.0.0.1:1")
"""No port is lower, and nothing listens there."""


@pytest.fixture
def closing():
    """Close what is chosen."""
    with contextlib.ExitStack() as stack:
        yield lambda engine: stack.enter_context(contextlib.closing(engine))


def test_the_named_folder_is_taken(closing):
    info = closing(choose(model=str(MODEL), folders=[])).info
    assert (info.engine, info.model, info.language, info.demo, info.note) == (
        "vosk",
        "vosk-tiny-en",
        "en",
        False,
        None,
    )


def test_a_bare_name_is_looked_for_in_the_folders(tmp_path, closing):
    folders = [shelf(tmp_path / "models", "vosk-model-a", "vosk-model-small-fr-1")]
    assert closing(choose("vosk", model="vosk-model-small-fr-1", folders=folders)).info.language == "fr"


def test_the_first_model_that_speaks_the_language_is_taken(tmp_path, closing):
    folders = [
        shelf(tmp_path / "a", "vosk-model-fr-1"),
        shelf(tmp_path / "b", "vosk-model-small-en-us-1", "z"),
    ]
    assert closing(choose(folders=folders)).info.model == "vosk-model-fr-1"
    assert closing(choose(folders=folders, language="en-us")).info.model == "vosk-model-small-en-us-1"


def test_the_configured_language_names_a_model_whose_name_does_not(tmp_path, closing):
    folders = [shelf(tmp_path / "a", "mine")]
    assert closing(choose(folders=folders, language="de")).info.language == "de"


def test_without_a_model_one_is_fetched_once(tmp_path, closing):
    name = "vosk-model-small-de-0.15"
    with model_site({f"/{name}.zip": packed_model(name)}) as (url, asked):
        for _ in range(2):
            engine = choose(folders=[tmp_path], language="de-AT", download=tmp_path, site=ModelSite(url))
            assert closing(engine).info.model == name
    assert asked == ["/model-list.json", f"/{name}.zip"]


def test_where_none_can_be_fetched_the_demo_listens_and_says_so_once(tmp_path, closing, caplog):
    info = closing(choose(folders=[tmp_path], download=tmp_path, site=NOWHERE)).info
    assert (info.engine, info.language, info.demo) == ("pocketsphinx", "en-us", True)
    assert "1 word in 4 wrong" in info.note
    assert "python -m server models fetch vosk-model-small-en-us-0.15" in info.note
    (record,) = caplog.records
    assert info.note in record.getMessage()
    assert "http://127.0.0.1:1 can't be reached" in record.getMessage()
    assert list(tmp_path.iterdir()) == []


def test_the_demo_can_be_asked_for(closing, caplog):
    assert closing(choose("pocketsphinx")).info.engine == "pocketsphinx"
    assert caplog.records == []


def test_the_demo_hears_english_only(tmp_path):
    with pytest.raises(RecognizerError, match=r"language 'fr' needs a Vosk model.*vosk-model-small-fr-0.22"):
        choose(folders=[tmp_path], language="fr")
    with pytest.raises(RecognizerError, match="language 'fr' needs a Vosk model"):
        choose("pocketsphinx", language="fr")


def test_who_asks_for_vosk_gets_nothing_else(tmp_path):
    with pytest.raises(RecognizerError, match="can't be reached"):
        choose("vosk", folders=[tmp_path], download=tmp_path, site=NOWHERE)
    with pytest.raises(
        RecognizerError, match=r"none in .* \(a model is a folder with am/final\.mdl.*may be downloaded"
    ):
        choose("vosk", folders=[tmp_path])


def test_a_named_folder_that_is_no_model_is_an_error_even_for_auto(tmp_path):
    for model in (str(tmp_path), str(tmp_path / "absent")):
        with pytest.raises(
            RecognizerError, match=r"am/final\.mdl, conf/model\.conf and graph/HCLG\.fst"
        ) as caught:
            choose(model=model, folders=[MODEL], download=tmp_path, site=NOWHERE)
        assert model in str(caught.value)


def test_a_language_nobody_publishes_needs_a_name(tmp_path):
    with pytest.raises(RecognizerError, match="language 'tlh': no Vosk model is known"):
        choose(folders=[tmp_path], language="tlh", download=tmp_path, site=NOWHERE)


def test_an_unknown_engine_is_told_the_choices():
    with pytest.raises(RecognizerError, match="'whisper'; choose from auto, vosk, pocketsphinx, scripted"):
        choose("whisper")
    assert choose(ENGINES[-1]).info.engine == "scripted"


def test_find_agrees_with_choose_and_loads_nothing(tmp_path):
    folder = shelf(tmp_path / "models", "vosk-model-small-fr-1")
    assert find("", "fr", [folder]) == folder / "vosk-model-small-fr-1"
    assert find("", "en-us", [folder]) is None
    assert find("vosk-model-small-fr-1", "", [folder]) == folder / "vosk-model-small-fr-1"
    assert find("vosk-model-absent", "", [folder]) is None
    assert find("some/where", "", [folder]) == Path("some/where")


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("", "vosk-model-small-en-us-0.15"),
        ("en-GB", "vosk-model-small-en-us-0.15"),
        ("zh-CN", "vosk-model-small-cn-0.22"),
    ],
)
def test_small_models_are_fetched_by_default(language, name):
    offer = published_for(language)
    assert offer
    assert offer.name == name
    assert published_for("tlh") is None
