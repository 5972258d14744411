import pytest

from audio.recognizers.base import RecognizerError
from audio.recognizers.vosk_model import check_model, has_runtime_graph, is_model, language_of
from tests.fixtures.speech_files import MODEL

NEW = ("am/final.mdl", "conf/model.conf")
OLD = ("final.mdl", "mfcc.conf")


def folder(path, *files, silence="--endpoint.silence-phones=1"):
    for file in files:
        (path / file).parent.mkdir(parents=True, exist_ok=True)
        (path / file).write_text(silence)
    return path


@pytest.mark.parametrize(
    "files",
    [
        (*NEW, "graph/HCLG.fst"),
        (*NEW, "graph/HCLr.fst", "graph/Gr.fst"),
        (*OLD, "HCLG.fst"),
        (*OLD, "HCLr.fst", "Gr.fst"),
    ],
)
def test_both_layouts_and_both_kinds_of_graph_are_models(tmp_path, files):
    assert is_model(folder(tmp_path, *files))
    check_model(tmp_path)


@pytest.mark.parametrize(
    "files",
    [
        (),
        NEW,
        (*NEW, "HCLG.fst"),
        (*NEW, "graph/HCLr.fst"),
        ("am/final.mdl", "graph/HCLG.fst"),
        ("final.ext.raw",),
    ],
)
def test_anything_less_is_not_a_model(tmp_path, files):
    assert not is_model(folder(tmp_path, *files))
    with pytest.raises(RecognizerError, match=r"not a Vosk model; expected in it: am/final\.mdl") as caught:
        check_model(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(RecognizerError, match="absent: no such folder"):
        check_model(tmp_path / "absent")


def test_a_model_that_would_abort_the_process_is_refused(tmp_path):
    folder(tmp_path, *NEW, "graph/HCLG.fst", silence="--beam=13.0")
    with pytest.raises(RecognizerError, match=r"endpoint\.silence-phones is missing"):
        check_model(tmp_path)


def test_phrases_need_a_graph_that_is_composed_at_run_time(tmp_path):
    assert not has_runtime_graph(MODEL)
    assert has_runtime_graph(folder(tmp_path, *NEW, "graph/HCLr.fst", "graph/Gr.fst"))
    assert not has_runtime_graph(folder(tmp_path, "graph/HCLG.fst"))


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("vosk-model-small-en-us-0.15", "en-us"),
        ("vosk-model-en-us-0.22-lgraph", "en-us"),
        ("vosk-model-small-en-in-0.4", "en-in"),
        ("vosk-model-fr-0.22", "fr"),
        ("vosk-model-small-cn-0.22", "zh"),
        ("vosk-model-small-vn-0.4", "vi"),
        ("vosk-model-small-uk-v3-small", "uk"),
        ("vosk-model-tl-ph-generic-0.6", "tl-ph"),
        ("vosk-model-small-sv-rhasspy-0.15", "sv"),
        ("vosk-model-br-0.8", "br"),
        ("vosk-tiny-en", "en"),
        ("model", "und"),
        ("my-model-de", "und"),
        ("vosk-model-english", "und"),
    ],
)
def test_the_name_tells_the_language(name, language):
    assert language_of(name) == language
