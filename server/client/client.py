"""A session with the server over one line: open, send, listen, stop. Nothing here knows of files or terminals.

    async with connect(url, Start(sample_rate=8000)) as client:
        await client.send(pcm)        # from one task …
        async for heard in client.events(): ...   # … while another listens
        await client.stop()           # `events` ends after the last final

Sending runs ahead of hearing by a window, no more. Megabytes fit into the kernel's buffers, and behind them the
keepalive of either side would come too late, a `stop` would take minutes, and a lost line would lose them all. The
window is judged by `ack`; a server may leave those out for a client that reads slowly, so a full window also asks
for a `pong`, which comes in turn and so acknowledges all that was sent before it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from audio.values import AudioFormat
from server.client.errors import Failed, Mistake
from server.client.line import Line, dial
from server.client.messages import Ack, Heard, Pong, Ready, ServerMessage, Stopped, Trouble, read
from server.wire.native_messages import Ping, Start, Stop

WINDOW_S = 5.0
"""Seconds of sound that may be under way: what the server looks ahead by default (`audio.max_lag_s`)."""

_READY_TIMEOUT_S = 30.0
"""Opening a session waits for a place in the server's worker pool."""


class Client:
    """One session. Send from one task, listen in another."""

    def __init__(self, line: Line, audio_format: AudioFormat) -> None:
        """Make the client's side of a session; `connect` opens it."""
        self._line = line
        self._stride = audio_format.stride
        self._window = int(WINDOW_S * audio_format.sample_rate)
        self._bytes = 0
        self._acknowledged = 0
        self._asked: deque[int] = deque()  # samples sent before each ping that has no pong yet
        self._progress = asyncio.Event()
        self._over = False
        self._ready: Heard | None = None

    @property
    def sent(self) -> int:
        """Samples sent, at the client's own rate."""
        return self._bytes // self._stride

    @property
    def acknowledged(self) -> int:
        """Samples that are safe with the server."""
        return self._acknowledged

    async def open(self, start: Start) -> None:
        """Begin the session. Raises: Mistake where the server doesn't accept `start`, Failed where it can't."""
        await self._say(start)
        try:
            async with asyncio.timeout(_READY_TIMEOUT_S):
                heard = read(await self._line.receive())
        except TimeoutError:
            raise Failed(f"the server didn't open a session within {_READY_TIMEOUT_S:g} s") from None
        match heard.message:
            case Ready():
                self._ready = heard
            case Trouble(code="invalid", message=message):
                raise Mistake(f"the server doesn't accept this: {message}")
            case Trouble(message=message):
                raise Failed(f"the server can't open a session: {message}")
            case _:
                raise Failed("the server answered, but not with ready: is it Earshot's /v1/stream?")

    async def send(self, audio: bytes) -> None:
        """Send sound; any cut will do, also inside a sample. Waits while the window is full. Raises: LineLost."""
        await self._line.send(audio)
        self._bytes += len(audio)
        if self._full():
            self._asked.append(self.sent)
            await self._say(Ping())
        while self._full() and not self._over:
            self._progress.clear()
            await self._progress.wait()

    async def stop(self) -> None:
        """Say that no more comes; `events` goes on until the server has told everything. Raises: LineLost."""
        await self._say(Stop())

    async def events(self) -> AsyncIterator[Heard]:
        """Yield what the server says, from `ready` to `stopped`. Raises: LineLost if the line ends before."""
        try:
            if self._ready:
                yield self._ready
            while True:
                heard = read(await self._line.receive())
                self._account(heard.message)
                yield heard
                if isinstance(heard.message, Stopped):
                    return
        finally:
            self._over = True
            self._progress.set()

    def _full(self) -> bool:
        return self.sent - self._acknowledged > self._window

    def _account(self, message: ServerMessage) -> None:
        match message:
            case Ack(received_samples=received) | Stopped(received_samples=received):
                self._acknowledged = max(self._acknowledged, received)
            case Pong() if self._asked:
                self._acknowledged = max(self._acknowledged, self._asked.popleft())
            case _:
                return
        self._progress.set()

    async def _say(self, message: Start | Ping | Stop) -> None:
        await self._line.send(msgspec.json.encode(message).decode())


@asynccontextmanager
async def connect(url: str, start: Start, *, token: str | None = None) -> AsyncIterator[Client]:
    """Open a session at `url`. Raises: Mistake, Failed."""
    async with dial(url, token) as line:
        client = Client(line, AudioFormat(start.sample_rate, start.encoding, start.channels))
        await client.open(start)
        yield client
