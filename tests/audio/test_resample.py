import numpy as np
import pytest

from audio.resample import Resampler
from audio.values import RATE


def tone(rate, hertz, seconds=1.0):
    return (8000 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype(np.int16)


def resampled(samples, rate, step=None):
    resampler = Resampler(rate)
    step = step or len(samples)
    parts = [resampler.push(samples[i : i + step]) for i in range(0, len(samples), step)]
    return np.concatenate([*parts, resampler.flush()])


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000])
def test_a_tone_stays_the_same_tone_at_the_same_time(rate):
    out = resampled(tone(rate, 440), rate).astype(float)
    assert abs(len(out) - RATE) <= 1
    middle = slice(RATE // 4, 3 * RATE // 4)
    expected = tone(RATE, 440).astype(float)
    assert np.abs(out[middle] - expected[middle]).max() < 80  # 1 % of the tone


@pytest.mark.parametrize("rate", [8000, 44100, 48000])
@pytest.mark.parametrize("step", [1, 7, 160, 999])
def test_cutting_anywhere_changes_nothing(rate, step):
    samples = np.random.default_rng(rate).integers(-20000, 20000, rate // 5).astype(np.int16)
    assert resampled(samples, rate, step).tolist() == resampled(samples, rate).tolist()


def test_what_would_alias_is_filtered_out():
    out = resampled(tone(48000, 11_000), 48000).astype(float)
    assert np.sqrt(np.mean(out[2000:-2000] ** 2)) < 8  # 60 dB below the tone


def test_16_khz_passes_untouched():
    samples = tone(RATE, 300)
    assert resampled(samples, RATE, 333).tolist() == samples.tolist()
