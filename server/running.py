"""A server that clients may connect to: its ports, what is behind them, and how they take over new settings.

What a session, a request or a handshake needs is handed to it as frozen values when it begins. New settings make
new values and leave the old ones to those who have them, so nothing changes under anybody's feet.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from typing import Self

from starlette.types import ASGIApp, Receive, Scope, Send

from server.access import Door, make_door
from server.config import Config
from server.house import House
from server.http.app import make_app
from server.http.port import HttpPort
from server.http.state import Places, State
from server.operate.reload import Change, compare
from server.ports.voice import VoicePort
from server.ports.wyoming import WyomingPort
from server.tls import renew
from server.wire.dialect import Dialect
from storage.store import Store

Dialects = Callable[[Config], Mapping[str, Dialect]]
"""Names every protocol by its path."""


class Running:
    """The ports of a server; `listening` opens them."""

    def __init__(
        self,
        house: House,
        door: Door,
        *,
        token: str | None,
        tls: ssl.SSLContext | None,
        dialects: Dialects,
    ) -> None:
        """`token` is the one of the environment; the others are in a file that may change."""
        self._house = house
        self._door = door
        self._token = token
        self._tls = tls
        self._dialects = dialects
        self._places = Places(house.config.export.max_concurrent)
        self.voice = VoicePort(house, door, dialects(house.config), tls=tls)
        self.wyoming = WyomingPort(house, self.voice.guests) if house.config.server.wyoming else None
        self._api = _Api()
        self.http = HttpPort(self._api, house.config.server, tls=tls)

    @property
    def store(self) -> Store:
        """Where everything is kept."""
        return self._house.store

    @property
    def house(self) -> House:
        """What new sessions are given."""
        return self._house

    def take_over(self, wanted: Config) -> Change:
        """Give new settings to whoever comes from now on; tell which of them that are.

        Raises: ConfigError, and then all stays as it was.
        """
        change = compare(self._house.config, wanted)
        config = change.config
        door = make_door(config.server, self._token)
        if self._tls:
            renew(self._tls, config.server)
        files = (
            *(["the tokens"] if door.tokens != self._door.tokens else []),
            *(["the certificate"] if self._tls else []),
        )
        self._door = door
        self._house = replace(
            self._house, config=config, hearing=replace(self._house.hearing, settings=config.audio)
        )
        self._places.resize(config.export.max_concurrent)
        self.voice.take_over(self._house, door, self._dialects(config))
        if self.wyoming:
            self.wyoming.take_over(self._house)
        self._api.app = self._app()
        return replace(change, taken=(*change.taken, *files))

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Self]:
        """Listen on all ports; on the way out drain them at once. Raises: OSError where one can't be had."""
        async with self.voice, self.wyoming or nullcontext():
            self._api.app = self._app()  # it tells pages the port of the voices, which is known only now
            async with self.http:
                try:
                    yield self
                finally:
                    await self.drain()

    async def drain(self) -> None:
        """Let nobody in and end, within `drain_s`, every session with its open utterance kept and every download."""
        drain_s = self._house.config.server.drain_s
        await asyncio.gather(self.voice.drain(drain_s), self.http.drain(drain_s))

    def _app(self) -> ASGIApp:
        house = self._house
        return make_app(
            State(
                config=house.config,
                store=house.store,
                door=self._door,
                recognizer=house.hearing.engine.info,
                voice_port=self.voice.port,
                sessions=lambda: self.voice.sessions,
                exports=self._places,
                metrics=house.metrics,
            )
        )


class _Api:
    """The HTTP app that requests come to by now."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)
