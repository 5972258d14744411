"""What of a frame's sound is voice? Its power spectrum, and six ways to see what stands out of the noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 8000
"""Hertz. What tells a voice's pitch lies below 4 kHz, and half the rate is half the work."""

WINDOW = 336
"""Samples, 42 ms: two and a half periods of the lowest voice; longer blurs quick movements."""

SIZE = 512
"""Points of the transform: the window and the longest period, so that the ends don't meet."""

BINS = slice(4, 230)
"""62 to 3580 Hz: below is rumble, above little voice and the edge of the half-rate filter."""

BIN_COUNT = BINS.stop - BINS.start

HERTZ = np.arange(BINS.start, BINS.stop) * RATE / SIZE
"""The bins' frequencies."""

ROUNDING = np.float32(1e-9)
"""Power that int16's own rounding leaves in a bin, about: digital silence counts as noise of this level."""

_OVERSUBTRACT = np.float32(5)
"""Multiple of the floor that is cut away: the peaks of noise stand far above its minimum."""

_SUBTRACT = np.float32(2)
"""The same where what is weak shall stay: the network is shown both."""

_SOFTEN = np.float32(0.1)
"""Share of the frame's power added to the noise in the weighting: else clean speech is whitened to hiss."""

_SOFTEN_LOG = np.float32(0.03)
"""The same for the logarithmic spectrum, which may whiten further."""

_BELOW_SPLIT = (HERTZ < 1300).astype(np.float32)
"""Noise rarely spoils both sides of this."""

WEIGHTS = np.hanning(WINDOW + 2)[1:-1].astype(np.float32)
"""The window of every frame."""

VIEWS = 6
"""Spectra that `views` makes of one."""


def power(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Power of (frames, WINDOW) samples in each bin, the mean of each frame taken off, at least `ROUNDING`."""
    offset = np.add.reduce(frames, 1, keepdims=True) * np.float32(1 / WINDOW)
    spectrum = np.fft.rfft((frames - offset) * WEIGHTS, SIZE)[:, BINS].astype(np.complex64, copy=False)
    real, imaginary = spectrum.real, spectrum.imag
    power = real * real
    power += imaginary * imaginary
    power += ROUNDING
    return power


def exceeding(power: NDArray[np.float32], floor: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cut from the power what may be noise."""
    return np.maximum(power - _OVERSUBTRACT * floor, 0)


def views(
    power: NDArray[np.float32],
    rest: NDArray[np.float32],
    noise: NDArray[np.float32],
    level: NDArray[np.float32],
) -> NDArray[np.float32]:
    """See frames in six ways, (frames, VIEWS, bins); all of (frames, bins) but level, the mean power.

    What exceeds the noise, weighted by it and compressed to the power 0.75; the low and the high part of that;
    what exceeds it, plain; what exceeds it if less is cut; and the logarithm, whose autocorrelation is a comb
    over the harmonics.
    """
    views = np.empty((len(power), VIEWS, BIN_COUNT), np.float32)
    own = level[:, None]
    root = np.sqrt(rest / (noise + _SOFTEN * own))
    np.multiply(root, np.sqrt(root), out=views[:, 0])
    np.multiply(views[:, 0], _BELOW_SPLIT, out=views[:, 1])
    np.subtract(views[:, 0], views[:, 1], out=views[:, 2])
    views[:, 3] = rest
    np.maximum(power - _SUBTRACT * noise, 0, out=views[:, 4])
    np.log1p(rest / (noise + _SOFTEN_LOG * own), out=views[:, 5])
    return views
