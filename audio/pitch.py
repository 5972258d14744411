"""How high does the talker speak? One value every `HOP`, a fixed time after the sound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audio.pitch_candidates import CANDIDATES, WINDOW, CandidateFinder
from audio.pitch_path import PitchPath
from audio.values import HOP, PitchFrame

_LOWEST, _HIGHEST = 60.0, 500.0
"""Hertz: from a low man to an excited child."""

_HALVING = (np.sinc((np.arange(23) - 11) / 2) / 2 * np.hamming(23)).astype(np.float32)
"""Half-band low-pass: passes to 3 kHz, and every second tap but the middle one is zero."""

_DELAY = len(_HALVING) // 2

_LAG = 2
"""Frames that the path search waits for: a third would buy 0.3 % and cost 10 ms."""


class PitchTracker:
    """Follows the pitch of one talker in mono audio at `audio.values.RATE`.

    Audio comes in chunks of any length; the frames do not depend on how it was cut. Frame n is centred on sample
    160 n. Every frame is decided `latency` samples after its centre. Not thread-safe.
    """

    def __init__(self, *, unvoiced: float = 0.24) -> None:
        self._unvoiced = unvoiced
        self._finder = CandidateFinder()
        self._path = PitchPath(candidates=CANDIDATES, lag=_LAG, jump=0.9, switch=0.25)
        self.latency = WINDOW + _DELAY + _LAG * HOP
        self._restart()

    def push(self, samples: NDArray[np.int16] | NDArray[np.float32]) -> list[PitchFrame]:
        """Hear more audio, int16 or float in ±1; return the frames decided by it.

        NaN and infinities count as silence.
        """
        self._heard += len(samples)
        return self._push(_floats(samples))

    def flush(self) -> list[PitchFrame]:
        """Decide all frames up to the last sample; the next push begins a new utterance at time 0.

        What was learned of the noise is kept.
        """
        wanted = (self._heard + HOP - 1) // HOP
        frames = self._push(np.zeros(WINDOW + 2 * _DELAY + HOP, np.float32))
        frames += self._emit(self._path.flush())
        self._restart()
        return frames[: max(0, wanted - (frames[0].at // HOP if frames else 0))]

    def _restart(self) -> None:
        self._heard = 0
        self._frame = 0
        self._raw = np.zeros(_DELAY, np.float32)
        self._halved = np.zeros(WINDOW // 2, np.float32)
        self._waiting: list[tuple[list[float], list[float]]] = []
        self._path.restart()

    def _push(self, samples: NDArray[np.float32]) -> list[PitchFrame]:
        self._halved = np.concatenate((self._halved, self._halve(samples)))
        count = (len(self._halved) - WINDOW) // (HOP // 2) + 1
        if count <= 0:
            return []
        frames = np.lib.stride_tricks.sliding_window_view(self._halved, WINDOW)[: count * HOP // 2 : HOP // 2]
        self._halved = self._halved[count * HOP // 2 :]
        found = self._finder.push(frames)
        unvoiced = np.where(found.present, -self._unvoiced, -2.0)
        self._waiting += zip(found.octaves.tolist(), found.strength.tolist(), strict=True)
        return self._emit(self._path.push(found.octaves, np.column_stack((-found.strength, unvoiced))))

    def _halve(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Low-pass and keep every second sample."""
        self._raw = np.concatenate((self._raw, samples))
        count = (len(self._raw) - len(_HALVING)) // 2 + 1
        if count <= 0:
            return np.zeros(0, np.float32)
        even = self._raw[: 2 * count + 21 : 2]
        odd = self._raw[11 : 2 * count + 11 : 2]
        self._raw = self._raw[2 * count :]
        return np.convolve(even, _HALVING[::2], "valid") + np.float32(0.5) * odd

    def _emit(self, choices: list[int]) -> list[PitchFrame]:
        frames = []
        for choice, (octaves, strength) in zip(choices, self._waiting, strict=False):
            hertz = 2.0 ** octaves[choice] if choice < CANDIDATES else None
            if hertz is not None:
                hertz = min(max(hertz, _LOWEST), _HIGHEST)
            strongest = max(strength) if hertz is None else strength[choice]
            frames.append(PitchFrame(self._frame * HOP, hertz, min(max(strongest, 0.0), 1.0)))
            self._frame += 1
        del self._waiting[: len(choices)]
        return frames


def _floats(samples: NDArray[np.int16] | NDArray[np.float32]) -> NDArray[np.float32]:
    if samples.dtype == np.int16:
        return samples * np.float32(1 / 32768)
    clean = np.where(np.isfinite(samples), samples, np.float32(0))
    return np.clip(clean, -1, 1).astype(np.float32)
