"""Which periods could a stretch of speech have? Autocorrelation of the spectrum that stands out of the noise.

The noise is followed in every frequency bin, so a frame's spectrum can be cut down to what speech adds, and
weighted by how far it stands out. What remains is compressed, which keeps one strong harmonic from deciding
alone, and turned into an autocorrelation (Boersma 1993 divides by the window's own; Tolonen and Karjalainen
2000 compress the spectrum). A missing fundamental does no harm: the other harmonics share its period.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 8000
"""Hertz. Voice pitch shows below 4 kHz, and half the rate is half the work."""

WINDOW = 352
"""Samples, 44 ms: two and a half periods of the lowest voice."""

CANDIDATES = 5
"""Periods kept of each frame: the true one, its double and half, and two for the noise."""

_SIZE = 640
"""Points of the transform: the window and the longest period, so that the ends don't meet."""

_LAGS = np.arange(30, 272)
"""Half samples: 533 to 59 Hz, one step beyond what is reported on either side."""

_BAND = (55, 3600)
"""Hertz. Below is rumble, above little voice and the resampler's edge."""

_ROUNDING = 1e-9
"""Power in a bin that int16's own rounding makes, about: digital silence is noise of this level."""

_OVERSUBTRACT = 5.0
"""Noise is cut at this multiple of its mean: the peaks of white noise are exponentially distributed."""

_SOFTEN = 0.1
"""Share of the frame's power added to the noise in the weighting: else clean speech is whitened to hiss."""

_COMPRESS = 0.7
"""Exponent on the weighted power; found by search, flat between 0.6 and 0.8."""

_OCTAVE = 0.02
"""Advantage of a period over its double, which fits as well."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a run of frames could be, arrays by frame."""

    octaves: NDArray[np.float64]
    """(frames, candidates): log2 of hertz."""
    strength: NDArray[np.float64]
    """(frames, candidates): the autocorrelation there, about 0 to 1; -9 where there is no such candidate."""
    present: NDArray[np.bool_]
    """(frames,): False where the frame is too weak to carry a voice."""


class CandidateFinder:
    """Finds the candidates of each frame of `WINDOW` samples at `RATE`; learns the noise as it goes."""

    def __init__(self) -> None:
        self._window = np.hanning(WINDOW + 2)[1:-1].astype(np.float32)
        frequencies = np.fft.rfftfreq(_SIZE, 1 / RATE)
        self._band = ((frequencies > _BAND[0]) & (frequencies < _BAND[1])).astype(np.float32)
        own = np.fft.irfft(np.abs(np.fft.rfft(self._window, _SIZE)) ** 2, 2 * _SIZE)
        self._own = np.sqrt(own[_LAGS] / own[0])
        self._noise: NDArray[np.float32] | None = None
        self._loudest = 0.0

    def push(self, frames: NDArray[np.float32]) -> Candidates:
        """Find the candidates of (frames, WINDOW) samples, each row one hop after the last."""
        spectrum = np.fft.rfft((frames - frames.mean(1, keepdims=True)) * self._window, _SIZE, axis=1)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32) + np.float32(_ROUNDING)
        noise = self._follow_noise(power)
        level = power.mean(1)
        smooth = _smooth(noise)
        speech = np.maximum(power - np.float32(_OVERSUBTRACT) * noise, 0)
        weighted = speech / (smooth + np.float32(_SOFTEN) * level[:, None])
        correlation = np.fft.irfft(weighted ** np.float32(_COMPRESS) * self._band, 2 * _SIZE, axis=1)
        shape = correlation[:, _LAGS] / (correlation[:, :1] + 1e-30) / self._own
        return Candidates(*_peaks(shape), present=self._present(level, noise.mean(1)))

    def _follow_noise(self, power: NDArray[np.float32]) -> NDArray[np.float32]:
        """Follow the quiet of every bin: quickly down, slowly up."""
        noise = np.empty_like(power)
        floor = _valleys(power[0]) if self._noise is None else self._noise
        for row, now in zip(noise, power, strict=True):
            floor = np.where(now < floor, 0.7 * floor + 0.3 * now, floor * np.float32(1.015))
            row[:] = floor
        self._noise = floor
        return noise

    def _present(self, level: NDArray[np.float32], noise: NDArray[np.float32]) -> NDArray[np.bool_]:
        present = level > 4 * noise
        for i, now in enumerate(level.tolist()):
            self._loudest = max(self._loudest * 0.9999, now)
            present[i] &= now > self._loudest * 10**-3.5
        return present


def _valleys(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Guess the noise of a first frame, which may be a voice already: the least within 250 Hz either way."""
    reach = 20
    around = np.lib.stride_tricks.sliding_window_view(np.pad(power, reach, mode="edge"), 2 * reach + 1)
    return np.asarray(around.min(1))


def _smooth(noise: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average over 400 Hz: single bins of a floor are themselves noisy."""
    reach = 16
    total = np.cumsum(np.pad(noise, ((0, 0), (reach + 1, reach)), mode="edge"), axis=1, dtype=np.float64)
    return ((total[:, 2 * reach + 1 :] - total[:, : -2 * reach - 1]) / (2 * reach + 1)).astype(np.float32)


def _peaks(shape: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Take the highest maxima of each row, refined by a parabola: their octaves and strengths."""
    inner = shape[:, 1:-1]
    peak = (inner > shape[:, :-2]) & (inner >= shape[:, 2:])
    score = np.where(peak, inner - _OCTAVE * np.log2(_LAGS[1:-1] / _LAGS[1]), -9.0)
    top = np.argpartition(-score, CANDIDATES, axis=1)[:, :CANDIDATES]
    rows = np.arange(len(shape))[:, None]
    left, middle, right = shape[rows, top], shape[rows, top + 1], shape[rows, top + 2]
    offset = np.clip((left - right) / (2 * (left - 2 * middle + right) - 1e-12), -0.5, 0.5)
    return np.log2(2 * RATE / (_LAGS[top + 1] + offset)), score[rows, top]
