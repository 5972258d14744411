import numpy as np
import pytest

from audio.values import RATE
from audio.voice import Voice
from tests.fixtures.speech_files import speech


def summary(samples, block=1600):
    voice = Voice()
    for start in range(0, len(samples), block):
        voice.push(samples[start : start + block])
    return voice.finish()


def test_pitch_quality_and_emotion_of_speech_are_summed_up():
    found = summary(speech("all-words").samples)
    assert found.pitch_min_hz < found.pitch_hz < found.pitch_max_hz
    assert found.pitch_range_st > 0
    assert 0 < found.voiced_ratio < 1
    assert found.quality.score > 0.5
    assert found.emotion.label in {"angry", "happy", "neutral", "sad", "uncertain"}


def test_blocks_do_not_matter():
    samples = speech("digits-16k").samples
    assert summary(samples, 1600) == summary(samples, 333) == summary(samples, len(samples))


@pytest.mark.parametrize("block", [160, 320, 1600, 6400])
def test_blocks_do_not_matter_in_between_either(block):
    samples = speech("digits-16k").samples[: 5 * 6400]
    whole, voice = Voice(), Voice()
    whole.push(samples)
    for start in range(0, len(samples), block):
        voice.push(samples[start : start + block])
    assert voice.summary() == whole.summary()


def test_to_be_summed_up_in_between_keeps_no_frame_from_the_listener():
    samples = speech("digits-16k").samples
    voice, plain = Voice(), Voice()
    told, expected = [], []
    for start in range(0, len(samples), 480):
        told += voice.push(samples[start : start + 480])
        voice.summary()
        expected += plain.push(samples[start : start + 480])
    told += voice.push(samples[:0])
    assert told[: len(expected)] == expected


def test_a_short_word_has_no_emotion():
    assert summary(speech("digits-16k").samples[:RATE]).emotion is None


def test_what_has_no_voice_has_no_pitch():
    noise = np.random.default_rng(2).normal(0, 3000, RATE).astype(np.int16)
    found = summary(noise)
    assert found.pitch_hz is None
    assert found.voiced_ratio == 0


def test_the_next_utterance_begins_afresh():
    samples = speech("digits-16k").samples
    voice = Voice()
    voice.push(speech("abrupt-end").samples)
    voice.finish()
    frames = voice.push(samples)
    assert frames[0].at == 0
    assert abs(voice.finish().pitch_hz - summary(samples).pitch_hz) < 2
