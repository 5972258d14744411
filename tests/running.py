"""A real server in this process, and a client that is nothing but a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from audio.recognizers.base import Engine
from server.app import serving
from server.config import Config
from server.running import Running

DEADLINE_S = 20
"""No single step of a test takes longer, however busy the machine."""


@dataclass(frozen=True)
class Server:
    """A running server and how to reach it."""

    running: Running
    database: Path

    @property
    def voice(self) -> str:
        return f"ws://127.0.0.1:{self.running.voice.port}"

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.running.http.port}"

    @asynccontextmanager
    async def client(self, path: str = "/v1/stream", **options: Any) -> AsyncIterator[Client]:
        async with connect(self.voice + path, compression=None, **options) as socket:
            yield Client(socket)


@asynccontextmanager
async def running(folder: Path, engine: Engine, **sections: dict[str, Any]) -> AsyncIterator[Server]:
    """Serve from `folder` on free ports, with settings by section."""
    database = folder / "earshot.db"
    settings: dict[str, dict[str, Any]] = {
        "server": {"voice_port": 0, "http_port": 0, "drain_s": 5},
        "storage": {"path": str(database), "synchronous": "normal"},
    }
    for section, keys in sections.items():
        settings.setdefault(section, {}).update(keys)
    config = msgspec.convert(settings, Config)
    async with serving(config, engine) as open_server:
        yield Server(open_server, database)


class Client:
    """Sends and receives; `until` waits for what a test is about."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.seen: list[dict[str, Any]] = []

    async def send(self, message: dict[str, Any] | bytes) -> Self:
        await self.socket.send(message if isinstance(message, bytes) else json.dumps(message))
        return self

    async def start(self, **wishes: Any) -> dict[str, Any]:
        await self.send({"type": "start", **wishes})
        return await self.until("ready")

    async def resume(self, ready: dict[str, Any], **wishes: Any) -> Self:
        """Ask for the session that `ready` opened, on this line."""
        keys = {key: ready[key] for key in ("session_id", "resume_token")}
        return await self.send({"type": "resume", **keys, **wishes})

    async def stream(self, data: bytes, size: int = 3200) -> Self:
        for position in range(0, len(data), size):
            await self.socket.send(data[position : position + size])
        return self

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(DEADLINE_S):
            message: dict[str, Any] = json.loads(await self.socket.recv())
        self.seen.append(message)
        return message

    async def until(self, kind: str) -> dict[str, Any]:
        while True:
            message = await self.receive()
            if message["type"] == kind:
                return message

    async def rest(self) -> list[dict[str, Any]]:
        """Everything until the server closes."""
        try:
            while True:
                await self.receive()
        except ConnectionClosed:
            return self.seen

    async def finish(self, data: bytes, again: dict[str, Any]) -> None:
        """Send what of `data` hadn't come before the server was `again` ready, stop, and hear everything."""
        await self.stream(data[2 * again["received_samples"] :])
        await self.send({"type": "stop"})
        await self.rest()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.seen if message["type"] == kind]
