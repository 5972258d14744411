"""Which periods could a frame of speech have, and what speaks for each?

The spectrum is cut down to what stands out of the noise and weighted by how far it does, then compressed, which
keeps one strong harmonic from deciding alone. Its autocorrelation (Boersma 1993 divides by the window's own;
Tolonen and Karjalainen 2000 compress) proposes the candidates: a missing fundamental does no harm, the other
harmonics share its period. Every candidate is then looked at through several spectra, and at half, twice and
one and a half times its period, where a wrong octave gives itself away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio import pitch_spectra as spectra
from audio.pitch_noise import NoiseFloor
from audio.pitch_spectra import BANDS, BINS, COMPRESS, RATE, ROUNDING, SIZE, VIEWS, WEIGHTS

CANDIDATES = 5
"""Periods kept of each frame: the true one, its double and half, and two for the noise."""

_SHORTEST, _LONGEST = 30, 271
"""Half samples: periods of 533 to 59 Hz, a step beyond what is reported on either side."""

_LAGS = np.arange(_SHORTEST, _LONGEST + 1)

_TABLE_LAGS = np.arange(_SHORTEST // 2, 410)
"""Half samples at which a candidate may be looked at: from half the shortest to well beyond the longest."""

_OCTAVE = 0.015
"""Advantage of a period over its double, which fits as well."""

_LOUDEST_DECAY = 0.999
"""Per frame; the loudest level halves in 7 s, so that one shout doesn't make the rest seem faint."""

_LOW, _HIGH = 8, 16
"""Bands: voices are strong below the first, 1 kHz, and hiss above the second, 2 kHz."""

_MIDDLE_OCTAVE = 7.3
"""log2 of 158 Hz, the middle of voices."""

_NOTHING = np.float32(1e-12)
"""Keeps silence from dividing by zero."""

_PLACES = 4
"""Lags at which each candidate is looked at."""

_FACTS = 6
"""Numbers about a frame as a whole."""

_SEEN = _PLACES * VIEWS
"""Autocorrelations that the network is shown of each candidate."""

CUES = _SEEN + 3 + _FACTS
"""Numbers that describe a candidate; see `Candidates.cues`."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a run of frames could be, arrays by frame."""

    octaves: NDArray[np.float64]
    """(frames, CANDIDATES): log2 of hertz."""
    exist: NDArray[np.bool_]
    """(frames, CANDIDATES): False where a frame has fewer."""
    strength: NDArray[np.float32]
    """(frames, CANDIDATES): the autocorrelation there, at most about 1."""
    cues: NDArray[np.float32]
    """(frames, CANDIDATES, CUES): the autocorrelations of three views at one, half, two and one and a half
    periods; the strength; its lead over the other candidates; the octaves; and facts of the frame as a whole."""


class CandidateFinder:
    """Finds the candidates of frames of `WINDOW` samples at `RATE`; learns the noise as it goes."""

    def __init__(self) -> None:
        self._noise = NoiseFloor()
        self._loudest = float(ROUNDING)

    def push(self, frames: NDArray[np.float32], *, learn: bool = True) -> Candidates:
        """Find the candidates of (frames, WINDOW) samples in ±1, each row one hop after the last.

        With `learn` off, the noise and the loudest level stay as they were: for frames cut off at an end.
        """
        power = spectra.power(frames)
        sound = spectra.by_band(power)
        level = np.add.reduce(sound, 1) * np.float32(1 / BANDS[0])
        floor = self._noise.push(power, (level > 2 * ROUNDING) & learn)
        rest = spectra.exceeding(power, floor)
        noise = spectra.by_band(floor)
        views = spectra.views(rest, noise, level)
        lags, exist, strength, octaves = _peaks(_autocorrelation(views))
        facts = self._facts(np.stack((sound, noise, spectra.by_band(rest))), level.tolist(), learn)
        cues = np.empty((len(frames), CANDIDATES, CUES), np.float32)
        cues[:, :, :_SEEN] = _correlations(views, lags)
        cues[:, :, _SEEN] = strength
        cues[:, :, _SEEN + 1] = [_leads(row) for row in strength.tolist()]
        cues[:, :, _SEEN + 2] = octaves - _MIDDLE_OCTAVE
        cues[:, :, _SEEN + 3 :] = np.array(facts)[:, None]
        return Candidates(octaves, exist, strength, cues)

    def _facts(self, by_band: NDArray[np.float32], level: list[float], learn: bool) -> list[list[float]]:
        """Describe each frame as a whole, from (sound / noise / what exceeds it, frames, bands).

        Level over noise, the same of what exceeds it below 1 kHz, level below the loudest, tilt of the sound, tilt
        of the noise, all in bels; and the share of power that exceeds the noise. For so few numbers, floats are
        quicker than arrays.
        """
        facts, loudest = [], self._loudest
        parts = np.add.reduceat(by_band, (0, _LOW, _HIGH), axis=2).tolist()
        for power, sound, noise, rest in zip(level, *parts, strict=True):
            loudest = max(loudest * _LOUDEST_DECAY, power)
            frame = [
                _bels(sum(sound) / sum(noise), 0, 4),
                _bels(rest[0] / noise[0], -1, 4),
                _bels(power / loudest, -5, 0),
                _bels(sound[0] / sound[2], -2, 4),
                _bels(noise[0] / noise[2], -2, 3),
                sum(rest) / sum(sound),
            ]
            facts.append(frame)
        if learn:
            self._loudest = loudest
        return facts


