"""Whether the server has more to hear than it can: then nobody new is let in, so that all who are here stay well."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Lock

LATE_S = 1.0
"""Seconds by which audio is heard late enough to be told its talker, see `arrivals`; a healthy server's is 0.1."""

_WINDOW_S = 5.0
"""How far back is looked: as long as a refused client is told to wait, and beyond any single long final."""


class Strain:
    """Told of every job how late it began; thread-safe."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = Lock()
        self._jobs: deque[tuple[float, bool]] = deque()
        self._late = 0

    def heard(self, late_s: float) -> None:
        """A job begins `late_s` seconds after it was due."""
        late = late_s > LATE_S
        with self._lock:
            self._jobs.append((self._now(), late))
            self._late += late
            self._forget()

    @property
    def overloaded(self) -> bool:
        """Whether at least half of what was heard lately was late. One slow session among others is no overload."""
        with self._lock:
            self._forget()
            return 0 < len(self._jobs) <= 2 * self._late

    def _forget(self) -> None:
        before = self._now() - _WINDOW_S
        while self._jobs and self._jobs[0][0] < before:
            self._late -= self._jobs.popleft()[1]
