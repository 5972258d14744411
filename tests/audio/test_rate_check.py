"""Audio at a rate it doesn't have: the clock is believed where it is steady, the voice where it is sure."""

from __future__ import annotations

import numpy as np
import pytest

from audio.quality import QualityMeter
from audio.rate_check import NO_HEARSAY, Clock, device_rate, hurried
from audio.resample import Resampler
from audio.values import RATE
from tests.audio.damage import CLEAN, at_level, pcm, reverberant, thinned, white
from tests.fixtures.speech_files import speech


def taken_for(samples, rate):
    """Our 16 kHz audio as it sounds when somebody takes it for another rate."""
    resampler = Resampler(rate)
    return np.concatenate([resampler.push(samples), resampler.flush()])


def hearsay(samples, seconds=5):
    meter = QualityMeter()
    meter.push(samples[: seconds * RATE])
    return meter.hearsay()


def clock_of(received):
    """A clock that looked once a second."""
    clock = Clock()
    for second, audio in enumerate(received):
        clock.note(received_s=audio, elapsed_s=float(second))
    return clock


def live(ratio, seconds=20, jitter=0.2):
    late = np.random.default_rng(1).uniform(0, jitter, seconds)
    return [max(0.0, ratio * (second - late[second])) for second in range(seconds)]


@pytest.mark.parametrize("ratio", [0.5, 0.69, 1.0, 1.088, 2.76, 3.0])
def test_a_steady_pace_is_found_through_the_jitter_of_messages(ratio):
    assert clock_of(live(ratio)).ratio() == pytest.approx(ratio, rel=0.015)


def test_the_first_seconds_say_nothing():
    assert clock_of(live(3.0, seconds=10)).ratio() is None


def test_a_file_sent_as_fast_as_the_line_takes_it_has_no_steady_pace():
    bursts = np.random.default_rng(2).uniform(5, 25, 30)
    assert clock_of(np.cumsum(bursts)).ratio() is None


def test_a_muted_microphone_has_no_steady_pace():
    talking = np.repeat([1.0, 0.0, 1.0, 0.0, 1.0], 4)
    assert clock_of(np.cumsum(talking)).ratio() is None


def test_a_stream_that_stopped_has_no_pace():
    assert clock_of([7.0] * 20).ratio() is None


@pytest.mark.parametrize(
    ("declared", "ratio", "true"),
    [
        (16_000, 3.0, 48_000),
        (16_000, 2.756, 44_100),
        (16_000, 0.5, 8_000),
        (48_000, 0.919, 44_100),
        (44_100, 1.0884, 48_000),
        (8_000, 1.999, 16_000),
        (16_000, 1.0, None),
        (16_000, 1.003, None),
        (16_000, 1.17, None),
        (16_000, 10.0, None),
    ],
)
def test_a_pace_leads_to_a_rate_that_devices_have_or_to_none(declared, ratio, true):
    assert device_rate(declared, ratio) == true


def test_a_program_may_hurry_by_round_figures_only():
    assert hurried(2.0)
    assert hurried(2.98)
    assert not hurried(44_100 / 16_000)
    assert not hurried(0.5)


@pytest.mark.parametrize("name", ["all-words", "pauses-inside", "two-utterances", "digits-16k", "real-ss"])
def test_a_voice_at_its_own_speed_is_called_neither_slow_nor_fast(name):
    heard = hearsay(speech(name).samples)
    assert heard.slow < 1
    assert heard.fast < 1
    assert not heard.narrow


@pytest.mark.parametrize("true_rate", [32_000, 44_100, 48_000])
def test_a_voice_from_a_higher_rate_is_slow(true_rate):
    slowed = taken_for(speech("pauses-inside").samples, RATE * RATE // true_rate)
    heard = hearsay(slowed)
    assert heard.slow > 3
    assert heard.fast < 0


def test_a_voice_from_half_the_rate_is_fast():
    hastened = taken_for(np.concatenate([speech("pauses-inside").samples] * 2), 2 * RATE)
    heard = hearsay(hastened)
    assert heard.fast > 3
    assert heard.slow < 0


def test_audio_brought_up_from_8_khz_is_narrow():
    assert hearsay(taken_for(speech("commands-8k").samples, 8_000)).narrow
    assert not hearsay(pcm(CLEAN)).narrow


@pytest.mark.parametrize("spoilt", [white(10), reverberant(0.8)], ids=["noise", "reverberation"])
def test_what_hides_the_voice_makes_it_no_witness(spoilt):
    heard = hearsay(pcm(spoilt))
    assert heard.slow < 0
    assert heard.fast < 0


def test_a_voice_full_of_holes_is_not_fast():
    whole = at_level(speech("pauses-inside").samples / 32768)
    assert hearsay(pcm(thinned(0.1, whole))).fast < 0


def test_silence_is_no_witness():
    assert hearsay(np.zeros(5 * RATE, np.int16)) == NO_HEARSAY
