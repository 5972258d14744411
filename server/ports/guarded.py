"""A WebSocket of the library's that a flood can neither fill nor keep busy."""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.frames import CTRL_OPCODES, CloseCode, Frame
from websockets.http11 import Request

from server.ports.waiting import Waiting

_PIECE = 4096
"""Bytes read at a time: the smallest frames take 20 ms to read out of that, and a second out of all that the kernel
may hand over at once.
"""

_CONTROL_FRAMES = 100
"""Pings and pongs in a second; clients that ping at all do so every few."""

_UNREAD = 1 << 20
"""Bytes that wait for a client to read them: many times the longest answer. Pongs wait for nobody, so they add up."""


class Guarded(ServerConnection):
    """One client's connection."""

    def __init__(self, *arguments: Any, waiting: Waiting, **named: Any) -> None:
        """`waiting` bounds the handshakes under way."""
        super().__init__(*arguments, **named)
        self._waiting = waiting
        self._control_frames = 0
        self._counted_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._waited_for = address_of(self)  # asked later, a lost connection couldn't tell
        self._waiting.begin(self, self._waited_for, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._waiting.end(self, self._waited_for)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            if not self.transport.is_closing():
                super().data_received(data[start : start + _PIECE])
        if self.transport.get_write_buffer_size() > _UNREAD:
            self.transport.abort()

    def process_event(self, event: Any) -> None:
        if isinstance(event, Request):
            self._waiting.end(self, self._waited_for)
        elif isinstance(event, Frame) and event.opcode in CTRL_OPCODES:
            self._count_control_frame()
        super().process_event(event)

    def _count_control_frame(self) -> None:
        now = self.loop.time()
        if now > self._counted_since + 1:
            self._counted_since, self._control_frames = now, 0
        self._control_frames += 1
        if self._control_frames == _CONTROL_FRAMES + 1:
            self.protocol.fail(CloseCode.POLICY_VIOLATION, "too many pings")
            self.send_data()


def guarded(handshakes: int) -> type[ServerConnection]:
    """Make connections of which so many of one address may be in their handshake."""
    return functools.partial(Guarded, waiting=Waiting(handshakes))  # type: ignore[return-value]  # any maker will do


def address_of(socket: ServerConnection) -> str:
    """Tell who connects."""
    peer = socket.remote_address
    return str(peer[0]) if peer else ""


def quiet(name: str) -> logging.Logger:
    """Make the library's logger: every port scan and dropped line would be a traceback in the log."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.CRITICAL)
    return logger
