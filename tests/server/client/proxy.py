"""A network that breaks where a test says: TCP to a server and back, cut after so many bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Cut:
    """Where one connection ends: after this many bytes to the server, or from it."""

    up: int | None = None
    down: int | None = None


class Network:
    """One cut a connection; those after the last cut hold."""

    def __init__(self, port: int, cuts: Iterable[Cut]) -> None:
        self.connections = 0
        self._port = port
        self._cuts = iter(cuts)

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        cut = next(self._cuts, Cut())
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        ways = [
            asyncio.create_task(_carry(reader, far_writer, cut.up)),
            asyncio.create_task(_carry(far_reader, writer, cut.down)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        writer.transport.abort()
        far_writer.transport.abort()
        await asyncio.gather(*ways)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limit: int | None) -> None:
    """Pass bytes on until one side ends or `limit` of them went; what went is delivered."""
    left = limit
    with suppress(OSError):
        while left != 0 and (data := await reader.read(65_536 if left is None else min(left, 65_536))):
            writer.write(data)
            await writer.drain()
            left = None if left is None else left - len(data)


@asynccontextmanager
async def network(url: str, *cuts: Cut) -> AsyncIterator[tuple[str, Network]]:
    """Put a network before the server at ws://127.0.0.1:PORT; yields the URL to use instead."""
    port = int(url.rpartition(":")[2])
    between = Network(port, cuts)
    async with await asyncio.start_server(between.connect, "127.0.0.1", 0) as server:
        here = server.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{here}", between
