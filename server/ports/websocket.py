"""A client's WebSocket, as its line needs it."""

from __future__ import annotations

import asyncio

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from server.ports.guarded import address_of

_SEND_TIMEOUT_S = 15.0
"""A client that takes nothing for this long is gone in all but name."""

_CONGESTED = 65_536
"""Bytes waiting to be sent from which on partials are left out."""

_REASON_BYTES = 123
"""Longest close reason, RFC 6455 section 5.5."""


class WebSocket:
    """A `line.Socket` and `guests.Socket` over a WebSocket of the library."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    @property
    def congested(self) -> bool:
        """Whether much of what was sent is still here."""
        return self._connection.transport.get_write_buffer_size() > _CONGESTED

    @property
    def address(self) -> str:
        """Where the client connects from."""
        return address_of(self._connection)

    @property
    def responsive(self) -> bool:
        """Whether the client takes what it is sent and isn't being waited for to close."""
        return self._connection.state is State.OPEN and not self._connection.transport.get_write_buffer_size()

    async def receive(self) -> str | bytes | None:
        """Return the next message, None once the connection is over."""
        try:
            return await self._connection.recv()
        except ConnectionClosed:
            return None

    async def send(self, text: str) -> bool:
        """Send `text`; tell whether it went out. A client that doesn't read for long is cut off."""
        try:
            async with asyncio.timeout(_SEND_TIMEOUT_S):
                await self._connection.send(text)
        except TimeoutError:
            self.abort()
        except ConnectionClosed:
            return False
        else:
            return True
        return False

    def abort(self) -> None:
        """Cut the connection, now."""
        self._connection.transport.abort()

    async def close(self, code: int, reason: str) -> bool:
        """Close with `reason`, cut to what a close frame holds; tell whether the client took leave."""
        await self._connection.close(code, reason.encode()[:_REASON_BYTES].decode(errors="ignore"))
        return self._connection.protocol.close_rcvd is not None
