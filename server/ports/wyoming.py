"""The Wyoming port: plain TCP, for Home Assistant's voice clients. There is no token in the protocol, and no TLS."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Self

from server.access import loopback
from server.connection import Connection
from server.errors import ConfigError, Refused
from server.events import Abandoned, Dismissed
from server.house import House
from server.line import Line
from server.ports.guests import Guests
from server.ports.tcp_socket import TcpSocket
from server.state import State
from server.wire.wyoming import WyomingWire
from server.wire.wyoming_events import MOST_HEADER, write

log = logging.getLogger(__name__)


class WyomingPort:
    """Listens for clients; an async context manager. They take places among `guests`, who drains them."""

    def __init__(self, house: House, guests: Guests) -> None:
        self._house = house
        self._guests = guests
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port listened on, also where 0 was asked for."""
        assert self._server
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aenter__(self) -> Self:
        settings = self._house.config.server
        host, port = settings.wyoming_host, settings.wyoming_port
        try:
            self._server = await asyncio.start_server(self._come_in, host, port, limit=MOST_HEADER)
        except OSError as error:
            raise ConfigError(
                f"cannot listen on {host}, port {port}, for Wyoming: {error.strerror}"
            ) from None
        if not loopback(host):
            log.warning(
                "port %d is open to whoever reaches %s: Wyoming knows no token and no TLS", self.port, host
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def take_over(self, house: House) -> None:
        """Give this to the streams that begin from now on."""
        self._house = house

    # ------------------------------------------------------------ one client

    def _come_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(TcpSocket(reader, writer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, socket: TcpSocket) -> None:
        metrics = self._house.metrics
        overloaded = self._house.workers.strain.overloaded
        try:
            self._guests.make_room(socket.address, self._house.config.server, overloaded=overloaded)
            if not await self._guests.host(Visit(socket, lambda: self._house), socket, metrics):
                await _turn_away(socket, "fault", "a fault of the server")
        except Refused as refused:
            metrics.refused.labels(refused.code).inc()
            await _turn_away(socket, refused.code, str(refused))
        else:
            await socket.close()
        finally:
            socket.abort()


class Visit:
    """A client's streams, one after another: a `guests.Guest`."""

    state = State.LIVE
    """Between two streams, too."""

    def __init__(self, socket: TcpSocket, house: Callable[[], House]) -> None:
        """Every stream is given the `house` as it is when it begins."""
        self._socket = socket
        self._house = house
        self._session: Connection | None = None
        self._dismissed: Dismissed | Abandoned | None = None

    async def run(self) -> None:
        """Serve the client until it is gone, was dismissed, or didn't get its transcript."""
        answered = True
        while answered:
            house = self._house()
            wire = WyomingWire(house.hearing.engine.info)
            self._session = Connection(Line(_Stream(self._socket, wire), wire), house)
            if self._dismissed:
                self._session.dismiss(self._dismissed)
            await self._session.run()
            answered = wire.answered

    def dismiss(self, why: Dismissed | Abandoned) -> None:
        """Let the stream end after what has already come was heard, and let no other begin."""
        self._dismissed = why
        if self._session:
            self._session.dismiss(why)


class _Stream:
    """What one stream has of the socket: a `line.Socket` that is over with its transcript, as the connection isn't."""

    def __init__(self, socket: TcpSocket, wire: WyomingWire) -> None:
        self._socket = socket
        self._wire = wire

    @property
    def congested(self) -> bool:
        return self._socket.congested

    async def receive(self) -> bytes | None:
        """Return the stream's next event; after its last one never, for what follows is the next stream's."""
        if self._wire.ended:
            await asyncio.get_running_loop().create_future()
        return await self._socket.receive()

    async def send(self, text: str) -> bool:
        return await self._socket.send(text)

    async def close(self, code: int, reason: str) -> bool:
        return self._wire.answered or await self._socket.close()

    def abort(self) -> None:
        self._socket.abort()


async def _turn_away(socket: TcpSocket, code: str, why: str) -> None:
    await socket.send(write("error", text=why, code=code))
    await socket.close()
