"""What is a frame like as a whole? A few numbers beside those of its candidates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audio.pitch_spectra import BINS

FACTS = 6
"""Numbers about a frame."""

_LOW, _HIGH = 64, 128
"""Bins: voices are strong below the first, 1 kHz, and hiss above the second, 2 kHz."""

_LEAST = np.array((0, -1, -5, -2, -2), np.float32)
_MOST = np.array((4, 4, 0, 4, 3), np.float32)
"""Bels between which the first five facts tell something."""

_NOTHING = np.float32(1e-9)
"""Keeps what doesn't exceed the noise from having a logarithm of minus infinity."""


def facts(
    power: NDArray[np.float32],
    floor: NDArray[np.float32],
    rest: NDArray[np.float32],
    loudness: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Describe frames, (frames, FACTS), by the (frames, bins) power, noise and what exceeds it.

    Level over noise, what exceeds the noise over noise below 1 kHz, level over the loudest (loudness: (frames,)),
    tilt of the sound, tilt of the noise, all in bels; and the share of power that exceeds the noise.
    """
    spectra = np.concatenate((power, floor, rest), axis=1).reshape(len(power), 3, -1)
    sums = (spectra @ _PARTS).reshape(len(power), -1)
    facts: NDArray[np.float32] = sums.take(_OF, axis=1)
    facts /= sums.take(_TO, axis=1)
    facts[:, _LOUDNESS] = loudness
    bels = facts[:, :5]
    bels += _NOTHING
    np.log10(bels, out=bels)
    np.maximum(bels, _LEAST, out=bels)
    np.minimum(bels, _MOST, out=bels)
    return facts


def _parts() -> NDArray[np.float32]:
    """What sums a spectrum below 1 kHz, above 2 kHz, and in all: (bins, 3)."""
    at = np.arange(BINS.stop - BINS.start)
    return np.column_stack((at < _LOW, at >= _HIGH, at >= 0)).astype(np.float32)


_PARTS = _parts()
_LOUDNESS = 2
_OF = np.array([2, 6, 2, 0, 3, 8])
_TO = np.array([5, 3, 5, 1, 4, 2])
"""The facts as quotients of sums: low, high and all of the sound, of the noise, and of what exceeds it. Where the
loudness goes, the first stands in."""
