"""What of a frame's sound is voice? Its power spectrum, and the ways to see what stands out of the noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 8000
"""Hertz. What tells a voice's pitch lies below 4 kHz, and half the rate is half the work."""

WINDOW = 336
"""Samples, 42 ms: two and a half periods of the lowest voice; longer blurs quick movements."""

SIZE = 512
"""Points of the transform: the window and the longest period, so that the ends don't meet."""

BINS = slice(2, 226)
"""31 to 3520 Hz: below is rumble, above little voice and the edge of the half-rate filter."""

BANDS = (28, 8)
"""The bins as 28 bands of 8, 125 Hz each: single bins of a noise floor are themselves noisy."""

ROUNDING = np.float32(1e-9)
"""Power that int16's own rounding leaves in a bin, about: digital silence counts as noise of this level."""

COMPRESS = 3 / 4
"""Exponent on the weighted power; flat between 0.6 and 0.8."""

_OVERSUBTRACT = np.float32(5)
"""Multiple of the floor that is cut away: the peaks of noise stand far above its minimum."""

_SOFTEN = np.float32(0.1)
"""Share of the frame's power added to the noise in the weighting: else clean speech is whitened to hiss."""

_SOFTEN_LOG = np.float32(0.03)
"""The same for the logarithmic spectrum, which may whiten further."""

_SPLIT = 10
"""Bands, 1.3 kHz: noise rarely spoils both sides of it."""

WEIGHTS = np.hanning(WINDOW + 2)[1:-1].astype(np.float32)
"""The window of every frame."""

VIEWS = 3
"""Spectra that `views` makes of one."""


_SOFTENINGS = np.array([[_SOFTEN], [_SOFTEN_LOG]])
_LOW_SIDE = np.repeat(np.arange(BANDS[0]) < _SPLIT, BANDS[1])
_SIDES = np.array([_LOW_SIDE, ~_LOW_SIDE], np.float32)
_OF_BAND = np.full(BANDS[1], 1 / BANDS[1], np.float32)
_OF_ALL = np.float32(1 / (BANDS[0] * BANDS[1]))


def power(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Power of (frames, WINDOW) samples in each bin, the mean of each frame taken off, at least `ROUNDING`."""
    offset = np.add.reduce(frames, 1, keepdims=True) * np.float32(1 / WINDOW)
    padded = np.zeros((len(frames), SIZE), np.float32)  # rfft pads too, but takes half as long again
    np.multiply(frames - offset, WEIGHTS, out=padded[:, :WINDOW])
    power: NDArray[np.float32] = np.abs(np.fft.rfft(padded)[:, BINS])
    power *= power
    power += ROUNDING
    return power


def level(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean over the bins: (frames,)."""
    return np.asarray(np.add.reduce(power, 1) * _OF_ALL)


def exceeding(power: NDArray[np.float32], floor: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cut from the power what may be noise."""
    rest: NDArray[np.float32] = floor * -_OVERSUBTRACT
    rest += power
    np.maximum(rest, 0, out=rest)
    return rest


def views(
    rest: NDArray[np.float32], floor: NDArray[np.float32], level: NDArray[np.float32]
) -> NDArray[np.float32]:
    """See what exceeds the noise in three ways, (frames, VIEWS, bins).

    The low and the high part of it weighted by the noise and compressed by `COMPRESS`; and its logarithm,
    whose autocorrelation is a comb over the harmonics. rest, floor: (frames, bins); level: (frames,).
    """
    noise = floor.reshape(-1, *BANDS) @ _OF_BAND
    weight = noise[:, None] + level[:, None, None] * _SOFTENINGS
    stands_out = rest[:, None] / weight.repeat(BANDS[1], axis=2)
    root = np.sqrt(stands_out[:, :1])
    root *= np.sqrt(root)  # 3/4 in all, and much cheaper than a power
    views = np.empty((len(rest), VIEWS, rest.shape[1]), np.float32)
    np.multiply(root, _SIDES, out=views[:, :2])
    np.log1p(stands_out[:, 1], out=views[:, 2])
    return views
