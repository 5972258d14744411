"""The path search: what it never looks at couldn't win, and what it says early it would have said in time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.pitch_path import PitchPath

CANDIDATES, LAG, JUMP, SWITCH = 3, 2, 6.0, 2.5
UNVOICED = CANDIDATES


def search() -> PitchPath:
    return PitchPath(candidates=CANDIDATES, lag=LAG, jump=JUMP, switch=SWITCH)


def scene(seed: int, frames: int) -> tuple[list[list[float]], list[list[float]]]:
    """Candidates of a wandering voice among others, which comes and goes: octaves and costs."""
    rng = np.random.default_rng(seed)
    leaps = rng.choice((-1, 0, 0.58, 1), (frames, CANDIDATES))
    octaves = 7 + leaps + rng.normal(0, 0.1, (frames, CANDIDATES))
    costs = rng.choice((-2, 3), (frames, 1)) + rng.normal(0, 4, (frames, CANDIDATES))
    return octaves.tolist(), costs.tolist()


def textbook(octaves: list[list[float]], costs: list[list[float]]) -> list[int]:
    """Look at every step of every path; decide each frame from the best end `LAG` frames later."""
    totals = np.array([*costs[0], 0.0]) if costs else np.zeros(0)
    sources: list[np.ndarray] = []
    ends = [int(totals.argmin())] if costs else []
    for number in range(1, len(costs)):
        steps = np.full((CANDIDATES + 1, CANDIDATES + 1), SWITCH)
        steps[:-1, :-1] = JUMP * np.abs(np.subtract.outer(octaves[number - 1], octaves[number]))
        steps[-1, -1] = 0
        through = totals[:, None] + steps
        sources.append(through.argmin(0))
        totals = through.min(0) + np.array([*costs[number], 0.0])
        ends.append(int(totals.argmin()))
    choices = []
    for number in range(len(costs)):
        last = min(number + LAG, len(costs) - 1)
        choice = ends[last]
        for step in range(last, number, -1):
            choice = int(sources[step - 1][choice])
        choices.append(choice)
    return choices


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**32 - 1), st.integers(0, 40))
def test_the_path_is_that_of_a_search_that_looks_at_everything(seed: int, frames: int):
    octaves, costs = scene(seed, frames)
    path = search()
    assert path.push(octaves, costs) + path.flush() == textbook(octaves, costs)


@pytest.mark.parametrize("seed", range(5))
def test_no_frame_is_waited_for_longer_than_the_lag(seed: int):
    octaves, costs = scene(seed, 50)
    path, decided = search(), 0
    for number in range(50):
        decided += len(path.push(octaves[number : number + 1], costs[number : number + 1]))
        assert decided >= number + 1 - LAG


def test_where_nothing_is_likely_silence_is_answered_at_once():
    path = search()
    assert path.push([[7.0, 8.0, 6.0]] * 4, [[9.0, 12.0, 30.0]] * 4) == [UNVOICED] * 4
    assert path.flush() == []


def test_a_steady_voice_is_answered_one_frame_later():
    path = search()
    assert path.push([[7.0, 8.0, 6.0]] * 4, [[-5.0, 3.0, 3.0]] * 4) == [0] * 3
    assert path.flush() == [0]


def test_a_flush_begins_anew():
    octaves, costs = scene(3, 20)
    path = search()
    first = path.push(octaves, costs) + path.flush()
    assert path.push(octaves, costs) + path.flush() == first
