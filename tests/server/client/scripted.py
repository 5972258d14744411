"""A server that does as a test says: a real WebSocket on this machine, with a script for a mind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from audio.values import AudioFormat
from server.client.backoff import Backoff
from server.client.client import connect
from server.wire.native_messages import Start

DEADLINE_S = 20
"""No test takes longer, however busy the machine."""

READY = {
    "type": "ready",
    "session_id": "s",
    "conversation_id": 5,
    "sample_rate": 8000,
    "silence_ms": 1000,
    "recognizer": {"engine": "scripted", "model": "none", "language": "en", "demo": False},
}

FINAL = {
    "type": "final",
    "utterance": 1,
    "message_id": 3,
    "text": "hello",
    "start_ms": 100,
    "end_ms": 1200,
    "confidence": 1.0,
    "voice": {"pitch_hz": None, "emotion": None, "audio_quality": None},
    "reason": "stop",
    "latency_ms": 12,
}


OPEN = READY | {"resume_token": "t", "received_samples": 0}
"""Of a session that can be resumed."""

GONE = {"type": "error", "code": "not_resumable", "message": "no such session", "fatal": False}


class Server:
    """One session's server side."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.audio = bytearray()
        self.heard: list[dict[str, Any]] = []

    @property
    def authorization(self) -> str | None:
        assert self.socket.request
        return self.socket.request.headers.get("Authorization")

    async def say(self, *messages: dict[str, Any] | str) -> None:
        for message in messages:
            await self.socket.send(message if isinstance(message, str) else json.dumps(message))

    async def until(self, kind: str) -> dict[str, Any]:
        """Take what comes until a text message of `kind`; other pings are answered."""
        while True:
            message = await self.socket.recv()
            if isinstance(message, bytes):
                self.audio += message
                continue
            self.heard.append(json.loads(message))
            if self.heard[-1]["type"] == kind:
                return self.heard[-1]
            if self.heard[-1]["type"] == "ping":
                await self.say({"type": "pong"})

    async def take(self, size: int) -> None:
        """Take messages until `size` bytes of audio are there; pings are answered."""
        while len(self.audio) < size:
            message = await self.socket.recv()
            if isinstance(message, bytes):
                self.audio += message
                continue
            assert json.loads(message) == {"type": "ping"}
            await self.say({"type": "pong"})

    async def open(self, ready: dict[str, Any] = READY) -> dict[str, Any]:
        started = await self.until("start")
        await self.say(ready)
        return started

    async def resume(self, received: int) -> dict[str, Any]:
        """Take the session up again, having `received` samples of it."""
        asked = await self.until("resume")
        await self.say(OPEN | {"received_samples": received})
        return asked

    def vanish(self) -> None:
        self.socket.transport.abort()

    async def leave(self, code: int = 1000, reason: str = "") -> None:
        """Close while still reading: a full inbox would hide the other side's goodbye."""
        await asyncio.gather(self.socket.close(code, reason), self._drain())

    async def _drain(self) -> None:
        async for _ in self.socket:
            pass

    def stopped(self, stride: int = 2) -> dict[str, Any]:
        received = len(self.audio) // stride
        return {"type": "stopped", "received_samples": received, "utterances": 1, "duration_ms": 0}


Script = Callable[[Server], Awaitable[None]]


@asynccontextmanager
async def scripted(script: Script, **options: Any) -> AsyncIterator[str]:
    """Serve one script to everybody who connects; yields the URL."""

    async def play(socket: ServerConnection) -> None:
        await script(Server(socket))

    async with asyncio.timeout(DEADLINE_S):
        async with serve(play, "127.0.0.1", 0, compression=None, **options) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            yield f"ws://127.0.0.1:{port}/v1/stream"


@asynccontextmanager
async def connected(url: str, start: Start, *, window_s: float = 0.0, said: list[str] | None = None):
    """Connect a client that doesn't wait before it dials again; it does so for `window_s` of sleeping."""
    clock = Clock()
    back = Backoff(window_s, now=clock.now, sleep=clock.sleep)
    tell = ([] if said is None else said).append
    async with connect(url, start, back=back, tell=tell) as client:
        yield client


class Clock:
    """Time that passes only by sleeping, and then at once."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds
        await asyncio.sleep(0)


def in_turn(*scripts: Script) -> Script:
    """Play a script a connection, the last one for all that follow."""
    played: list[Server] = []

    async def play(server: Server) -> None:
        played.append(server)
        await scripts[min(len(played), len(scripts)) - 1](server)

    return play


class Sound:
    """A source of what it is given."""

    def __init__(self, *blocks: bytes | Exception, rate: int = 8000) -> None:
        self.format = AudioFormat(rate)
        self._blocks = blocks

    async def blocks(self):
        for block in self._blocks:
            if isinstance(block, Exception):
                raise block
            yield block


class EndlessSound:
    """A microphone in a quiet room, as far as a client can tell: 20 ms at a time, for ever."""

    format = AudioFormat(8000)

    async def blocks(self):
        while True:
            yield bytes(320)
