"""A client below HTTP and WebSocket: bytes out, bytes in."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.running import DEADLINE_S, Server

KEY = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
TEXT, BINARY, CONTINUED, CLOSE, PING = 1, 2, 0, 8, 9


def opening(path: str = "/v1/stream", *headers: str, host: str | None = "localhost") -> bytes:
    """A WebSocket's opening request."""
    named = [f"Host: {host}"] if host is not None else []
    upgrade = ["Upgrade: websocket", "Connection: Upgrade", KEY, "Sec-WebSocket-Version: 13"]
    return "\r\n".join([f"GET {path} HTTP/1.1", *named, *upgrade, *headers, "", ""]).encode("latin-1")


def frame(
    opcode: int, data: bytes = b"", *, fin: bool = True, masked: bool = True, reserved: int = 0
) -> bytes:
    """A frame as RFC 6455 section 5.2 draws it, right or wrong; the mask is zero."""
    first, mask = (0x80 if fin else 0) | reserved | opcode, 0x80 if masked else 0
    if len(data) < 126:
        head = bytes([first, mask | len(data)])
    elif len(data) < 65_536:
        head = bytes([first, mask | 126]) + struct.pack("!H", len(data))
    else:
        head = bytes([first, mask | 127]) + struct.pack("!Q", len(data))
    return head + (bytes(4) if masked else b"") + data


class Raw:
    """An open connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Send as much as the server takes."""
        with contextlib.suppress(OSError):
            self._writer.write(data)
            await self._writer.drain()

    async def head(self) -> str:
        """The status line and headers that come next, empty where the server closes instead."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                return (await self._reader.readuntil(b"\r\n\r\n")).decode()
        except (asyncio.IncompleteReadError, OSError):
            return ""

    async def status(self) -> int:
        """The HTTP status that comes next, 0 where the server closes instead."""
        head = await self.head()
        return int(head.split()[1]) if head else 0

    async def rest(self) -> bytes:
        """Everything until the server closes."""
        got = b""
        with contextlib.suppress(OSError):
            async with asyncio.timeout(DEADLINE_S):
                while piece := await self._reader.read(65_536):
                    got += piece
        return got

    async def close_frame(self) -> tuple[int, str]:
        """The code and reason of the close frame that comes in the end; 0 where there is none."""
        got = b""
        with contextlib.suppress(OSError):
            async with asyncio.timeout(DEADLINE_S):
                while piece := await self._reader.read(65_536):
                    got += piece
                    at = got.rfind(b"\x88")
                    if 0 <= at < len(got) - 3 and len(got) == at + 2 + got[at + 1]:
                        return struct.unpack("!H", got[at + 2 : at + 4])[0], got[at + 4 :].decode()
        return 0, ""


@asynccontextmanager
async def raw(port: int, **options: Any) -> AsyncIterator[Raw]:
    """Connect to a port."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, **options)
    try:
        yield Raw(reader, writer)
    finally:
        writer.transport.abort()


@asynccontextmanager
async def upgraded(server: Server, path: str = "/v1/stream") -> AsyncIterator[Raw]:
    """Connect to the voice port and get through the handshake."""
    async with raw(server.running.voice.port) as client:
        await client.send(opening(path))
        assert await client.status() == 101
        yield client


async def exchange(port: int, data: bytes, **options: Any) -> int:
    """Send a request; return the status of the answer."""
    async with raw(port, **options) as client:
        await client.send(data)
        return await client.status()
