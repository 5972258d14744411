"""A client's bytes to mono int16: PCM16, float32, G.711 mu-law and A-law, one channel or two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audio.values import AudioFormat, Encoding


def _mulaw_table() -> NDArray[np.int16]:
    """ITU-T G.711 mu-law: 8 bits to 14-bit linear, scaled to 16. Bits are sent inverted."""
    code = ~np.arange(256, dtype=np.uint8)
    segment, step = (code >> 4) & 7, code & 15
    magnitude = (((step.astype(np.int32) << 3) + 132) << segment) - 132
    return np.where(code & 128, -magnitude, magnitude).astype(np.int16)


def _alaw_table() -> NDArray[np.int16]:
    """ITU-T G.711 A-law: 8 bits to 13-bit linear, scaled to 16. Even bits are sent inverted."""
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    segment, step = ((code >> 4) & 7).astype(np.int32), (code & 15).astype(np.int32)
    magnitude = np.where(segment == 0, (step << 4) + 8, ((step << 4) + 264) << np.maximum(segment - 1, 0))
    return np.where(code & 128, magnitude, -magnitude).astype(np.int16)


_TABLES = {Encoding.MULAW: _mulaw_table(), Encoding.ALAW: _alaw_table()}


class Decoder:
    """Decodes one session's bytes; a sample cut in two by a message boundary is put together again."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._format = audio_format
        self._rest = b""

    def push(self, data: bytes) -> NDArray[np.int16]:
        """Return the whole samples so far, mono int16, shape (n,), at the client's rate.

        Two channels are averaged. In float32 what is beyond ±1 is clipped and NaN is silence: no value of a
        broken client may reach the analysis.
        """
        data = self._rest + data if self._rest else data
        whole = len(data) - len(data) % self._format.stride
        self._rest = data[whole:]
        samples = self._linear(data[:whole])
        if self._format.channels == 1:
            return samples
        mean: NDArray[np.int32] = samples.reshape(-1, 2).sum(axis=1, dtype=np.int32) // 2
        return mean.astype(np.int16)

    def align(self) -> None:
        """Forget a sample that is cut in two: what comes next begins with a whole one."""
        self._rest = b""

    def _linear(self, data: bytes) -> NDArray[np.int16]:
        match self._format.encoding:
            case Encoding.PCM_S16LE:
                samples: NDArray[np.int16] = np.frombuffer(data, "<i2")
                return samples.astype(np.int16, copy=False)
            case Encoding.PCM_F32LE:
                return int16(np.frombuffer(data, "<f4"))
            case Encoding.MULAW | Encoding.ALAW as law:
                return np.take(_TABLES[law], np.frombuffer(data, np.uint8))


def int16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Turn float samples in ±1 into int16, clipped; NaN becomes 0."""
    within = np.clip(np.nan_to_num(samples, nan=0.0), -1.0, 1.0)
    scaled: NDArray[np.float32] = np.minimum(np.rint(within * 32768.0), 32767)
    return scaled.astype(np.int16)
