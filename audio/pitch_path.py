"""The best path through pitch candidates: a Viterbi search that answers after a few frames.

The cost of a path is the sum of its candidates' costs, of `jump` for each octave between neighbours, and of
`switch` wherever voice begins or ends (Boersma 1993, "Accurate short-term analysis of the fundamental
frequency"). Most of the paths that a textbook would follow can't win and are dropped at once; for the one or two
that are left, plain floats are several times quicker than arrays.
"""

from __future__ import annotations

from collections.abc import Sequence

_History = tuple[int, ...]
"""The choices of a path, latest first, as far back as may still be asked for."""

_Path = tuple[float, float, _History]
"""Nats in total, octave of the candidate that it ends in, history."""


class PitchPath:
    """Chooses one candidate, or none, for each frame, at most `lag` frames later.

    Waiting for a few frames instead of the utterance's end costs a fraction of a percent. Where all paths that can
    still win agree on a frame, it isn't waited for: the answer would be the same.
    """

    def __init__(self, *, candidates: int, lag: int, jump: float, switch: float) -> None:
        self._candidates = candidates
        self._lag = lag
        self._jump = jump
        self._switch = switch
        self.restart()

    def restart(self) -> None:
        """Forget all frames; the next one begins a path."""
        self._open = 0
        """Frames that aren't decided."""
        self._begin = 0.0
        """What it costs to begin voice: nothing in the first frame."""
        self._unvoiced = 0.0
        self._past: _History = ()
        """Of the cheapest path that ends unvoiced, and its total above."""
        self._voiced: list[_Path] = []
        """The paths that end in a candidate and can still win, the cheapest first."""

    def push(self, octaves: Sequence[list[float]], costs: Sequence[list[float]]) -> list[int]:
        """Hear more frames; return the choices for those decided by them.

        octaves, costs: per frame, one number per candidate: log2 of hertz, and nats more than unvoiced costs.
        A choice is the candidate's index, or `candidates` for unvoiced.
        """
        decided: list[int] = []
        for places, prices in zip(octaves, costs, strict=True):
            self._step(places, prices)
            self._open += 1
            if self._open > self._lag:
                decided.append(self._best()[self._lag])
                self._open -= 1
            # On the latest frame, paths with and without voice can't agree.
            while self._open > bool(self._voiced) and self._agreed(self._open - 1):
                decided.append(self._past[self._open - 1])
                self._open -= 1
        return decided

    def flush(self) -> list[int]:
        """Decide the frames still open, and restart."""
        rest = self._best()[: self._open]
        self.restart()
        return list(rest[::-1])

    def _step(self, octaves: list[float], costs: list[float]) -> None:
        """Go on to the next frame: find the cheapest path to each of its choices."""
        before, past, jump = self._voiced, self._past, self._jump
        least = anew = self._unvoiced + self._begin
        if before:
            least = min(least, before[0][0])
            if before[0][0] + self._switch < self._unvoiced:
                self._unvoiced, self._past = before[0][0] + self._switch, before[0][2]
        self._past = (self._candidates, *self._past[: self._lag])
        self._begin = self._switch
        limit = self._unvoiced + self._switch  # from there on it is cheaper to begin in the next frame
        reached = []
        for index, cost in enumerate(costs):
            if least + cost < limit:
                total, source, octave = anew, past, octaves[index]
                for so_far, place, history in before:
                    through = so_far + jump * abs(octave - place)
                    if through < total:
                        total, source = through, history
                if total + cost < limit:
                    reached.append((total + cost, octave, (index, *source[: self._lag])))
        self._voiced = self._rivals(reached) if reached else []

    def _rivals(self, reached: list[_Path]) -> list[_Path]:
        """The cheapest path, and those that cost less than a jump to their end from the cheapest."""
        best = min(reached)
        least, middle, _ = best
        return [best] + [path for path in reached if path[0] < least + self._jump * abs(path[1] - middle)]

    def _best(self) -> _History:
        if self._voiced and self._voiced[0][0] <= self._unvoiced:
            return self._voiced[0][2]
        return self._past

    def _agreed(self, age: int) -> bool:
        """Whether all paths chose the same, so many frames ago."""
        return {history[age] for _, _, history in self._voiced} <= {self._past[age]}
