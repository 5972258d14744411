"""How high does the talker speak? One value every `HOP`, soon after the sound.

In order: `pitch_frames` cuts the audio, `pitch_candidates` proposes periods on the noise that `pitch_noise`
follows, `pitch_facts` says what the frame is like, `pitch_judge` weighs it all, `pitch_path` chooses; here the
choices become values. Most of the price is that of calling numpy, so frames are gathered, and every step is made
of few, wide operations.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from audio.pitch_candidates import CANDIDATES, CandidateFinder
from audio.pitch_frames import GATHERED, PitchFrames
from audio.pitch_judge import load
from audio.pitch_path import PitchPath
from audio.values import HOP, PitchFrame

_LOWEST, _HIGHEST = 60.0, 500.0
"""Hertz: from a low man to an excited child."""

_LAG = 2
"""Frames that the path search waits for at most; two more would gain 0.3 % and cost up to 20 ms."""

_JUMP = 6.0
"""Nats for an octave between neighbours; voices glide at most a tenth of that in 10 ms."""

_SWITCH = 2.5
"""Nats for the beginning and the end of voice; stretches last for ten frames and more."""

_judge = cache(load)


class PitchTracker:
    """Follows the pitch of one talker in mono audio at `audio.values.RATE`.

    Audio comes in chunks of any length; the frames do not depend on how it was cut. Frame n is centred on
    sample 160 n and decided at most `latency` samples later. Call `flush` where an utterance ends. One thread
    at a time.
    """

    latency = PitchFrames.reach + (GATHERED - 1 + _LAG) * HOP
    """Samples from a frame's centre on: when so many have been pushed, it is decided."""

    def __init__(self) -> None:
        self._frames = PitchFrames()
        self._finder = CandidateFinder()
        self._judge = _judge()
        self._path = PitchPath(candidates=CANDIDATES, lag=_LAG, jump=_JUMP, switch=_SWITCH)
        self._restart()

    def push(self, samples: NDArray[np.int16] | NDArray[np.float32]) -> list[PitchFrame]:
        """Hear more audio, int16 or float in ±1; return the frames decided by it.

        NaN and infinities count as silence, floats beyond ±1 as ±1.
        """
        self._heard += len(samples)
        return self._follow(self._frames.push(samples), learn=True)

    def settle(self) -> list[PitchFrame]:
        """Return the frames that only waited for others to be worked on with them.

        What is decided then depends on the audio alone, not on how it was cut.
        """
        return self._follow(self._frames.rest(), learn=True)

    def flush(self) -> list[PitchFrame]:
        """Decide all frames up to the last sample; the next push begins a new utterance at time 0.

        What was learned of noise and level is kept.
        """
        missing = -(-self._heard // HOP) - self._decided
        frames = self.settle()
        frames += self._follow(self._frames.end(), learn=False)
        frames += self._values(self._path.flush())
        self._restart()
        return frames[:missing]

    def drop(self) -> None:
        """Begin a new utterance like `flush`, for those who don't ask for the rest of this one."""
        self.settle()
        self._restart()

    def _restart(self) -> None:
        self._frames.restart()
        self._path.restart()
        self._heard = 0
        self._decided = 0
        self._open: list[tuple[list[float], list[float]]] = []

    def _follow(self, frames: NDArray[np.float32], *, learn: bool) -> list[PitchFrame]:
        if not len(frames):
            return []
        found = self._finder.push(frames, learn=learn)
        octaves = found.octaves.tolist()
        self._open += zip(octaves, found.strength.tolist(), strict=True)
        return self._values(self._path.push(octaves, self._judge.costs(found).tolist()))

    def _values(self, choices: list[int]) -> list[PitchFrame]:
        """Turn the oldest open frames' choices into values."""
        frames, at = [], self._decided * HOP
        for choice, (octaves, strength) in zip(choices, self._open, strict=False):
            if choice < CANDIDATES:
                hertz, periodic = min(max(2.0 ** octaves[choice], _LOWEST), _HIGHEST), strength[choice]
            else:
                hertz, periodic = None, max(strength)
            frames.append(PitchFrame(at, hertz, min(max(periodic, 0.0), 1.0)))
            at += HOP
        del self._open[: len(choices)]
        self._decided += len(choices)
        return frames
