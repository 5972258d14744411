"""How loud is the noise in every frequency bin? Followed while the talker speaks, from the first frame on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FALL = np.float32(0.3)
"""Share of the way down that one quieter frame takes: a pause of 50 ms is enough to see the noise."""

_RISE = np.float32(1.015)
"""Growth per frame: a floor set too low recovers 6 dB in half a second, a sung note lasts for seconds."""

_FIRST_REACH = 16
"""Bins either way, 250 Hz: wider than the spacing of a voice's harmonics, whose valleys show the noise."""

_SMOOTH_REACH = 12
"""Bins either way, about 200 Hz: a floor's single bins are themselves noisy."""


class NoiseFloor:
    """Minimum-following noise estimate per bin (after Martin 2001, without its bias correction).

    It is biased low; whoever uses it scales it. Levels don't matter to it: it is as good 40 dB down.
    """

    def __init__(self) -> None:
        self._floor: NDArray[np.float32] | None = None

    def push(self, power: NDArray[np.float32], learn: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return the noise under each frame of (frames, bins) power; frames not in `learn` leave no trace."""
        if self._floor is None:
            self._floor = _valleys(power[0])
        noise = np.empty_like(power)
        for row, now, taught in zip(noise, power, learn.tolist(), strict=True):
            np.minimum(self._floor + _FALL * (now - self._floor), self._floor * _RISE, out=row)
            if taught:
                self._floor = row
        return noise


def _valleys(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Guess the noise in a first frame, which may be voiced already: the least nearby."""
    padded = np.pad(power, _FIRST_REACH, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * _FIRST_REACH + 1).min(1))


def smooth(noise: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average (frames, bins) over neighbouring bins, fewer at the edges."""
    count = noise.shape[1]
    total = np.zeros((len(noise), count + 1))
    np.cumsum(noise, axis=1, out=total[:, 1:])
    bins = np.arange(count)
    above = np.minimum(bins + _SMOOTH_REACH + 1, count)
    below = np.maximum(bins - _SMOOTH_REACH, 0)
    return np.asarray((total[:, above] - total[:, below]) / (above - below), np.float32)
