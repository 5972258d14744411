"""Samples to 20 ms frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audio.values import FRAME


class Framer:
    """Cuts a stream into frames of `FRAME` samples and keeps the rest for the next push."""

    def __init__(self, *, silence: int = 0) -> None:
        """Begin with `silence` samples of it, fewer than a frame: a stream that goes on may begin amid one."""
        self._rest = np.zeros(silence, np.int16)

    def push(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return the whole frames so far, shape (n, FRAME)."""
        held = np.concatenate((self._rest, samples)) if len(self._rest) else samples
        whole = len(held) // FRAME * FRAME
        self._rest = held[whole:].copy()
        return held[:whole].reshape(-1, FRAME)

    @property
    def pending(self) -> int:
        """Samples that wait for their frame to be whole."""
        return len(self._rest)

    def flush(self) -> NDArray[np.int16]:
        """Return the rest as one frame filled up with silence, or none: shape (0 or 1, FRAME)."""
        if not len(self._rest):
            return np.zeros((0, FRAME), np.int16)
        frame = np.zeros((1, FRAME), np.int16)
        frame[0, : len(self._rest)] = self._rest
        self._rest = np.zeros(0, np.int16)
        return frame
