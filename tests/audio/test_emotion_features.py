import numpy as np
import pytest

from audio.emotion_bands import COLUMNS, BandPowers, Column
from audio.emotion_features import MIN_VOICED, describe
from audio.pitch import PitchTracker
from audio.values import HOP, RATE, PitchFrame
from tests.audio.talker import talk


def description(samples, pitch):
    powers = BandPowers()
    powers.push(samples)
    found = describe(powers.values(), pitch)
    assert found
    return found


def track(samples):
    tracker = PitchTracker()
    return [*tracker.push(samples), *tracker.flush()]


def steady(f0_hz, count):
    return [PitchFrame(number * HOP, f0_hz, 1.0) for number in range(count)]


def tone(hertz, seconds=1.0, amplitude=8000):
    return np.round(amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(
        np.int16
    )


@pytest.mark.parametrize("count", [0, 255, 256, 257, 1600, 16_000, 16_001])
def test_there_is_a_frame_for_every_centre_whose_window_is_complete(count):
    powers = BandPowers()
    powers.push(np.ones(count, np.int16))
    # The first window begins half a window before the first sample.
    assert powers.values().shape == (max(0, (count - 256) // HOP + 1) if count >= 256 else 0, COLUMNS)


def test_band_powers_do_not_depend_on_chunking():
    samples = talk(1.3)
    whole, single = BandPowers(), BandPowers()
    whole.push(samples)
    for start in range(0, len(samples), 7):
        single.push(samples[start : start + 7])
    assert np.array_equal(whole.values(), single.values())


def test_reading_the_powers_changes_nothing():
    samples = talk(1.0)
    read, unread = BandPowers(), BandPowers()
    for powers in (read, unread):
        powers.push(samples[:7777])
        if powers is read:
            read.values()
        powers.push(samples[7777:])
    assert np.array_equal(read.values(), unread.values())


def test_reset_forgets_the_audio():
    powers, fresh = BandPowers(), BandPowers()
    powers.push(talk(1.0))
    powers.reset()
    for each in (powers, fresh):
        each.push(tone(440))
    assert np.array_equal(powers.values(), fresh.values())


@pytest.mark.parametrize(
    ("hertz", "column"),
    [(500, Column.TO_1K), (3000, Column.FROM_1K), (3000, Column.FROM_2K)],
)
def test_a_tone_lands_in_its_band(hertz, column):
    powers = BandPowers()
    powers.push(tone(hertz))
    middle = powers.values()[50]
    assert middle[column] > 0.99 * middle[Column.TOTAL]
    assert middle[Column.MOMENT] / middle[Column.TOTAL] == pytest.approx(hertz / 1000, rel=0.01)


def test_pitch_is_described_in_semitones_above_100_hertz():
    features = description(tone(200), steady(200.0, 95)).features
    assert features["pitch_mean"] == pytest.approx(12)
    assert features["pitch_deviation"] == pytest.approx(0, abs=1e-9)


def test_speech_counts_short_gaps_but_not_pauses():
    voiced = {*range(0, 40), *range(50, 90), *range(150, 190)}
    pitch = [PitchFrame(n * HOP, 200.0 if n in voiced else None, 1.0) for n in range(195)]
    assert description(tone(200, 2.0), pitch).speech_s == pytest.approx(1.3)


def test_too_few_voiced_frames_are_not_described():
    powers = BandPowers()
    powers.push(tone(200))
    assert describe(powers.values(), steady(200.0, MIN_VOICED - 1)) is None
    assert describe(powers.values(), steady(200.0, MIN_VOICED)) is not None


def test_pitch_may_be_longer_or_shorter_than_the_audio():
    powers = BandPowers()
    powers.push(tone(200))
    for count in (30, 99, 300):
        assert describe(powers.values(), steady(200.0, count)) is not None


def test_voiced_frames_far_below_the_talker_do_not_count():
    samples = np.concatenate((tone(200, 1.0), tone(200, 1.0, amplitude=20)))
    assert description(samples, steady(200.0, 190)).speech_s == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("gain", [2.0, 0.2, 0.05])
def test_gain_changes_no_feature(gain):
    samples = talk()
    pitch = track(samples)
    loud = description(samples, pitch).features
    soft = description(np.round(samples * gain).astype(np.int16), pitch).features
    assert soft == pytest.approx(loud, abs=0.25, rel=0.03)


@pytest.mark.parametrize(
    "samples",
    [
        np.where(tone(200) >= 0, 32767, -32768).astype(np.int16),
        tone(200) + np.int16(20_000),
        np.clip(talk(2).astype(int) * 50, -32768, 32767).astype(np.int16),
        np.full(RATE, 32767, np.int16),
        np.full(RATE, -32768, np.int16),
        np.zeros(RATE, np.int16),
    ],
    ids=[
        "square wave",
        "tone on direct current",
        "clipped speech",
        "positive rail",
        "negative rail",
        "zeros",
    ],
)
def test_features_are_finite_on_any_input(samples):
    # Worse than any tracker: everything voiced, or pitch leaping across its range.
    for pitch in (steady(200.0, 100), [PitchFrame(n * HOP, 60.0 + 440 * (n % 2), 0.5) for n in range(100)]):
        assert all(np.isfinite(value) for value in description(samples, pitch).features.values())
