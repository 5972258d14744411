"""Which periods could a frame of speech have, and what speaks for each?

The spectrum is cut down to what stands out of the noise and weighted by how far it does, then compressed, which
keeps one strong harmonic from deciding alone. Its autocorrelation (Boersma 1993 divides by the window's own;
Tolonen and Karjalainen 2000 compress) proposes the candidates: a missing fundamental does no harm, the other
harmonics share its period. Every candidate is then looked at through several spectra, and at half, twice and
one and a half times its period, where a wrong octave gives itself away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio import pitch_spectra as spectra
from audio.pitch_facts import FACTS, facts
from audio.pitch_noise import NoiseFloor
from audio.pitch_spectra import BINS, COMPRESS, RATE, SIZE, VIEWS, WEIGHTS

CANDIDATES = 5
"""Periods kept of each frame: the true one, its double and half, and two for the noise."""

_SHORTEST, _LONGEST = 30, 271
"""Half samples: periods of 533 to 59 Hz, a step beyond what is reported on either side."""

_LAGS = np.arange(_SHORTEST, _LONGEST + 1)
"""Their inner ones, fewer than 256, can be maxima."""

_TABLE_LAGS = np.arange(_SHORTEST // 2, 410)
"""Half samples at which a candidate may be looked at: from half the shortest to well beyond the longest."""

_OCTAVE = 0.015
"""Advantage of a period over its double, which fits as well."""

_AUDIBLE = 2 * spectra.ROUNDING
"""Mean power in a bin below which a frame is digital silence and tells nothing about the room."""

_LOUDEST_DECAY = 0.999
"""Per frame; the loudest level halves in 7 s, so that one shout doesn't make the rest seem faint."""

_ROWS = 4
"""Frames in one matrix product: a tile of the usual kernels, so that they treat all rows alike."""

_STEPS = np.float32(2**19)
"""To a unit of score where integers rank the peaks: fine enough, and 8 units and an index fit in 31 bits."""

_TOP_UP = np.float32(4)
"""Added to every score, which lies within 3.2 of 0, so that none is negative."""

_MIDDLE_OCTAVE = 7.3
"""log2 of 158 Hz, the middle of voices."""

_NOTHING = np.float32(1e-12)
"""Keeps silence from dividing by zero."""

_PLACES = 4
"""Lags at which each candidate is looked at."""

_SEEN = _PLACES * VIEWS
"""Autocorrelations that the network is shown of each candidate."""

CUES = _SEEN + 3 + FACTS
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
        self._loudest = float(spectra.ROUNDING)

    def push(self, frames: NDArray[np.float32], *, learn: bool = True) -> Candidates:
        """Find the candidates of (frames, WINDOW) samples in ±1, each row one hop after the last.

        With `learn` off, the noise and the loudest level stay as they were: for frames cut off at an end.
        """
        power = spectra.power(frames)
        level = spectra.level(power)
        floor = self._noise.push(power, (level > _AUDIBLE).tolist() if learn else [False] * len(level))
        rest = spectra.exceeding(power, floor)
        views = spectra.views(rest, floor, level)
        total = views @ _ONES + _NOTHING
        top, exist, strength, octaves = _peaks(_autocorrelation(views, total))
        cues = np.empty((len(frames), CANDIDATES, CUES), np.float32)
        cues[:, :, :_SEEN] = _correlations(views, total, top)
        cues[:, :, _SEEN] = strength
        cues[:, :, _SEEN + 1] = _leads(strength)
        np.subtract(octaves, _MIDDLE_OCTAVE, out=cues[:, :, _SEEN + 2], casting="same_kind")
        loudest = self._follow(level, learn)
        cues[:, :, _SEEN + 3 :] = facts(power, floor, rest, level / loudest)[:, None]
        return Candidates(octaves, exist, strength, cues)

    def _follow(self, level: NDArray[np.float32], learn: bool) -> NDArray[np.float32]:
        """Return the loudest level up to each frame."""
        loudest, reached = self._loudest, []
        for power in level.tolist():
            loudest = max(loudest * _LOUDEST_DECAY, power)
            reached.append(loudest)
        if learn:
            self._loudest = loudest
        return np.array(reached, np.float32)


