"""A Wyoming client's TCP connection, as its lines need it: one whole event at a time, whoever sends it how slowly."""

from __future__ import annotations

import asyncio
import contextlib
from typing import cast

from server.wire.wyoming_events import MOST_HEADER, following

_EVENT_S = 15.0
"""An event that was begun is whole by then, or the client is gone in all but name."""

_SEND_TIMEOUT_S = 15.0
"""So is a client that takes nothing for this long."""

_CONGESTED = 65_536
"""Bytes waiting to be sent from which on partials are left out."""

_LINGER_S = 2.0
"""How long a client may go on sending after it was told that it is over."""


class TcpSocket:
    """A `guests.Socket`; several `line.Socket`s use it one after another."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, event_s: float = _EVENT_S
    ) -> None:
        """Every event comes within `event_s` seconds of its first byte. `reader` has `MOST_HEADER` as its limit."""
        self._reader = reader
        self._writer = writer
        self._event_s = event_s
        self._leaving = False
        peer = writer.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        """Where the client connects from."""

    @property
    def responsive(self) -> bool:
        """Whether the client takes what it is sent and isn't being waited for to close."""
        return not self._leaving and not self._writer.transport.get_write_buffer_size()

    @property
    def congested(self) -> bool:
        """Whether much of what was sent is still here."""
        return self._writer.transport.get_write_buffer_size() > _CONGESTED

    async def receive(self) -> bytes | None:
        """Return the next event, None once the connection is over.

        One that is too long, or isn't whole in time, is returned as far as it came: `wyoming_events` says why.
        Nothing is read from a client that doesn't read what it is sent.
        """
        await asyncio.sleep(0)  # thousands of small events may be here at once, and others are waiting
        event = b""
        try:
            if not await self._sent():
                return None
            event = await self._reader.readexactly(1)
            async with asyncio.timeout(self._event_s):
                event += await self._rest_of_header()
                if size := following(event):
                    event += await self._reader.readexactly(size)
        except TimeoutError:
            return event
        except (asyncio.IncompleteReadError, OSError):
            return None
        return event

    async def _rest_of_header(self) -> bytes:
        try:
            return await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            return await self._reader.read(MOST_HEADER)

    async def send(self, text: str) -> bool:
        """Send `text`; tell whether it went out. A client that doesn't read for long is cut off."""
        if self._writer.is_closing():
            return False
        self._writer.write(text.encode())
        return await self._sent()

    async def _sent(self) -> bool:
        try:
            async with asyncio.timeout(_SEND_TIMEOUT_S):
                await self._writer.drain()
        except TimeoutError:
            self.abort()
        except OSError:
            return False
        return not self._writer.is_closing()

    async def close(self) -> bool:
        """Close; tell whether the client did, too, so that it has all that was sent.

        What it still sends meanwhile is thrown away: unread, it would make the system reset the connection, and
        what the client was told last would be lost on the way.
        """
        self._leaving = True
        if self._reader.at_eof() or self._writer.is_closing():
            self._writer.close()
            return False
        sink = _Sink()
        transport = cast(asyncio.Transport, self._writer.transport)  # uvloop's is no subclass of asyncio's
        transport.set_protocol(sink)
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                transport.write_eof()
                transport.resume_reading()
                return await sink.parted
        self.abort()
        return False

    def abort(self) -> None:
        """Cut the connection, now."""
        self._writer.transport.abort()


class _Sink(asyncio.Protocol):
    """Throws away what comes until the client closes."""

    def __init__(self) -> None:
        self.parted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def eof_received(self) -> None:
        """The client has closed; returning nothing closes our side when all is sent."""
        self._over(parted=True)

    def connection_lost(self, exc: Exception | None) -> None:
        self._over(parted=False)

    def _over(self, *, parted: bool) -> None:
        if not self.parted.done():
            self.parted.set_result(parted)