def _bels(ratio: float, least: float, most: float) -> float:
    """Log of a ratio of powers, kept where it tells something."""
    return min(max(math.log10(ratio + 1e-9), least), most)


def _leads(strength: list[float]) -> list[float]:
    """How far each candidate of a frame stands above the best other one."""
    second, best = sorted(strength)[-2:]
    return [own - (second if own == best else best) for own in strength]


def _autocorrelation(views: NDArray[np.float32]) -> NDArray[np.float32]:
    """Autocorrelation of the low and high view together at `_LAGS`: 1 at no lag, freed from the window's own."""
    full = np.zeros((len(views), SIZE + 1), np.float32)
    np.add(views[:, 0], views[:, 1], out=full[:, BINS])
    correlation = np.fft.irfft(full, 2 * SIZE)
    scale = correlation[:, :1] + _NOTHING
    return np.asarray(correlation[:, _SHORTEST : _LONGEST + 1] / (scale * _OWN), np.float32)


def _peaks(
    shape: NDArray[np.float32],
) -> tuple[NDArray[np.intp], NDArray[np.bool_], NDArray[np.float32], NDArray[np.float64]]:
    """Take each row's best maxima, refined by a parabola: lags in half samples, existence, strength, octaves.

    Where the maxima are is read off the true shape; how strong they are is weighed by `_TRUST`.
    """
    inner = shape[:, 1:-1]
    peak = (inner > shape[:, :-2]) & (inner >= shape[:, 2:])
    score = np.where(peak, inner * _TRUST - _TAX, np.float32(-9))
    top = score.argpartition(-CANDIDATES, axis=1)[:, -CANDIDATES:]
    rows = np.arange(len(shape))[:, None]
    places = top + rows * shape.shape[1]  # flat: much cheaper to take from than rows and columns
    left, middle, right = shape.take(places), shape.take(places + 1), shape.take(places + 2)
    bend = np.minimum(left - 2 * middle + right, -_NOTHING)
    offset = np.minimum(np.maximum((left - right) / (2 * bend), -0.5), 0.5)
    lags = top + (_SHORTEST + 1)
    octaves = np.log2(2 * RATE / (lags + offset.astype(np.float64)))
    return lags, score.take(top + rows * score.shape[1]) > -5, middle * _TRUST[top], octaves


def _correlations(views: NDArray[np.float32], lags: NDArray[np.intp]) -> NDArray[np.float32]:
    """Autocorrelate all spectra, but only where the candidates are: (frames, CANDIDATES, _SEEN).

    A matrix product per frame, always of one shape: its last bit can't depend on how many frames came at once.
    """
    count = len(lags)
    seen = _COSINES.take(_TABLE_PLACES.take(lags - _SHORTEST, axis=0).reshape(count, -1), axis=0)
    seen = seen @ views.transpose(0, 2, 1)
    seen /= np.add.reduce(views, 2)[:, None] + _NOTHING
    return seen.reshape(count, CANDIDATES, -1)


def _own_correlation(lags: NDArray[np.intp]) -> NDArray[np.float32]:
    """The window's autocorrelation at half-sample lags, its spectrum compressed like the frames'."""
    spectrum = np.abs(np.fft.rfft(WEIGHTS.astype(np.float64), 2 * SIZE)) ** (2 * COMPRESS)
    own = np.fft.irfft(spectrum, 4 * SIZE)
    return np.asarray(np.maximum(own[lags] / own[0], 0.1), np.float32)


def _cosines() -> NDArray[np.float32]:
    """An autocorrelation in the making: (table lags, bins)."""
    angles = np.pi / SIZE * np.outer(_TABLE_LAGS, np.arange(BINS.start, BINS.stop))
    return np.asarray(np.cos(angles) / np.sqrt(_own_correlation(_TABLE_LAGS))[:, None], np.float32)


def _places() -> NDArray[np.intp]:
    """Where in the table each lag, its half, its double and one and a half of it are: (lags, 4).

    What lies beyond the table is looked up at the lag itself, or at its half.
    """
    double, longer = 2 * _LAGS, 3 * _LAGS // 2
    double = np.where(double <= _TABLE_LAGS[-1], double, _LAGS)
    longer = np.where(longer <= _TABLE_LAGS[-1], longer, _LAGS // 2)
    return np.asarray(np.stack((_LAGS, _LAGS // 2, double, longer), axis=1) - _TABLE_LAGS[0])


_OWN = _own_correlation(_LAGS)
_TRUST = np.sqrt(_OWN[1:-1])
"""Weight on the freed autocorrelation: half-way back, or noise would favour long periods."""
_TAX = (_OCTAVE * np.log2(_LAGS[1:-1] / _SHORTEST)).astype(np.float32)
_COSINES = _cosines()
_TABLE_PLACES = _places()
