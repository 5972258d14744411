"""Fitting the pitch network: it learns what a few tones can teach."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.pitch_judge import Judge
from audio.pitch_training import Examples, examples, fit, loss, read
from audio.values import RATE


def recording(seed: int) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
    """Four seconds of tones and gaps in faint noise, with the truth about them."""
    rng = np.random.default_rng(seed)
    hertz = np.repeat(rng.uniform(80, 400, 10), 40) * np.tile(np.repeat([1, 0], 40), 5)
    contour = np.repeat(hertz, RATE // 100)
    phase = 2 * np.pi * np.cumsum(contour) / RATE
    tone = sum(np.cos(phase * harmonic) / harmonic for harmonic in range(1, 6)) * (contour > 0)
    samples = 3000 * tone + rng.normal(0, 100, len(contour))
    edge = np.abs(np.diff(hertz, prepend=hertz[0])) > 0
    truth = np.column_stack((np.arange(len(hertz)) / 100, hertz, ~(edge | np.roll(edge, -1))))
    return samples.astype(np.int16), truth


@pytest.fixture(scope="module")
def data() -> Examples:
    return examples(*recording(1))


def test_more_passes_make_the_right_choices_likelier(data: Examples):
    early, late = fit(data, passes=1), fit(data, passes=40)
    unseen = examples(*recording(2))
    assert loss(late, data) < loss(early, data)
    assert loss(late, unseen) < 0.5


def test_the_judge_chooses_what_the_fit_learned(data: Examples):
    judge = Judge(**fit(data, passes=40))
    odds = np.where(data.exist, judge.odds(data.cues), -30)
    choice = np.column_stack((odds, np.zeros(len(odds)))).argmax(1)
    assert data.right[np.arange(len(choice)), choice].mean() > 0.95


def test_frames_without_a_right_choice_are_left_out():
    samples, truth = recording(1)
    truth[:, 1] = np.where(truth[:, 1] > 0, 1000.0, 0.0)
    assert examples(samples, truth).right[:, -1].all()


def test_pairs_are_read_from_a_folder(tmp_path: Path, data: Examples):
    samples, truth = recording(1)
    with wave.open(str(tmp_path / "one.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    np.savetxt(tmp_path / "one.f0", truth)
    assert np.array_equal(read(tmp_path).cues, data.cues)
