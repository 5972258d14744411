"""Who is connected, over whichever port: one count, one set of limits, one farewell."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Protocol

from server.close_codes import GOING_AWAY
from server.config import ServerSettings
from server.errors import Refused, traced
from server.events import Abandoned, Dismissed
from server.operate.metrics import Metrics
from server.state import State

log = logging.getLogger(__name__)


class Guest(Protocol):
    """A client's session, or one after another; `Connection` is one."""

    @property
    def state(self) -> State:
        """Where its session stands."""

    async def run(self) -> None:
        """Serve the client until it is gone for good or dismissed."""

    def dismiss(self, why: Dismissed | Abandoned) -> None:
        """Let it end after what the client has already sent was heard."""


class Socket(Protocol):
    """What must be known of a guest's socket."""

    @property
    def address(self) -> str:
        """Where the client connects from."""

    @property
    def responsive(self) -> bool:
        """Whether the client takes what it is sent and isn't being waited for to close."""

    def abort(self) -> None:
        """Cut the connection, now."""


class Guests:
    """The clients of one server."""

    def __init__(self) -> None:
        self.draining = False
        """Whether the server is stopping."""
        self._here: dict[Guest, Socket | None] = {}
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def count(self) -> int:
        """How many clients are connected."""
        return sum(map(_present, self._here))

    def make_room(self, address: str, settings: ServerSettings, *, overloaded: bool) -> None:
        """See whether a client from `address` can come in. Raises: Refused.

        While somebody is waited for, an overloaded server is open too: it may be him who knocks.
        """
        if self.draining:
            raise Refused(503, "going_away", "the server is stopping")
        present = [_address(socket) for guest, socket in self._here.items() if _present(guest)]
        if len(present) >= settings.max_sessions:
            raise Refused(503, "full", "all places are taken; try again later")
        if present.count(address) >= settings.max_sessions_per_address:
            raise Refused(503, "full", "all places for this address are taken; try again later")
        if overloaded and len(present) == len(self._here):
            raise Refused(503, "overloaded", "those who are here are heard late already; try again later")
        self._give_up(address, settings)

    def _give_up(self, address: str, settings: ServerSettings) -> None:
        """Wait no longer for who has been away longest, where as many are waited for as may be here."""
        adrift = [guest for guest in self._here if guest.state is State.ADRIFT]
        theirs = [guest for guest in adrift if _address(self._here[guest]) == address]
        for waited_for, most in (
            (adrift, settings.max_sessions),
            (theirs, settings.max_sessions_per_address),
        ):
            if len(waited_for) > most:  # who knocks may be one of them
                waited_for[0].dismiss(Abandoned())

    async def host(self, guest: Guest, socket: Socket | None, metrics: Metrics) -> bool:
        """Run a guest to its end; tell whether that was no fault of ours. One without a socket is waited for."""
        self._here[guest] = socket
        self._empty.clear()
        try:
            await guest.run()
        except Exception as fault:  # the task of one client ends here; the others go on
            log.error("a session failed: %s", traced(fault))
            metrics.ended.labels("fault").inc()
            return False
        finally:
            del self._here[guest]
            if not self._here:
                self._empty.set()
        return True

    async def deserted(self) -> None:
        """Wait until no client is connected and everything they said is kept."""
        await self._empty.wait()

    async def drain(self, within_s: float) -> bool:
        """Let nobody in and end every session with its open utterance kept; tell whether `within_s` seconds did.

        Clients that don't read, or don't answer a close, are cut after half of the time: the rest is for their words.
        """
        self.draining = True
        for guest in self._here:
            guest.dismiss(Dismissed("going_away", "the server is stopping", GOING_AWAY))
        if await self._deserted_within(within_s / 2):
            return True
        for socket in self._here.values():
            if socket and not socket.responsive:
                socket.abort()
        if await self._deserted_within(within_s / 2):
            return True
        log.error("sessions not over in %g s: %d; see server.drain_s", within_s, len(self._here))
        return False

    async def _deserted_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.deserted()
        return not self._here


def _present(guest: Guest) -> bool:
    """Tell whether a client is connected: not while one is waited for, nor once its line is another session's."""
    return guest.state not in (State.ADRIFT, State.OVER)


def _address(socket: Socket | None) -> str:
    return socket.address if socket else ""
