"""How loud is the noise in every frequency bin? Followed while the talker speaks, from the first frame on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_FALL = np.float32(0.3)
"""Share of the way down that one quieter frame takes: a pause of 50 ms is enough to see the noise."""

_RISE = np.float32(1.01)
"""Growth per frame, 4 dB a second: louder noise is learned in seconds, a note may be held as long."""

_FIRST_REACH = 16
"""Bins either way, 250 Hz: wider than the spacing of a voice's harmonics, whose valleys show the noise."""


_STAY_AND_RISE = np.array([[1 - _FALL], [_RISE - (1 - _FALL)]], np.float32)
"""What stays of the old floor, and the most that is added to it: so written, a frame takes three operations."""


class NoiseFloor:
    """Minimum-following noise estimate per bin (after Martin 2001, without its bias correction).

    It is biased low; whoever uses it scales it. Levels don't matter to it: it is as good 40 dB down.
    """

    def __init__(self) -> None:
        self._floor: NDArray[np.float32] | None = None

    def push(self, power: NDArray[np.float32], learn: Sequence[bool]) -> NDArray[np.float32]:
        """Return the noise under each frame of (frames, bins) power; frames not in `learn` leave no trace."""
        if self._floor is None:
            self._floor = _valleys(power[0])
        noise = power * _FALL
        floor = self._floor
        kept, risen = both = np.empty((2, len(floor)), np.float32)
        for row, taught in zip(noise, learn, strict=True):
            np.multiply(floor, _STAY_AND_RISE, out=both)
            np.minimum(row, risen, out=row)
            np.add(row, kept, out=row)
            if taught:
                floor = row
        self._floor = floor
        return noise


def _valleys(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Guess the noise in a first frame, which may be voiced already: the least nearby."""
    padded = np.pad(power, _FIRST_REACH, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * _FIRST_REACH + 1).min(1))
