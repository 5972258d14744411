"""A client's line: its socket and the wire spoken over it. A session may outlive its line and get another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from audio.values import Partial, VoiceActivity
from server.events import ClientEvent
from server.replies import Ack, ServerEvent
from server.wire.base import Wire


class Socket(Protocol):
    """What a line needs of a WebSocket."""

    @property
    def congested(self) -> bool:
        """Whether the client reads so slowly that what can be left out should be."""

    async def receive(self) -> str | bytes | None:
        """Return the next message, None once the connection is over."""

    async def send(self, text: str) -> bool:
        """Send `text`; tell whether it went out, which it doesn't once the connection is over."""

    async def close(self, code: int, reason: str) -> bool:
        """Close the connection politely; tell whether the client took leave, so that it has all that was sent."""

    def abort(self) -> None:
        """Cut the connection, now."""


class NoSocket:
    """What a session has that waits for its client since before the server's start: nobody to talk to."""

    congested = False

    async def receive(self) -> None:
        """Return None: nobody is there."""

    async def send(self, text: str) -> bool:
        """Tell that `text` didn't go out."""
        return False

    async def close(self, code: int, reason: str) -> bool:
        """Tell that nobody took leave."""
        return False

    def abort(self) -> None:
        """Do nothing."""


class Line:
    """Reads events off a socket and writes replies onto it."""

    def __init__(self, socket: Socket, wire: Wire) -> None:
        self.wire = wire
        self.over = asyncio.Event()
        """Set once nothing more will come or go."""
        self._socket = socket

    async def receive(self) -> Sequence[ClientEvent] | None:
        """Return the events of the next message, None once the line is over."""
        message = await self._socket.receive()
        if message is None:
            self.over.set()
            return None
        return self.wire.decode(message)

    async def reply(self, event: ServerEvent) -> bool:
        """Send what the wire makes of `event`; tell whether it went out.

        To a client that reads slowly only what it can't do without is sent.
        """
        spared = isinstance(event, Partial | VoiceActivity | Ack) and not self.wire.lockstep
        if spared and self._socket.congested:
            return False
        return all([await self._socket.send(text) for text in self.wire.encode(event)])

    async def close(self, code: int, reason: str) -> bool:
        """Close the line politely; tell whether the client took leave, so that it has all that was sent."""
        parted = await self._socket.close(code, reason)
        self.over.set()
        return parted

    def cut(self) -> None:
        """End the line now; whoever waits for it goes on."""
        self._socket.abort()
        self.over.set()
