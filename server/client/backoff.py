"""When to dial again after the line was lost, and when to give up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

_FIRST_S, _LONGEST_S = 0.25, 4.0
"""Seconds between attempts, doubling from the first: a short break costs little, a long one isn't hammered at."""


class Backoff:
    """Waits before every attempt, for as long as the server may still keep the session.

    The time begins with the first attempt since the last `progress`, so that a line that breaks again as soon as it
    is back doesn't keep anybody trying for ever.
    """

    def __init__(
        self, window_s: float, *, now: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """Try for `window_s` seconds, 0 is not at all; `now` in seconds."""
        self.window_s = window_s
        self._now = now
        self._sleep = sleep
        self.progress()

    def progress(self) -> None:
        """Something came over the line: the next loss is a new one."""
        self._until: float | None = None
        self._delay = _FIRST_S

    async def again(self) -> bool:
        """Wait until it is time to try; false at once where the time is over. The last try is at its end."""
        if self._until is None:
            self._until = self._now() + self.window_s
        left = self._until - self._now()
        if left <= 0:
            return False
        await self._sleep(min(self._delay, left))
        self._delay = min(2 * self._delay, _LONGEST_S)
        return True
