"""What a client said and the server hasn't done yet: bounded, in order, audio put together.

A worker job costs as much to start as the work in it, so audio is gathered until a job is worth it or has waited
long enough. Anything that isn't audio is due at once. The bound is the back-pressure: `put` waits, the socket isn't
read, and TCP tells the client.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

from audio.values import AudioChunk
from server.events import Audio, Circumstance, ClientEvent

Item = ClientEvent | Circumstance

GATHER_S = 0.1
"""Seconds a first piece of audio waits for more: a recognizer is given as much at a time, and each job costs a hop."""

_JOB_S = 0.3
"""Most audio in one job, seconds: a job can't be interrupted, and live talkers wait behind one that was sent ahead.
With a tenth of a core per stream that is 30 ms. More than `ear` hears on the loop: a file of silence isn't live."""

_LEAST_LIMIT = 32_768
"""Bytes that may be queued in any case: what a wire cuts a long message into."""

_MOST_WORDS, _MOST_ITEMS = 64, 2000
"""Messages that may wait: those that aren't audio, of which live clients send one at a time, and all of them, which
5 s of the shortest live messages (2.5 ms of telephony) don't reach."""


class Inbox:
    """One connection's queue, from its reader to its worker."""

    def __init__(self, *, lockstep: bool) -> None:
        """With `lockstep` nothing is gathered: the client waits for the answer to each message."""
        self._loop = asyncio.get_running_loop()
        self._lockstep = lockstep
        self._items: deque[tuple[Item, float]] = deque()
        self._audio = 0
        self._urgent = 0
        self._due = False
        self._limit = 1 << 20
        self._job = _LEAST_LIMIT
        self._gather = 0
        self._waiter: asyncio.Future[None] | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._alarm: asyncio.TimerHandle | None = None

    def size_for(self, *, bytes_per_s: int, max_lag_s: float) -> None:
        """Set the bounds once the audio format is known."""
        self._limit = max(int(bytes_per_s * max_lag_s), _LEAST_LIMIT)
        self._job = int(bytes_per_s * _JOB_S)
        self._gather = int(bytes_per_s * GATHER_S)

    async def put(self, item: Item) -> None:
        """Queue `item`; waits while more audio than the bound is queued."""
        await self._room.wait()
        self.put_now(item)

    def put_now(self, item: Item) -> None:
        """Queue `item` whatever the bound: for circumstances, which are few."""
        self._items.append((item, self._loop.time()))
        if isinstance(item, Audio):
            self._audio += len(item.chunk.data)
        else:
            self._urgent += 1
        if self._full:
            self._room.clear()
        if self._ready():
            self._wake()
        elif self._alarm is None:
            self._alarm = self._loop.call_later(GATHER_S, self._fall_due)

    def rest(self) -> Sequence[Item]:
        """Everything that is queued: somebody else has to do with it now."""
        items = [item for item, _ in self._items]
        self._items.clear()
        return items

    def put_all(self, items: Iterable[Item]) -> None:
        """Queue `items` whatever the bound."""
        for item in items:
            self.put_now(item)

    async def take(self, timeout_s: float) -> tuple[Item, float] | None:
        """Return the next item and when (loop time) its newest part came, or None after `timeout_s` seconds."""
        if not self._ready():
            self._waiter = self._loop.create_future()
            alarm = self._loop.call_later(timeout_s, self._wake)
            try:
                await self._waiter
            finally:
                alarm.cancel()
                self._waiter = None
        if not self._items or not self._ready():
            return None
        return self._next()

    def _next(self) -> tuple[Item, float]:
        item, came = self._items.popleft()
        if not isinstance(item, Audio):
            self._urgent -= 1
            self._make_room()
            return item, came
        parts = [self._cut(item.chunk.data, came)]
        size = len(parts[0])
        while not self._lockstep and self._items:
            following, at = self._items[0]
            if not isinstance(following, Audio) or size + len(following.chunk.data) > self._job:
                break
            self._items.popleft()
            parts.append(following.chunk.data)
            size, came = size + len(following.chunk.data), at
        self._audio -= size
        self._make_room()
        if not self._audio:
            self._due = False
            self._disarm()
        return Audio(AudioChunk(b"".join(parts))), came

    @property
    def _full(self) -> bool:
        return self._audio > self._limit or self._urgent > _MOST_WORDS or len(self._items) > _MOST_ITEMS

    def _make_room(self) -> None:
        if not self._full:
            self._room.set()

    def _cut(self, data: bytes, came: float) -> bytes:
        """Return as much of `data` as makes a job; the rest is next."""
        if len(data) > self._job:
            self._items.appendleft((Audio(AudioChunk(data[self._job :])), came))
        return data[: self._job]

    def _ready(self) -> bool:
        return bool(self._items) and (
            self._lockstep or self._urgent > 0 or self._due or self._audio >= self._gather > 0
        )

    def _fall_due(self) -> None:
        self._alarm, self._due = None, True
        self._wake()

    def _disarm(self) -> None:
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def close(self) -> None:
        """Let a waiting reader go on and drop the timer."""
        self._room.set()
        self._disarm()
