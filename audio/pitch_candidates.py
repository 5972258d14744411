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
from audio.pitch_noise import NoiseFloor, smooth
from audio.pitch_spectra import BIN_COUNT, BINS, HERTZ, RATE, ROUNDING, SIZE, WEIGHTS

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

_LOW = int(np.searchsorted(HERTZ, 1000))
_HIGH = int(np.searchsorted(HERTZ, 2000))
"""Bins: voices are strong below the first and hiss above the second."""

_FACTS_LEAST = np.array([0, -1, -5, -2, -2], np.float32)
_FACTS_MOST = np.array([4, 4, 0, 4, 3], np.float32)
"""Bels; beyond these nothing more can be told."""

_MIDDLE_OCTAVE = 7.3
"""log2 of 158 Hz, the middle of voices."""

_NOTHING = np.float32(1e-12)
"""Keeps silence from dividing by zero."""

CUES = 32
"""Numbers that describe a candidate; see `Candidates.cues`."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a run of frames could be, arrays by frame."""

    octaves: NDArray[np.float64]
    """(frames, CANDIDATES): log2 of hertz."""
    exist: NDArray[np.bool_]
    """(frames, CANDIDATES): False where a frame has fewer."""
    cues: NDArray[np.float32]
    """(frames, CANDIDATES, CUES): the autocorrelations of six spectra at one, half, two and one and a half
    periods; the lead over the other candidates; the octaves; and six facts of the frame as a whole."""


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
        level = np.add.reduce(power, 1) * np.float32(1 / BIN_COUNT)
        floor = self._noise.push(power, (level > 2 * ROUNDING) & learn)
        rest = spectra.exceeding(power, floor)
        views = spectra.views(power, rest, smooth(floor), level)
        lags, exist, strength, octaves = _peaks(_autocorrelation(views[:, 0]))
        cues = np.empty((len(frames), CANDIDATES, CUES), np.float32)
        cues[:, :, :24] = _correlations(views, lags)
        cues[:, :, 24] = _lead(strength)
        cues[:, :, 25] = octaves - _MIDDLE_OCTAVE
        cues[:, :, 26:] = _facts(power, floor, rest, self._relative(level, learn))[:, None]
        return Candidates(octaves, exist, cues)

    def _relative(self, level: NDArray[np.float32], learn: bool) -> NDArray[np.float32]:
        """Compare each frame with the loudest before it: ratio of powers."""
        loudest = self._loudest
        loudests: list[float] = []
        for now in level.tolist():
            loudest = max(loudest * _LOUDEST_DECAY, now)
            loudests.append(loudest)
        if learn:
            self._loudest = loudest
        return np.divide(level, np.array(loudests, np.float32), dtype=np.float32)


def _autocorrelation(spectrum: NDArray[np.float32]) -> NDArray[np.float32]:
    """Autocorrelation at `_LAGS`, 1 at no lag, freed from the window's own."""
    full = np.zeros((len(spectrum), SIZE + 1), np.float32)
    full[:, BINS] = spectrum
    correlation = np.fft.irfft(full, 2 * SIZE)
    scale = correlation[:, :1] + _NOTHING
    return np.asarray(correlation[:, _SHORTEST : _LONGEST + 1] / (scale * _OWN), np.float32)


def _peaks(
    shape: NDArray[np.float32],
) -> tuple[NDArray[np.intp], NDArray[np.bool_], NDArray[np.float32], NDArray[np.float64]]:
    """Take each row's best maxima, refined by a parabola: lags in half samples, existence, height, octaves."""
    inner = shape[:, 1:-1]
    peak = (inner > shape[:, :-2]) & (inner >= shape[:, 2:])
    score = np.where(peak, inner - _TAX, np.float32(-9))
    top = score.argpartition(-CANDIDATES, axis=1)[:, -CANDIDATES:]
    rows = np.arange(len(shape))[:, None]
    left, middle, right = shape[rows, top], shape[rows, top + 1], shape[rows, top + 2]
    bend = np.minimum(left - 2 * middle + right, -_NOTHING)
    offset = np.minimum(np.maximum((left - right) / (2 * bend), -0.5), 0.5)
    lags = top + (_SHORTEST + 1)
    return lags, score[rows, top] > -5, middle, np.log2(2 * RATE / (lags + offset.astype(np.float64)))


