"""The pitch tracker: right on known tones, silent on noise, and the same frames however the audio is cut."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.pitch import PitchTracker
from audio.values import HOP, RATE, PitchFrame


def voice(hertz: float, seconds: float = 0.6, rms: float = 0.1) -> NDArray[np.float32]:
    """Harmonics to 3.5 kHz, falling 6 dB an octave."""
    time = np.arange(int(seconds * RATE)) / RATE
    harmonics = np.arange(1, int(3500 / hertz) + 1)[:, None]
    tone = np.sum(np.cos(2 * np.pi * hertz * harmonics * time + harmonics**2) / harmonics, axis=0)
    return (tone / np.std(tone) * rms).astype(np.float32)


def track(samples: NDArray[np.float32] | NDArray[np.int16]) -> list[PitchFrame]:
    tracker = PitchTracker()
    return tracker.push(samples) + tracker.flush()


@pytest.mark.parametrize("hertz", [62, 75, 90, 110, 150, 200, 300, 400, 490])
def test_a_voice_is_found_within_one_percent(hertz: float):
    found = [frame.f0_hz for frame in track(voice(hertz))[5:-5]]
    assert all(f0 is not None for f0 in found)
    assert found == pytest.approx([hertz] * len(found), rel=0.01)


def test_white_noise_has_no_pitch():
    noise = np.random.default_rng(1).normal(0, 0.1, 2 * RATE).astype(np.float32)
    assert sum(frame.f0_hz is not None for frame in track(noise)) < 10


def test_silence_has_no_pitch():
    assert all(frame.f0_hz is None for frame in track(np.zeros(RATE, np.int16)))


def test_frames_lie_on_the_grid():
    assert [frame.at for frame in track(voice(120))] == list(range(0, int(0.6 * RATE), HOP))
