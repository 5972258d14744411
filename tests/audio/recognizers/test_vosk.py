import shutil

import numpy as np
import pytest

from audio.recognizers.base import RecognizerError, RecognizerSettings
from audio.recognizers.vosk import VoskEngine
from audio.values import RATE
from tests.audio.recognizers.test_contract import hear, recognize
from tests.fixtures.speech_files import MODEL, speech, speech_names

WIDE_BAND = [name for name in speech_names(synthetic_only=True) if speech(name).rate == RATE]


@pytest.fixture
def ear(vosk):
    return vosk.recognizer(RecognizerSettings())


@pytest.mark.parametrize("name", WIDE_BAND)
def test_the_recordings_are_heard_exactly_with_words_where_they_are(ear, name):
    recording = speech(name)
    found = recognize(ear, recording.samples)
    assert found.text == recording.text
    for heard, spoken in zip(found.words, recording.words, strict=True):
        assert heard.text == spoken.text
        assert heard.start / RATE == pytest.approx(spoken.start, abs=0.25)
        assert heard.end / RATE == pytest.approx(spoken.end, abs=0.25)
        assert 0 < heard.confidence <= 1


def test_partials_grow_word_by_word(ear):
    digits = speech("digits-16k")
    seen = {ear.accept(piece) for piece in np.array_split(digits.samples, 40)}
    assert "" in seen
    assert any(digits.text.startswith(text) for text in seen if text)
    assert len(seen) > len(digits.words) / 2


def test_vosks_own_segments_do_not_leak_and_lose_no_word(ear):
    recording = speech("two-utterances")
    pause = np.zeros(6 * RATE, np.int16)
    samples = np.concatenate([recording.samples, pause, recording.samples, pause])
    texts = [ear.accept(piece) for piece in np.array_split(samples, 200)]
    twice = f"{recording.text} {recording.text}"
    assert texts[-1] == twice
    assert texts[100:] == sorted(texts[100:], key=len)
    found = ear.finish()
    assert found.text == twice
    shift = len(recording.samples) + len(pause)
    half = len(recording.words)
    for first, second in zip(found.words[:half], found.words[half:], strict=True):
        assert second.start - first.start == pytest.approx(shift, abs=RATE // 10)


def test_silence_alone_is_no_words_however_long(ear):
    assert hear(ear, np.zeros(30 * RATE, np.int16)) == ""
    assert ear.finish().text == ""


def test_other_readings_are_listed_when_asked_for(vosk):
    clean = speech("digits-16k").samples
    noisy = (clean + np.random.default_rng(1).normal(0, 2000, len(clean))).astype(np.int16)
    found = recognize(vosk.recognizer(RecognizerSettings(alternatives=3)), noisy)
    assert found.text == " ".join(word.text for word in found.words) != ""
    assert {word.confidence for word in found.words} == {None}
    readings = [found.text, *(other.text for other in found.alternatives)]
    assert len(set(readings)) == len(readings) == 4
    assert all(other.text == " ".join(word.text for word in other.words) for other in found.alternatives)
    assert recognize(vosk.recognizer(RecognizerSettings()), noisy).alternatives == ()


def test_phrases_are_refused_in_words_on_a_fixed_graph(vosk):
    (warning,) = vosk.recognizer(RecognizerSettings(phrases=("yes", "no"))).warnings
    assert warning.startswith("vosk-tiny-en has a fixed graph and ignores phrases")
    assert vosk.recognizer(RecognizerSettings()).warnings == ()


def test_sessions_share_a_model_and_not_their_words(vosk):
    first, second = vosk.recognizer(RecognizerSettings()), vosk.recognizer(RecognizerSettings())
    digits, words = speech("digits-16k"), speech("abrupt-end")
    for a, b in zip(np.array_split(digits.samples, 50), np.array_split(words.samples, 50), strict=True):
        first.accept(a)
        second.accept(b)
    assert first.finish().text == digits.text
    assert second.finish().text == words.text


def test_damaged_files_are_an_error_that_names_the_model(tmp_path, capfd):
    shutil.copytree(MODEL, tmp_path / "model")
    (tmp_path / "model/am/final.mdl").write_bytes(b"\0Bnonsense")
    with pytest.raises(RecognizerError, match="model: libvosk can't load this model"):
        VoskEngine(tmp_path / "model")
    assert "ERROR" in capfd.readouterr().err


def test_loading_and_hearing_print_nothing(capfd):
    engine = VoskEngine(MODEL)
    recognize(
        engine.recognizer(RecognizerSettings(phrases=("yes",), alternatives=2)), speech("digits-16k").samples
    )
    engine.close()
    assert capfd.readouterr() == ("", "")
