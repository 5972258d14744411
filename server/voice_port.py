"""The WebSocket port: lets clients in, gives each its wire, and counts them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self
from weakref import WeakKeyDictionary

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.typing import Subprotocol

from server import handshake
from server.access import Door
from server.connection import Connection
from server.errors import Refused, traced
from server.events import Dismissed
from server.guarded import address_of, guarded, quiet
from server.house import House
from server.line import Line, NoSocket
from server.reviving import Left
from server.websocket import WebSocket
from server.wire.dialect import Dialect, Welcome
from server.wire.native import NativeWire

log = logging.getLogger(__name__)

MAX_MESSAGE = 1 << 20
"""Bytes: 1 MiB of audio is half a minute, more than any live client sends at once."""

_GOING_AWAY, _INTERNAL_ERROR = 1001, 1011
"""WebSocket close codes, RFC 6455 section 7.4.1."""


class VoicePort:
    """Listens for clients; an async context manager."""

    def __init__(
        self,
        house: House,
        door: Door,
        dialects: Mapping[str, Dialect],
        *,
        tls: ssl.SSLContext | None = None,
        handshake_s: float = 10.0,
    ) -> None:
        """`dialects` maps a path to the protocol spoken there.

        A handshake, TLS included, may take `handshake_s` seconds.
        """
        self._house = house
        self._door = door
        self._dialects = dialects
        self._welcomes: WeakKeyDictionary[ServerConnection, Welcome] = WeakKeyDictionary()
        self._tls = tls
        self._handshake_s = handshake_s
        self._server: Server | None = None
        self._open: dict[Connection, ServerConnection | None] = {}
        self._revived: list[asyncio.Task[bool]] = []
        self._draining = False
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def sessions(self) -> int:
        """How many clients are connected."""
        return sum(connection.present for connection in self._open)

    @property
    def port(self) -> int:
        """The port listened on, also where 0 was asked for."""
        assert self._server
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return port

    async def __aenter__(self) -> Self:
        settings = self._house.config.server
        self._server = await serve(
            self._serve,
            settings.host,
            settings.voice_port,
            ssl=self._tls,
            process_request=self._admit,
            select_subprotocol=self._select,
            process_response=self._add_headers,
            compression=None,  # speech doesn't compress, and deflate takes 33 KB a connection
            max_size=MAX_MESSAGE,
            max_queue=4,
            open_timeout=self._handshake_s,
            create_connection=guarded(settings.max_sessions_per_address),
            logger=quiet("server.handshakes"),
            server_header=None,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._draining:
            await self.drain(self._house.config.server.drain_s)

    def revive(self, lefts: Iterable[Left]) -> None:
        """Take up the sessions that the last server left, before the first client comes: they wait for theirs."""
        for left in lefts:
            connection = Connection(Line(NoSocket(), NativeWire()), self._house, left=left)
            self._revived.append(asyncio.create_task(self._run(connection, None)))

    async def deserted(self) -> None:
        """Wait until no client is connected and everything they said is kept."""
        await self._empty.wait()

    def take_over(self, house: House, door: Door, dialects: Mapping[str, Dialect]) -> None:
        """Give these to the clients that come from now on; those that are here keep what they have."""
        self._house, self._door, self._dialects = house, door, dialects

    async def drain(self, within_s: float) -> None:
        """Let nobody in and end every session with its open utterance kept, within so many seconds.

        Clients that don't read, or don't answer a close, are cut after half of the time: the rest is for their words.
        """
        assert self._server
        self._draining = True
        for connection in self._open:
            connection.dismiss(Dismissed("going_away", "the server is stopping", _GOING_AWAY))
        if not await self._deserted_within(within_s / 2):
            for socket in self._open.values():
                if socket and not _responsive(socket):
                    socket.transport.abort()
            if not await self._deserted_within(within_s / 2):
                log.error("sessions not over in %g s: %d; see server.drain_s", within_s, len(self._open))
        self._server.close(code=_GOING_AWAY)
        if not self._open:
            await self._server.wait_closed()

    async def _deserted_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.deserted()
        return not self._open

    # ------------------------------------------------------------ one client

    async def _serve(self, socket: ServerConnection) -> None:
        line = Line(WebSocket(socket), self._welcomes[socket].wire)
        if not await self._run(Connection(line, self._house), socket):
            await socket.close(_INTERNAL_ERROR, "a fault of the server")

    async def _run(self, connection: Connection, socket: ServerConnection | None) -> bool:
        """Run a session to its end; tell whether that was no fault of ours."""
        self._open[connection] = socket
        self._empty.clear()
        try:
            await connection.run()
        except Exception as fault:  # the task of one client ends here; the others go on
            log.error("a session failed: %s", traced(fault))
            self._house.metrics.ended.labels("fault").inc()
            return False
        finally:
            del self._open[connection]
            if not self._open:
                self._empty.set()
        return True

    def _admit(self, socket: ServerConnection, request: Request) -> Response | None:
        """Refuse what must not become a WebSocket; None lets the upgrade go on."""
        dialect = self._dialects.get(handshake.path(request))
        asked = handshake.read(request, request_id=self._house.new_id())
        try:
            if dialect is None:
                raise Refused(404, "not_found", f"no such path; choose from {', '.join(self._dialects)}")
            self._door.admit(handshake.credentials(request, dialect.token(asked)), "stream")
            self._make_room(address_of(socket))
            self._welcomes[socket] = dialect.welcome(asked)
        except Refused as refused:
            self._house.metrics.refused.labels(refused.code).inc()
            return handshake.refuse(socket, refused, dialect, asked)
        return None

    def _select(self, socket: ServerConnection, offered: object) -> Subprotocol | None:
        chosen = self._welcomes[socket].subprotocol
        return Subprotocol(chosen) if chosen else None

    def _add_headers(self, socket: ServerConnection, request: Request, response: Response) -> None:
        if socket in self._welcomes:
            response.headers.update(self._welcomes[socket].headers)

    def _make_room(self, address: str) -> None:
        settings = self._house.config.server
        if self._draining:
            raise Refused(503, "going_away", "the server is stopping")
        present = [
            address_of(socket) if socket else ""
            for connection, socket in self._open.items()
            if connection.present
        ]
        if len(present) >= settings.max_sessions:
            raise Refused(503, "full", "all places are taken; try again later")
        if present.count(address) >= settings.max_sessions_per_address:
            raise Refused(503, "full", "all places for this address are taken; try again later")


def _responsive(socket: ServerConnection) -> bool:
    """Tell whether the client takes what it is sent and isn't being waited for to close."""
    return socket.state is State.OPEN and not socket.transport.get_write_buffer_size()
