"""What the operator orders by signals."""

from __future__ import annotations

import asyncio
import os
import signal
from enum import Enum, auto
from types import FrameType

_STOPPING = (signal.SIGTERM, signal.SIGINT)


class Order(Enum):
    """What is to be done."""

    STOP = auto()
    """SIGTERM or SIGINT, or the terminal is gone that the server was started from."""
    REREAD = auto()
    """SIGHUP: read the settings again."""


class Orders:
    """Receives signals; made in the main thread, in a running loop.

    Until `heed` is called there is nothing to lose, and an order to stop ends the process there and then, however
    long a model takes to come. After the first order to stop a second one does: nobody has to wait for a server.
    """

    def __init__(self) -> None:
        self._given: asyncio.Queue[Order] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._on_terminal = os.isatty(0)
        for number in _STOPPING:
            signal.signal(number, _end_unserved)
        self._loop.add_signal_handler(signal.SIGHUP, self._hang_up)

    def heed(self) -> None:
        """From now on an order to stop is given by `next`."""
        for number in _STOPPING:
            self._loop.add_signal_handler(number, self._stop)

    async def next(self) -> Order:
        """Wait for an order."""
        return await self._given.get()

    def _stop(self) -> None:
        for number in _STOPPING:
            self._loop.remove_signal_handler(number)
            signal.signal(number, _end_at_once)  # not the loop's: it must work while the loop is held up
        self._given.put_nowait(Order.STOP)

    def _hang_up(self) -> None:
        gone = self._on_terminal and not os.isatty(0)
        self._given.put_nowait(Order.STOP if gone else Order.REREAD)


def _end_unserved(number: int, frame: FrameType | None) -> None:
    os._exit(0)


def _end_at_once(number: int, frame: FrameType | None) -> None:
    os._exit(128 + number)  # as a shell tells of a process that a signal ended; what is committed stays
