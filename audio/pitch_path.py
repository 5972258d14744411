"""The best path through pitch candidates: a Viterbi search that answers after a fixed number of frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class PitchPath:
    """Chooses one candidate, or none, for each frame; `lag` frames later.

    The cost of a path is the sum of its candidates' costs, of `jump` for each octave between neighbours, and of
    `switch` wherever voice begins or ends (Boersma 1993, "Accurate short-term analysis of the fundamental
    frequency"). Waiting for a few frames instead of the utterance's end costs a fraction of a percent.
    """

    def __init__(self, *, candidates: int, lag: int, jump: float, switch: float) -> None:
        self._lag = lag
        self._jump = jump
        self._switch = switch
        self._candidates = candidates
        self.restart()

    def restart(self) -> None:
        """Forget all frames; the next one begins a path."""
        self._total: NDArray[np.float64] | None = None
        self._octaves = np.zeros((1, self._candidates))
        self._came_from: list[list[int]] = []

    def push(self, octaves: NDArray[np.float64], costs: NDArray[np.float64]) -> list[int]:
        """Hear more frames; return the choices for those decided by them.

        octaves: (frames, candidates), log2 of hertz. costs: (frames, candidates + 1), the last for unvoiced.
        A choice is the candidate's index, or `candidates` for unvoiced.
        """
        decided = []
        for step in self._steps(octaves, costs):
            if self._total is None:
                self._total = step[:, -1]
                self._came_from.append([])
            else:
                totals = step + self._total
                self._came_from.append(totals.argmin(1).tolist())
                self._total = np.minimum.reduce(totals, 1)
            if len(self._came_from) > self._lag:
                decided.append(self._trace()[-1])
                del self._came_from[0]
        return decided

    def flush(self) -> list[int]:
        """Decide the frames still open, and restart."""
        rest = self._trace()[::-1]
        self.restart()
        return rest

    def _trace(self) -> list[int]:
        """Walk back from the cheapest end: the choices of the open frames, latest first."""
        if self._total is None:
            return []
        choices = [int(self._total.argmin())]
        for came_from in self._came_from[:0:-1]:
            choices.append(came_from[choices[-1]])
        return choices

    def _steps(self, octaves: NDArray[np.float64], costs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Price every step between two frames: (frames, candidates + 1 after, candidates + 1 before)."""
        before = np.concatenate((self._octaves, octaves[:-1]))
        self._octaves = octaves[-1:]
        steps = np.empty((*costs.shape, self._candidates + 1))
        leaps = steps[:, :-1, :-1]
        np.abs(octaves[:, :, None] - before[:, None, :], out=leaps)
        leaps *= self._jump
        steps[:, -1] = self._switch
        steps[:, :, -1] = self._switch
        steps[:, -1, -1] = 0.0
        steps += costs[:, :, None]
        return steps
