"""How syllables end: the level falls steeply, some times a second, whoever speaks.

Notes ring on instead, and the voices of babble cover each other's gaps. Falls so steep come 4 to 6 times a second in
clean speech, 3 times in 10 dB of white noise, once a second in babble and once in two in music.
"""

from __future__ import annotations

from collections import deque

_STEEP_DB, _WITHIN = 10.0, 4
"""A fall of so much from one frame to the fourth after it, 80 ms: short enough that notes and echoes don't."""


class Falls:
    """Finds steep falls in the levels of frames of 20 ms, decibels."""

    def __init__(self) -> None:
        self._before: deque[float] = deque(maxlen=_WITHIN)

    def ends(self, level: float) -> bool:
        """Take the next frame; tell whether a steep fall ends with it. No frame is part of two."""
        before = self._before
        fallen = len(before) == _WITHIN and before[0] - level >= _STEEP_DB
        if fallen:
            before.clear()
        before.append(level)
        return fallen
