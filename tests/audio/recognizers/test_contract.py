"""What every recognizer promises (see base.py), kept by each of them on the same recordings."""

import numpy as np
import pytest

from audio.recognizers.base import RecognizerSettings
from audio.recognizers.scripted import ScriptedEngine
from audio.values import RATE, Recognition
from tests.fixtures.speech_files import speech

BLOCK = RATE // 10
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.fixture(params=["vosk", "pocketsphinx", "scripted"])
def engine(request):
    return ScriptedEngine() if request.param == "scripted" else request.getfixturevalue(request.param)


@pytest.fixture
def ear(engine):
    recognizer = session(engine)
    yield recognizer
    recognizer.close()


def session(engine):
    phrases = tuple(DIGITS) if engine.info.engine == "pocketsphinx" else ()
    return engine.recognizer(RecognizerSettings(phrases=phrases))


def hear(ear, samples, block=BLOCK):
    """Feed in blocks; return the last partial."""
    text = ""
    for start in range(0, len(samples), block):
        text = ear.accept(samples[start : start + block])
    return text


def recognize(ear, samples, block=BLOCK):
    """Hear one utterance and begin the next."""
    hear(ear, samples, block)
    found = ear.finish()
    ear.reset()
    return found


@pytest.fixture
def digits():
    return speech("digits-16k").samples


def test_no_audio_is_no_words(ear):
    assert ear.finish() == Recognition("")
    ear.reset()
    assert ear.accept(np.zeros(0, np.int16)) == ""
    assert ear.finish() == Recognition("")


def test_a_blink_is_no_words(ear):
    for length in (1, 159, 400, 1000):
        assert recognize(ear, np.zeros(length, np.int16)).text == ""


def test_words_come_in_order_inside_the_utterance(ear, digits):
    found = recognize(ear, digits)
    assert found.text == " ".join(word.text for word in found.words) != ""
    edges = [edge for word in found.words for edge in (word.start, word.end)]
    assert edges == sorted(edges)
    assert edges[0] >= 0
    assert edges[-1] <= len(digits) + RATE // 50


def test_finish_is_repeatable(ear, digits):
    hear(ear, digits)
    first = ear.finish()
    assert ear.finish() == first


def test_words_are_shown_while_they_are_spoken(ear, digits):
    assert hear(ear, digits) != ""


def test_an_utterance_goes_on_after_finish_with_no_word_lost_or_doubled(ear):
    recording = speech("pauses-inside")
    gaps = [
        (a.end + b.start) / 2
        for a, b in zip(recording.words, recording.words[1:], strict=False)
        if b.start - a.end > 0.4
    ]
    whole = recognize(ear, recording.samples)
    for piece in np.split(recording.samples, [int(gap * RATE) for gap in gaps]):
        hear(ear, piece)
        ear.finish()
    pieced = ear.finish()
    assert pieced.text == whole.text
    assert [abs(a.start - b.start) < RATE // 5 for a, b in zip(pieced.words, whole.words, strict=True)]


def test_the_cut_into_calls_does_not_matter_to_the_final(ear, digits):
    assert recognize(ear, digits, 960).text == recognize(ear, digits, 16000).text


def test_reset_begins_a_new_utterance_whose_times_start_at_0(ear, digits):
    first = recognize(ear, digits)
    second = recognize(ear, digits)
    assert second.text == first.text
    assert [word.start // 800 for word in second.words] == pytest.approx(
        [w.start // 800 for w in first.words], abs=1
    )


def test_reset_forgets_what_was_not_finished(ear, digits):
    fresh = recognize(ear, digits).text
    hear(ear, digits[: RATE * 3 // 2])
    ear.reset()
    assert recognize(ear, digits).text == fresh


def test_a_session_that_closes_in_the_middle_harms_nobody(engine, ear, digits):
    leaving = session(engine)
    alone = recognize(ear, digits)
    hear(leaving, digits[:RATE])
    hear(ear, digits[:RATE])
    leaving.close()
    leaving.close()
    hear(ear, digits[RATE:])
    assert ear.finish().text == alone.text
