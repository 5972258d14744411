"""A Wyoming client's TCP connection, as its lines need it: one whole event at a time, whoever sends it how slowly."""

from __future__ import annotations

import asyncio
from typing import cast

from server.wire.wyoming_events import MOST_HEADER, following

_CONGESTED = 65_536
"""Bytes waiting to be sent from which on partials are left out."""


class TcpSocket:
    """A `guests.Socket`; several `line.Socket`s use it one after another."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        event_s: float = 15.0,
        send_s: float = 15.0,
        linger_s: float = 2.0,
    ) -> None:
        """`reader` has `MOST_HEADER` as its limit. A client is gone in all but name if an event isn't whole `event_s`
        seconds after its first byte, or if it takes nothing for `send_s`. Told that it is over, it may go on sending
        for `linger_s`.
        """
        self._reader = reader
        self._writer = writer
        self._event_s, self._send_s, self._linger_s = event_s, send_s, linger_s
        self._transport = cast(asyncio.Transport, writer.transport)  # uvloop's is no subclass of asyncio's
        self._leaving = self._closed = False
        peer = writer.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        """Where the client connects from."""

    @property
    def responsive(self) -> bool:
        """Whether the client takes what it is sent and isn't being waited for to close."""
        return not self._leaving and not self._transport.get_write_buffer_size()

    @property
    def congested(self) -> bool:
        """Whether much of what was sent is still here."""
        return self._transport.get_write_buffer_size() > _CONGESTED

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
            async with asyncio.timeout(self._send_s):
                await self._writer.drain()
        except TimeoutError:
            self.abort()
        except OSError:
            return False
        return not self._writer.is_closing()

    async def close(self) -> bool:
        """Close when all is sent; tell whether the client closed, too, so that it has read all of it.

        What it still sends meanwhile is thrown away: unread, it would make the system reset the connection, and
        what the client was told last would be lost on the way.
        """
        if self._closed:
            return False
        self._leaving = True
        self._transport.set_write_buffer_limits(0)
        parted = await self._sent() and not self._reader.at_eof() and await self._part()
        if parted or self._reader.at_eof():
            self._closed = True
            self._transport.close()
        else:
            self.abort()
        return parted

    async def _part(self) -> bool:
        sink = _Sink()
        self._transport.set_protocol(sink)
        try:
            self._transport.write_eof()
            self._transport.resume_reading()
            async with asyncio.timeout(self._linger_s):
                return await sink.parted
        except (TimeoutError, OSError):
            return False

    def abort(self) -> None:
        """Cut the connection, now."""
        if not self._closed:
            self._closed = True
            self._transport.abort()


class _Sink(asyncio.Protocol):
    """Throws away what comes until the client closes."""

    def __init__(self) -> None:
        self.parted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def eof_received(self) -> bool:
        """The client has closed; our side is closed by whoever waits for that."""
        self._over(parted=True)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._over(parted=False)

    def _over(self, *, parted: bool) -> None:
        if not self.parted.done():
            self.parted.set_result(parted)
