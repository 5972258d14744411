"""The WebSocket port: lets clients in and gives each its wire."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self
from weakref import WeakKeyDictionary

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from server.access import Door
from server.close_codes import GOING_AWAY, INTERNAL_ERROR
from server.connection import Connection
from server.errors import Refused
from server.house import House
from server.line import Line, NoSocket
from server.ports import handshake
from server.ports.guarded import address_of, guarded, quiet
from server.ports.guests import Guests
from server.ports.websocket import WebSocket
from server.reviving import Left
from server.wire.dialect import Dialect, Welcome
from server.wire.native import NativeWire

MAX_MESSAGE = 1 << 20
"""Bytes: 1 MiB of audio is half a minute, more than any live client sends at once."""


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
        self.guests = Guests()
        """Of this port and of whichever other shares its places."""
        self._revived: list[asyncio.Task[bool]] = []

    @property
    def sessions(self) -> int:
        """How many clients are connected."""
        return self.guests.count

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
        if not self.guests.draining:
            await self.drain(self._house.config.server.drain_s)

    def revive(self, lefts: Iterable[Left]) -> None:
        """Take up the sessions that the last server left, before the first client comes: they wait for theirs."""
        for left in lefts:
            connection = Connection(Line(NoSocket(), NativeWire()), self._house, left=left)
            hosting = self.guests.host(connection, None, self._house.metrics)
            self._revived.append(asyncio.create_task(hosting))

    async def deserted(self) -> None:
        """Wait until no client is connected and everything they said is kept."""
        await self.guests.deserted()

    def take_over(self, house: House, door: Door, dialects: Mapping[str, Dialect]) -> None:
        """Give these to the clients that come from now on; those that are here keep what they have."""
        self._house, self._door, self._dialects = house, door, dialects

    async def drain(self, within_s: float) -> None:
        """Let nobody in and end every session with its open utterance kept, within so many seconds.

        Clients that don't read, or don't answer a close, are cut after half of the time: the rest is for their words.
        """
        assert self._server
        deserted = await self.guests.drain(within_s)
        self._server.close(code=GOING_AWAY)
        if deserted:
            await self._server.wait_closed()

    # ------------------------------------------------------------ one client

    async def _serve(self, socket: ServerConnection) -> None:
        client = WebSocket(socket)
        connection = Connection(Line(client, self._welcomes[socket].wire), self._house)
        if not await self.guests.host(connection, client, self._house.metrics):
            await client.close(INTERNAL_ERROR, "a fault of the server")

    def _admit(self, socket: ServerConnection, request: Request) -> Response | None:
        """Refuse what must not become a WebSocket; None lets the upgrade go on."""
        dialect = self._dialects.get(handshake.path(request))
        asked = handshake.read(request, request_id=self._house.new_id())
        try:
            if dialect is None:
                raise Refused(404, "not_found", f"no such path; choose from {', '.join(self._dialects)}")
            self._door.admit(handshake.credentials(request, dialect.token(asked)), "stream")
            overloaded = self._house.workers.strain.overloaded
            self.guests.make_room(address_of(socket), self._house.config.server, overloaded=overloaded)
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