def _leads(strength: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far each candidate of a frame stands above the best other one."""
    ranked = np.sort(strength, axis=1)
    second, best = ranked[:, -2:-1], ranked[:, -1:]
    return strength - np.where(strength == best, second, best)


def _autocorrelation(views: NDArray[np.float32], total: NDArray[np.float32]) -> NDArray[np.float32]:
    """Autocorrelate the low and high view together at `_LAGS`: 1 at no lag, times `_TRUST`.

    A matrix product at half the price of an inverse transform. It is always of `_ROWS` rows, filled up with zeros:
    its last bit must not depend on how many frames came at once.
    """
    rows = np.zeros((-(-len(views) // _ROWS), _ROWS, views.shape[2]), np.float32)
    both = rows.reshape(-1, views.shape[2])[: len(views)]
    np.add(views[:, 0], views[:, 1], out=both)
    both /= total[:, :1] + total[:, 1:2]
    return (rows @ _LAG_COSINES).reshape(-1, len(_LAGS))[: len(views)]


def _peaks(
    trusted: NDArray[np.float32],
) -> tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.float32], NDArray[np.float64]]:
    """Take each row's best maxima, refined by a parabola: index among the inner lags, existence, strength, octaves.

    Where the maxima are is read off the true shape; how strong they are is weighed by `_TRUST`.
    """
    shape: NDArray[np.float32] = trusted * _FREE
    top, exist = _best(shape, trusted)
    places = top + np.arange(0, shape.size, shape.shape[1])[:, None]
    # flat: much cheaper to take from than rows and columns
    around = shape.take(places + _AROUND)
    rise, fall = slopes = around[1] - around[::2]
    slopes = np.abs(slopes)
    offset = (rise - fall) / (slopes[0] + slopes[1] + _NOTHING)
    octaves = _LOG_RATE - np.log2(2 * top + (offset + np.float64(2 * _SHORTEST + 2)))
    return top, exist, trusted.take(places + 1), octaves


def _best(
    shape: NDArray[np.float32], trusted: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Index of each row's best maxima among the inner lags, and whether they are any.

    The score in the upper bytes of an integer, the index in the lowest: sorting those takes 3 us
    for 10 frames, `argpartition` of the scores 13.
    """
    rises = shape[:, 1:] > shape[:, :-1]
    scores = trusted[:, 1:-1] * _STEPS
    scores += _SCORE_SHIFT
    ranks = np.where(rises[:, :-1] > rises[:, 1:], scores.astype(np.int32), 0)
    ranks <<= 8
    ranks |= _INDEX
    ranks.sort(axis=1)
    best = ranks[:, -CANDIDATES:]
    return best & 255, best > 255


def _correlations(
    views: NDArray[np.float32], total: NDArray[np.float32], top: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Autocorrelate all spectra, but only where the candidates are: (frames, CANDIDATES, _SEEN).

    A matrix product per frame, always of one shape: its last bit can't depend on how many frames came at once.
    """
    count = len(top)
    seen = _COSINES.take(_TABLE_PLACES.take(top, axis=0).reshape(count, -1), axis=0)
    seen = seen @ views.transpose(0, 2, 1)
    seen /= total[:, None]
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
    """Where in the table each inner lag, its half, its double and one and a half of it are: (inner lags, 4).

    What lies beyond the table is looked up at the lag itself, or at its half.
    """
    lags = _LAGS[1:-1]
    double, longer = 2 * lags, 3 * lags // 2
    double = np.where(double <= _TABLE_LAGS[-1], double, lags)
    longer = np.where(longer <= _TABLE_LAGS[-1], longer, lags // 2)
    return np.asarray(np.stack((lags, lags // 2, double, longer), axis=1) - _TABLE_LAGS[0])


_TRUST = np.sqrt(_own_correlation(_LAGS))
"""Weight on the freed autocorrelation: half-way back, or noise would favour long periods."""
_FREE = np.reciprocal(_TRUST)
_TAX = _OCTAVE * np.log2(_LAGS[1:-1] / _SHORTEST)
_SCORE_SHIFT = ((_TOP_UP - _TAX) * _STEPS).astype(np.float32)
_INDEX = np.arange(len(_LAGS) - 2, dtype=np.int32)
_AROUND = np.arange(3)[:, None, None]
_LOG_RATE = np.log2(4 * RATE)
_COSINES = _cosines()
_LAG_COSINES = _COSINES[_SHORTEST - _TABLE_LAGS[0] :][: len(_LAGS)].T
_TABLE_PLACES = _places()
_ONES = np.ones(BINS.stop - BINS.start, np.float32)
