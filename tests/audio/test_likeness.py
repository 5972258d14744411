"""Notes are like what sounded 200 ms before, voices less, noise not at all."""

import numpy as np
import pytest

from audio.likeness import Likeness
from audio.values import FRAME, RATE
from tests.audio.scenes import at_level, band, counting, noise, sentence


def spectra(samples):
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME) * 32768 * np.hanning(FRAME)
    return np.fft.rfft(frames)[:, 5:80].astype(np.complex64)


def likeness(samples):
    return np.mean([like for like in Likeness().push(spectra(samples)) if like is not None])


def test_one_frame_in_five_is_compared_once_200_ms_have_been_heard():
    found = Likeness().push(spectra(noise(0.5, -20)))
    assert [at for at, like in enumerate(found) if like is not None] == [10, 15, 20]


@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_the_grouping_changes_nothing(size):
    lines = spectra(sentence()[:RATE])
    listener = Likeness()
    parts = [like for at in range(0, len(lines), size) for like in listener.push(lines[at : at + size])]
    assert parts == pytest.approx(Likeness().push(lines), abs=1e-5)


def test_a_tone_is_like_itself():
    tone = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE) * 0.3 + noise(1, -80)
    assert likeness(tone) > 0.9


def test_noise_is_like_nothing():
    assert abs(likeness(noise(10, -20))) < 0.1


def test_digital_silence_is_like_nothing():
    assert likeness(np.zeros(RATE)) == 0


@pytest.mark.parametrize("talk", [sentence, counting])
def test_a_band_is_more_like_itself_than_a_talker(talk):
    music = at_level(band(30, 0, beats_per_minute=100), -24)
    assert likeness(talk()) < 0.6 < likeness(music)
