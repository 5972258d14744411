"""How syllables end: the level falls steeply, some times a second, whoever speaks.

Notes ring on instead, and the voices of babble cover each other's gaps. Falls so steep come 4 to 6 times a second in
clean speech, 3 times in 10 dB of white noise, once a second in babble and once in two in music.
"""

from __future__ import annotations

from collections import deque

_STEEP_DB, _WITHIN = 10.0, 4
"""A fall of so much from one frame to the fourth after it, 80 ms: short enough that notes and echoes don't."""


class Syllables:
    """Hears syllables end in the levels of frames of 20 ms, decibels."""

    def __init__(self, count: int, *, within: int, presumed: bool = False) -> None:
        """Tell whether `count` of them ended `within` so many frames; `presumed`, as if they just had."""
        self._within = within
        self._frames = 0
        self._ends: deque[int] = deque([0 if presumed else -within - 1] * count, maxlen=count)
        self._before: deque[float] = deque(maxlen=_WITHIN)

    def hear(self, level: float) -> None:
        """Take the next frame. No frame is part of two falls."""
        self._frames += 1
        before = self._before
        if len(before) == _WITHIN and before[0] - level >= _STEEP_DB:
            self._ends.append(self._frames)
            before.clear()
        before.append(level)

    @property
    def heard(self) -> bool:
        """Whether so many ended lately."""
        return self._frames - self._ends[0] <= self._within
