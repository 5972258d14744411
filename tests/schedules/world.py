"""A server that can be killed, and the client that talks to it come what may: real sessions, pipelines and journals.

Only what surrounds them is made up: the clock, the network, the worker threads and the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from audio.recognizers.base import Engine
from server.config import Config
from server.connection import Connection
from server.hearing import Hearing
from server.house import House
from server.line import Line, NoSocket
from server.lobby import Lobby
from server.operate.metrics import Metrics
from server.reviving import left_behind
from server.wire.native import NativeWire
from storage.journal import Journal
from tests.schedules.keeper import Keeper
from tests.schedules.network import Wire
from tests.schedules.virtual import elapse

P = ParamSpec("P")
T = TypeVar("T")

_METRICS = Metrics()


class _Hands:
    """Does a worker's job at once, after a moment in which everything may happen."""

    def __init__(self, moment_s: float) -> None:
        self._moment_s = moment_s

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        await elapse(self._moment_s)
        return function(*args, **kwargs)


@dataclass
class World:
    """What the client lives in."""

    folder: Path
    engine: Engine
    config: Config
    delay_s: float = 0.03
    work_s: float = 0.01
    keeper: Keeper = field(default_factory=lambda: Keeper(commit_s=0.005))
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _wires: list[Wire] = field(default_factory=list)
    _ids: Callable[[], str] = field(default_factory=lambda: map("id-{}".format, count(1)).__next__)
    _house: House | None = None

    def begin(self) -> None:
        """Start a server on what the last one left."""
        journal = Journal(self.folder / "journal", fsync=False)
        self._house = House(
            config=self.config,
            hearing=Hearing(self.engine, self.config.audio),
            store=self.keeper,  # type: ignore[arg-type]
            workers=_Hands(self.work_s),  # type: ignore[arg-type]
            lobby=Lobby(),
            metrics=_METRICS,
            journal=journal,
            new_id=self._ids,
        )
        for left in left_behind(journal):
            self._serve(Connection(Line(NoSocket(), NativeWire()), self._house, left=left))

    def kill(self) -> None:
        """End the server where it stands; another one starts soon."""
        asyncio.get_running_loop().call_later(0.3, self.begin)
        self._house = None
        for task in self._tasks:
            task.cancel()
        for wire in self._wires:
            wire.lose()
        self._tasks, self._wires = [], []

    def connect(self) -> Wire | None:
        """A line to the server, None where nobody listens."""
        if self._house is None:
            return None
        wire = Wire(self.delay_s)
        self._wires.append(wire)
        self._serve(Connection(Line(wire, NativeWire()), self._house))
        return wire

    def _serve(self, connection: Connection) -> None:
        self._tasks.append(asyncio.create_task(connection.run()))

    async def end(self) -> None:
        """Wait until all sessions are over; a session that failed fails the test."""
        await asyncio.gather(*self._tasks)

    @property
    def journals(self) -> Sequence[Path]:
        return list((self.folder / "journal").glob("*.journal"))


@dataclass(frozen=True)
class Blow:
    """Something that befalls the client when it has sent so many bytes."""

    at: int
    kind: str
    """drop, half_open, kill, twice (comes back over two lines at once), message (breaks amid one), late."""


async def talk(
    world: World, data: bytes, blows: Sequence[Blow], *, size: int, pace: float
) -> list[dict[str, Any]]:
    """Say `data` in messages of `size` bytes, `pace` times as fast as speech; return the finals that were told."""
    client = _Client(world, data, sorted(blows, key=lambda blow: blow.at), size, pace)
    await client.talk()
    return client.finals


class _Client:
    """Does what every client should: it sends again what wasn't acknowledged, and comes back until it has stopped."""

    def __init__(self, world: World, data: bytes, blows: Sequence[Blow], size: int, pace: float) -> None:
        self._world = world
        self._data = data
        self._blows = list(blows)
        self._size = size
        self._pace = pace
        self._ready: dict[str, Any] | None = None
        self._stopped = False
        self.finals: list[dict[str, Any]] = []

    async def talk(self) -> None:
        while not self._stopped:
            wire = self._world.connect()
            if wire is None:
                await elapse(0.2)
                continue
            if self._blows and self._blows[0].kind == "twice" and self._ready:
                self._blows.pop(0)
                self._greet(self._world.connect() or wire)
            self._greet(wire)
            saying: asyncio.Task[None] | None = None
            while (message := await wire.hear()) is not None:
                if message["type"] == "ready":
                    self._ready = message
                    saying = asyncio.create_task(self._say(wire, 2 * message["received_samples"]))
                self._note(message)
            if saying:
                saying.cancel()

    def _greet(self, wire: Wire) -> None:
        if self._ready is None:
            wire.say({"type": "start"})
            return
        after = max((final["utterance"] for final in self.finals), default=0)
        keys = {key: self._ready[key] for key in ("session_id", "resume_token")}
        wire.say({"type": "resume", **keys, "after_utterance": after})

    def _note(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "final":
                self.finals.append(message)
            case "stopped":
                self._stopped = True
            case "error":
                raise AssertionError(message)

    async def _say(self, wire: Wire, position: int) -> None:
        while position < len(self._data):
            piece = self._data[position : position + self._size]
            if self._blows and position + len(piece) > self._blows[0].at and self._blows[0].kind != "twice":
                await self._suffer(self._blows.pop(0), wire, piece)
                return
            wire.say(piece)
            position += len(piece)
            await elapse(len(piece) / 32_000 / self._pace)
        wire.say({"type": "stop"})

    async def _suffer(self, blow: Blow, wire: Wire, piece: bytes) -> None:
        wire.say(piece)
        match blow.kind:
            case "kill":
                self._world.kill()
            case "message":
                await elapse(wire.delay_s / 2)  # what was just sent is lost on its way
                wire.lose()
            case _:
                await elapse(wire.delay_s)
                wire.lose(half_open=blow.kind == "half_open")
