"""What is a frame like as a whole? A few numbers beside those of its candidates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FACTS = 6
"""Numbers about a frame."""

_PARTS = np.array((0, 64, 128))
"""Bins where the parts begin: voices are strong below the second, 1 kHz, and hiss above the third, 2 kHz."""

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
    parts = np.add.reduceat(np.concatenate((power, floor, rest)), _PARTS, axis=1)
    parts = parts.reshape(3, len(power), len(_PARTS))
    sound, noise, beyond = np.add.reduce(parts, 2)
    low, _, high = parts.transpose(2, 0, 1)
    facts = np.empty((len(power), FACTS), np.float32)
    np.divide(sound, noise, out=facts[:, 0])
    np.divide(low[2], low[1], out=facts[:, 1])
    facts[:, 2] = loudness
    np.divide(low[:2], high[:2], out=facts[:, 3:5].T)
    bels = facts[:, :5]
    bels += _NOTHING
    np.log10(bels, out=bels)
    np.maximum(bels, _LEAST, out=bels)
    np.minimum(bels, _MOST, out=bels)
    np.divide(beyond, sound, out=facts[:, 5])
    return facts