def _correlations(views: NDArray[np.float32], lags: NDArray[np.intp]) -> NDArray[np.float32]:
    """Autocorrelate all spectra, but only where the candidates are: (frames, CANDIDATES, 24).

    A matrix product per frame, always of one shape: its last bit can't depend on how many frames came at once.
    """
    count = len(lags)
    seen = _COSINES.take(_PLACES.take(lags - _SHORTEST, axis=0).reshape(count, -1), axis=0)
    seen = seen @ views.transpose(0, 2, 1)
    seen /= np.add.reduce(views, 2)[:, None] + _NOTHING
    return seen.reshape(count, CANDIDATES, 24)


def _lead(strength: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far each candidate stands above the best other one, (frames, CANDIDATES)."""
    ordered = np.sort(strength, axis=1)
    best, second = ordered[:, -1:], ordered[:, -2:-1]
    return strength - np.where(strength == best, second, best)


def _facts(
    power: NDArray[np.float32],
    floor: NDArray[np.float32],
    rest: NDArray[np.float32],
    relative: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Describe each frame as a whole, (frames, 6): level over noise, the same below 1 kHz, level below the
    loudest, tilt of the sound, tilt of the noise (all in bels), and the share of power over the noise."""
    sums = np.stack((power, floor, rest), axis=1) @ _REGIONS
    (all_power, low_power, high_power), (all_floor, low_floor, high_floor), (all_rest, low_rest, _) = (
        sums.transpose(1, 2, 0)
    )
    facts = np.empty((len(power), 6), np.float32)
    facts[:, 0] = all_power / all_floor
    facts[:, 1] = (low_rest + ROUNDING) / low_floor
    facts[:, 2] = relative
    facts[:, 3] = low_power / high_power
    facts[:, 4] = low_floor * np.float32((BIN_COUNT - _HIGH) / _LOW) / high_floor
    bels = facts[:, :5]
    np.minimum(np.maximum(np.log10(bels), _FACTS_LEAST), _FACTS_MOST, out=bels)
    facts[:, 5] = all_rest / all_power
    return facts


def _own_correlation(lags: NDArray[np.intp]) -> NDArray[np.float32]:
    """The window's autocorrelation at half-sample lags; its root is divided by, a compromise that keeps long
    periods from being favoured by noise."""
    own = np.fft.irfft(np.abs(np.fft.rfft(WEIGHTS.astype(np.float64), 2 * SIZE)) ** 2, 4 * SIZE)
    root: NDArray[np.float32] = np.sqrt(np.maximum(own[lags] / own[0], 0.05)).astype(np.float32)
    return root


def _cosines() -> NDArray[np.float32]:
    """An autocorrelation in the making: (table lags, bins)."""
    angles = np.pi / SIZE * np.outer(_TABLE_LAGS, np.arange(BINS.start, BINS.stop))
    return np.asarray(np.cos(angles) / _own_correlation(_TABLE_LAGS)[:, None], np.float32)


def _places() -> NDArray[np.intp]:
    """Where in the table each lag, its half, its double and one and a half of it are: (lags, 4).

    What lies beyond the table is looked up at the lag itself, or at its half.
    """
    double, longer = 2 * _LAGS, 3 * _LAGS // 2
    double = np.where(double <= _TABLE_LAGS[-1], double, _LAGS)
    longer = np.where(longer <= _TABLE_LAGS[-1], longer, _LAGS // 2)
    return np.asarray(np.stack((_LAGS, _LAGS // 2, double, longer), axis=1) - _TABLE_LAGS[0])


_OWN = _own_correlation(_LAGS)
_TAX = (_OCTAVE * np.log2(_LAGS[1:-1] / _SHORTEST)).astype(np.float32)
_COSINES = _cosines()
_PLACES = _places()
_REGIONS = np.stack(
    (np.ones(BIN_COUNT), np.arange(BIN_COUNT) < _LOW, np.arange(BIN_COUNT) >= _HIGH), axis=1
).astype(np.float32)
