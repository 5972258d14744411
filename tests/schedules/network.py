"""Lines that take time, lose what is under way when they break, and break half open."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from typing import Any

from tests.schedules.virtual import elapse


class Wire:
    """A line between a client and a server, seen from the middle: both ends, and how they are torn apart."""

    def __init__(self, delay_s: float) -> None:
        self.delay_s = delay_s
        self.up = True
        """Whether the server knows of no trouble."""
        self.through = True
        """Whether what is sent arrives."""
        self._to_server: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._to_client: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._under_way: defaultdict[int, deque[Any]] = defaultdict(deque)

    def _later(self, queue: asyncio.Queue[Any], item: object) -> None:
        under_way = self._under_way[id(queue)]
        under_way.append(item)

        def arrive() -> None:  # in order, though two timers for the same moment may fire in any
            first = under_way.popleft()
            if self.through:
                queue.put_nowait(first)

        asyncio.get_running_loop().call_later(self.delay_s, arrive)

    def lose(self, *, half_open: bool = False) -> None:
        """Break; what is under way is lost. Half open, the server doesn't notice."""
        self.through = False
        self._to_client.put_nowait(None)
        if not half_open:
            self.up = False
            self._to_server.put_nowait(None)

    # ------------------------------------------------------------ the client's end

    def say(self, message: dict[str, Any] | bytes) -> None:
        """Send; whether it arrives is another matter."""
        self._later(self._to_server, message if isinstance(message, bytes) else json.dumps(message))

    async def hear(self) -> dict[str, Any] | None:
        """The next message, None once the line is gone."""
        return await self._to_client.get()

    # ------------------------------------------------------------ the server's end: a `line.Socket`

    congested = False

    async def receive(self) -> str | bytes | None:
        return await self._to_server.get() if self.up else None

    async def send(self, text: str) -> bool:
        if self.up:
            self._later(self._to_client, json.loads(text))
        return self.up

    async def close(self, code: int, reason: str) -> bool:
        """Close; a client that is still there has heard everything by then."""
        await elapse(2 * self.delay_s + 0.001)
        parted = self.through
        self.lose()
        return parted

    def abort(self) -> None:
        self.lose()
