"""Samples to band powers, as they arrive: all that is kept of an utterance's audio for its description."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from audio.values import HOP, RATE

Floats = NDArray[np.float64]

WINDOW = 512
"""Samples: 32 ms, two periods of the lowest voices, and short enough for one speech sound."""

BLOCK = 10
"""Frames computed together. Fixed, so that the sums round alike however the audio was cut."""

MELS = 24
"""Mel bands from 80 to 7600 Hz: the usual resolution for speech at 16 kHz."""


class Column(IntEnum):
    """What follows the mel bands in a row of `BandPowers.values`."""

    TO_1K = MELS
    FROM_1K = MELS + 1
    """To 5 kHz, like `FROM_2K`."""
    TO_2K = MELS + 2
    FROM_2K = MELS + 3
    SPEECH = MELS + 4
    """200 to 3400 Hz: what every telephone carries, above hum and rumble."""
    TOTAL = MELS + 5
    MOMENT = MELS + 6
    """Power times kilohertz."""


_EDGES = {
    Column.TO_1K: (80, 1000),
    Column.FROM_1K: (1000, 5000),
    Column.TO_2K: (80, 2000),
    Column.FROM_2K: (2000, 5000),
    Column.SPEECH: (200, 3400),
    Column.TOTAL: (80, 7600),
}
_HERTZ: Floats = np.arange(WINDOW // 2 + 1, dtype=np.float64) * (RATE / WINDOW)


def _mel(hertz: Floats) -> Floats:
    mel: Floats = 2595 * np.log10(1 + hertz / 700)
    return mel


def _mel_weights() -> Floats:
    """Return triangles of equal width on the mel scale, shape (bins, MELS)."""
    low, high = _mel(np.array([80.0, 7600.0]))
    place = (_mel(_HERTZ) - low) / (high - low) * (MELS + 1)
    distance = np.abs(place[:, None] - np.arange(1, MELS + 1))
    weights: Floats = np.clip(1 - distance, 0, 1)
    return weights


def _weights() -> NDArray[np.float32]:
    """Return what each column of `BandPowers.values` sums, shape (bins, COLUMNS)."""
    bands = [(low <= _HERTZ) & (high > _HERTZ) for low, high in _EDGES.values()]
    return np.column_stack([_mel_weights(), *bands, bands[-1] * (_HERTZ / 1000)]).astype(np.float32)


_WEIGHTS = _weights()
COLUMNS = _WEIGHTS.shape[1]
_WITHIN = np.arange(WINDOW)
_TAPER = (np.hanning(WINDOW + 1)[:WINDOW] / 32768).astype(np.float32)
"""Periodic, and scaled so that full scale is 1."""


class BandPowers:
    """Turns the samples of one utterance into band powers, `HOP` apart; frame n is centred on sample n * HOP."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the utterance."""
        self._pending: NDArray[np.int16] = np.zeros(WINDOW // 2, np.int16)
        self._blocks: list[NDArray[np.float32]] = []

    def push(self, samples: NDArray[np.int16]) -> None:
        """Take mono audio at `RATE`, in any portions."""
        self._pending = np.concatenate((self._pending, samples))
        step = BLOCK * HOP
        need = step - HOP + WINDOW
        start = 0
        while len(self._pending) - start >= need:
            self._blocks.append(_powers(self._pending[start : start + need]))
            start += step
        if start:
            self._pending = self._pending[start:].copy()

    def values(self) -> NDArray[np.float32]:
        """Return all frames so far, shape (frames, COLUMNS); changes nothing, so more audio may follow."""
        rest = [_powers(self._pending)] if len(self._pending) >= WINDOW else []
        return np.concatenate([np.empty((0, COLUMNS), np.float32), *self._blocks, *rest])


def _powers(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    starts = np.arange(0, len(samples) - WINDOW + 1, HOP)
    frames = samples[starts[:, None] + _WITHIN]
    spectrum = np.fft.rfft(frames * _TAPER, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32, copy=False)
    return power @ _WEIGHTS
