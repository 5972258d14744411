"""How much what sounds is like what sounded before: notes stay where they are, voices glide from sound to sound.

The correlation of two logarithmic spectra, 200 ms apart. Music scores .7 on average, speech .4, in a large room .5.
"""

from __future__ import annotations

from collections import deque
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Spectra = NDArray[np.complexfloating[Any, Any]]

_STEP = 5
"""Frames between two looks: 100 ms."""

_APART = 2
"""Looks between what is compared: as long as a syllable."""

_ROUNDING = np.float32(1.0)
"""Magnitude of a spectral line in int16's rounding: digital silence is like nothing."""

_FLAT = 1e-6
"""Power of a spectrum without any shape."""


class Likeness:
    """Follows one session's spectra."""

    def __init__(self) -> None:
        self._frames = 0
        self._before: deque[tuple[NDArray[np.float32], float]] = deque(maxlen=_APART)

    def push(self, spectra: Spectra) -> list[float | None]:
        """Take the spectra of the next frames, shape (n, lines), samples being int16; the grouping changes nothing.

        Return for each frame how like it is to the one of 200 ms before, -1 to 1; None for the four in five in which
        nobody looks.
        """
        found: list[float | None] = [None] * len(spectra)
        first = -self._frames % _STEP
        self._frames += len(spectra)
        for at in range(first, len(spectra), _STEP):
            found[at] = self._look(spectra[at])
        return found

    def _look(self, lines: Spectra) -> float | None:
        shape = np.log(np.abs(lines) + _ROUNDING)
        shape -= np.add.reduce(shape) / len(shape)
        power = float(shape.dot(shape)) + _FLAT
        like = None
        if len(self._before) == _APART:
            before, power_before = self._before[0]
            like = float(shape.dot(before)) / sqrt(power * power_before)
        self._before.append((shape, power))
        return like
