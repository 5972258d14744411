"""Reads a line into an inbox, as a task that can be stopped and given another line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from server.events import Gone
from server.inbox import Inbox
from server.line import Line


class Reader:
    """Fills one connection's inbox."""

    def __init__(self, inbox: Inbox, came: Callable[[], None]) -> None:
        """`came` is called for every message."""
        self._inbox = inbox
        self._came = came
        self._task: asyncio.Task[None] | None = None

    def start(self, line: Line) -> None:
        """Read `line` until it is over."""
        self._task = asyncio.create_task(self._read(line))

    def cancel(self) -> None:
        """Read no more, soon."""
        if self._task:
            self._task.cancel()

    async def stop(self) -> None:
        """Read no more; return when that is so."""
        self.cancel()
        if self._task:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self, line: Line) -> None:
        while (events := await line.receive()) is not None:
            self._came()
            for event in events:
                await self._inbox.put(event)
        self._inbox.put_now(Gone())
