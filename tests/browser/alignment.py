"""Is it the same audio? A recording found again in another, window by window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.resample import Resampler
from audio.values import RATE

_FINE = 3
"""Times `RATE`: resampling in a browser shifts by parts of a sample, which fricatives don't forgive."""
_WINDOW = RATE // 10
_SPEECH_RMS = 120
"""Of int16: a quieter window has too little to be found by."""
_REACH = RATE // 100
"""Samples around the whole's place in which a window is looked for."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where and how well the windows of `heard` were found in `said`."""

    gain_db: float
    """Level of what was heard over what was said."""
    lags: tuple[float, ...]
    """Samples at `RATE`, one per window with speech in it."""
    likeness: tuple[float, ...]
    """Normalised correlation per window, 1 for the same."""

    @property
    def jumps(self) -> float:
        """Samples, the largest change of lag between neighbours: lost or inserted audio."""
        return float(np.abs(np.diff(self.lags)).max(initial=0.0))


def align(heard: NDArray[np.int16], said: NDArray[np.int16]) -> Alignment:
    """Find `heard`, mono at `RATE`, in `said`."""
    part, whole = _finely(heard), _finely(said)
    place = _place(part, whole)
    window, reach = _WINDOW * _FINE, _REACH * _FINE
    found = [
        _found(part[at : at + window], whole[max(0, at + place - reach) :][: window + 2 * reach])
        for at in range(0, len(part) - window, window)
        if np.sqrt(np.mean(part[at : at + window] ** 2)) > _SPEECH_RMS
    ]
    lags, likeness, heard_power, said_power = np.transpose(found)
    gain = float(10 * np.log10(heard_power.sum() / said_power.sum()))
    return Alignment(gain, tuple((lags - reach) / _FINE), tuple(likeness))


def _found(part: NDArray[np.float64], span: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Where in `span` the part is, how like, and the power of both."""
    sums = np.cumsum(np.concatenate(([0.0], span**2)))
    powers = sums[len(part) :] - sums[: -len(part)]
    power = part @ part
    scores = np.correlate(span, part, "valid") / np.sqrt(powers * power + 1e-9)
    best = int(scores.argmax())
    return best, float(scores[best]), float(power), float(powers[best])


def _finely(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    resampler = Resampler(RATE // _FINE)  # tells it that our rate is three times what it is
    fine = np.concatenate([resampler.push(samples), resampler.flush()])
    return fine.astype(np.float64)


def _place(part: NDArray[np.float64], whole: NDArray[np.float64]) -> int:
    """Lag of the whole, by the peak of the circular correlation."""
    size = len(part) + len(whole)
    spectrum = np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size))
    peak = int(np.fft.irfft(spectrum, size).argmax())
    return peak if peak < len(whole) else peak - size
