"""Any rate to 16 kHz, as a stream: the filter's state lives from chunk to chunk, so cutting changes nothing."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from audio.decode import int16
from audio.values import RATE

_NOTHING = np.zeros(0, np.float32)


class Resampler:
    """Brings one session's audio to `RATE`. Output is aligned with input: no delay to subtract."""

    def __init__(self, rate: int) -> None:
        # float32 inside: soxr dithers int16 output, which would make equal audio unequal.
        self._stream = (
            None if rate == RATE else soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="HQ")
        )

    def push(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return what is finished of mono int16 `samples`, shape (n,), at `RATE`.

        soxr works in blocks of its own: at 8 kHz the first output comes after 120 ms of input.
        """
        if self._stream is None:
            return samples
        if not len(samples):  # soxr takes an empty chunk for the end
            return samples
        return int16(self._stream.resample_chunk(samples.astype(np.float32) / 32768.0))

    def flush(self) -> NDArray[np.int16]:
        """Return the filter's tail at the end of the stream; push no more after it."""
        if self._stream is None:
            return np.zeros(0, np.int16)
        return int16(self._stream.resample_chunk(_NOTHING, last=True))
