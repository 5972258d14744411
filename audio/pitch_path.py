"""The best path through pitch candidates: a Viterbi search that answers after a fixed number of frames."""

from __future__ import annotations

from collections.abc import Sequence


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
        self._unvoiced = 0.0
        self._voiced: list[float] = []
        self._octaves: list[float] = []
        self._came_from: list[list[int]] = []

    def push(self, octaves: Sequence[list[float]], costs: Sequence[list[float]]) -> list[int]:
        """Hear more frames; return the choices for those decided by them.

        octaves, costs: per frame, one number per candidate: log2 of hertz, and nats more than unvoiced costs.
        A choice is the candidate's index, or `candidates` for unvoiced.
        """
        decided = []
        for places, prices in zip(octaves, costs, strict=True):
            if self._voiced:
                self._came_from.append(self._step(places, prices))
            else:
                self._voiced = prices
                self._came_from.append([])
            self._octaves = places
            if len(self._came_from) > self._lag:
                decided.append(self._trace()[-1])
                del self._came_from[0]
        return decided

    def flush(self) -> list[int]:
        """Decide the frames still open, and restart."""
        rest = self._trace()[::-1]
        self.restart()
        return rest

    def _step(self, octaves: list[float], costs: list[float]) -> list[int]:
        """Go on to the next frame: where the cheapest path to each of its choices came from, unvoiced last."""
        jump, unvoiced = self._jump, self._candidates
        best, anew = min(self._voiced), self._unvoiced + self._switch
        if best >= anew:
            self._voiced = [anew + cost for cost in costs]
            return [unvoiced] * (unvoiced + 1)
        rivals = self._rivals(best, anew)
        came_from, totals = [], []
        for octave, cost in zip(octaves, costs, strict=True):
            least, source = anew, unvoiced
            for total, before, index in rivals:
                through = total + jump * abs(octave - before)
                if through < least:
                    least, source = through, index
            totals.append(least + cost)
            came_from.append(source)
        stop = best + self._switch
        came_from.append(self._voiced.index(best) if stop < self._unvoiced else unvoiced)
        self._unvoiced = min(stop, self._unvoiced)
        self._voiced = totals
        return came_from

    def _rivals(self, best: float, anew: float) -> list[tuple[float, float, int]]:
        """Candidates worth leaving from: total, octave, index.

        Not those that cost as much as to begin anew, nor as much as to jump there from the best; what is left is
        one or two of the five, for which plain floats are several times quicker than arrays.
        """
        jump, octaves, index = self._jump, self._octaves, self._voiced.index(best)
        middle = octaves[index]
        rivals = [(best, middle, index)]
        for index, total in enumerate(self._voiced):
            if total < anew and total < best + jump * abs(octaves[index] - middle):
                rivals.append((total, octaves[index], index))
        return rivals

    def _trace(self) -> list[int]:
        """Walk back from the cheapest end: the choices of the open frames, latest first."""
        if not self._came_from:
            return []
        best = min(self._voiced)
        choices = [self._voiced.index(best) if best <= self._unvoiced else self._candidates]
        for came_from in self._came_from[:0:-1]:
            choices.append(came_from[choices[-1]])
        return choices
