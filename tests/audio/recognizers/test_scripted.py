import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from audio.recognizers.base import RecognizerSettings
from audio.recognizers.scripted import ScriptedEngine
from audio.values import RATE, Word

PLAIN = RecognizerSettings()


def tone(seconds, amplitude):
    return (amplitude * np.sin(2 * np.pi * 200 * np.arange(int(seconds * RATE)) / RATE)).astype(np.int16)


def silence(seconds):
    return np.zeros(int(seconds * RATE), np.int16)


def recognizer(*words, samples_per_word=160, settings=PLAIN):
    return ScriptedEngine(words, samples_per_word=samples_per_word).recognizer(settings)


BURSTS = np.concatenate([silence(0.1), tone(0.35, 1000), silence(0.3), tone(1.25, 20000), silence(0.02)])


def test_each_burst_is_a_word_named_for_loudness_and_length():
    ear = recognizer()
    ear.accept(BURSTS)
    assert ear.finish().words == (
        Word("soft3", RATE // 10, RATE * 45 // 100, 1.0),
        Word("loud12", RATE * 75 // 100, RATE * 2, 1.0),
    )


def test_a_word_is_shown_when_its_burst_is_over():
    ear = recognizer()
    assert ear.accept(tone(0.5, 1000)) == ""
    assert ear.accept(silence(0.2)) == "soft5"


def test_a_short_gap_stays_inside_a_word():
    ear = recognizer()
    ear.accept(np.concatenate([tone(0.2, 1000), silence(0.05), tone(0.2, 1000)]))
    assert ear.finish().text == "soft4"


@given(st.lists(st.integers(0, len(BURSTS)), max_size=30), st.sampled_from([(), ("one", "two", "three")]))
def test_chunking_does_not_matter(cuts, script):
    whole, pieces = recognizer(*script), recognizer(*script)
    last = whole.accept(BURSTS)
    for piece in np.split(BURSTS, sorted(cuts)):
        seen = pieces.accept(piece)
    assert seen == last
    assert pieces.finish() == whole.finish()


def test_a_script_says_one_word_per_so_many_samples():
    ear = recognizer("one", "two")
    assert ear.accept(silence(0)) == ""
    assert ear.accept(np.zeros(319, np.int16)) == "one"
    assert ear.accept(np.zeros(1, np.int16)) == "one two"
    assert ear.accept(np.zeros(160, np.int16)) == "one two one"
    assert ear.finish().words[2] == Word("one", 320, 480, 1.0)
    assert ear.heard == 480


def test_finish_changes_nothing():
    whole, ear = recognizer(), recognizer()
    whole.accept(BURSTS)
    for piece in np.array_split(BURSTS, 7):
        ear.accept(piece)
        assert ear.finish() == ear.finish()
    assert ear.finish() == whole.finish()


def test_reset_forgets_the_utterance():
    ear = recognizer()
    ear.accept(BURSTS)
    ear.reset()
    assert ear.heard == 0
    assert ear.finish().text == ""
    ear.accept(BURSTS)
    assert ear.finish().text == "soft3 loud12"


def test_phrases_are_refused_politely():
    assert recognizer(settings=RecognizerSettings(phrases=("yes",))).warnings == (
        "the scripted recognizer ignores phrases",
    )
    assert recognizer().warnings == ()


def test_the_engine_says_that_it_is_no_recognizer():
    info = ScriptedEngine().info
    assert (info.engine, info.demo) == ("scripted", True)
    assert "tests" in (info.note or "")
