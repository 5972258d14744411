"""What a fuzzer must know of a wire protocol, and the talk it has over it. Another protocol is one more `Tongue`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from hypothesis.strategies import SearchStrategy
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.running import DEADLINE_S, Server

_MOMENT_S = 0.1
"""How long an answer is waited for before the line breaks: breaking at once would take all that was said along.
Nothing depends on it.
"""

Message = str | bytes


@dataclass(frozen=True)
class Lose:
    """The client's line breaks; it connects again."""


Step = Message | Lose


def flat(steps: Sequence[Step | Sequence[Step]]) -> list[Step]:
    """Put what belongs together, such as speech in pieces, in line with the rest."""
    return [one for step in steps for one in ([step] if isinstance(step, str | bytes | Lose) else step)]


@dataclass
class Talk:
    """All that was said, as the client knows it."""

    sent: list[Step] = field(default_factory=list)
    heard: list[Message] = field(default_factory=list)
    closed: int | None = None
    """How the server closed the last line."""
    answered: asyncio.Event = field(default_factory=asyncio.Event, compare=False, repr=False)

    def __str__(self) -> str:
        said = [str(step) if isinstance(step, Lose) else f"{step[:80]!r} ({len(step)})" for step in self.sent]
        return f"said {said}, heard {self.heard[-5:]}, closed {self.closed}"


class Line(Protocol):
    """The client's end of a connection."""

    async def send(self, message: Message) -> bool:
        """Send; tell whether the line still stood."""

    async def hear(self) -> Message | None:
        """Return the next message, None once the server has closed."""

    @property
    def closed(self) -> int | None:
        """The code that the server closed with, where the protocol has such."""

    def cut(self) -> None:
        """Break the line without a word."""


@dataclass(frozen=True)
class Tongue:
    """A protocol to be fuzzed."""

    name: str
    open: Callable[[Server], AbstractAsyncContextManager[Line]]
    said: SearchStrategy[Sequence[Step]]
    """What a client says, sense and nonsense."""
    farewell: Sequence[Message]
    """What makes the server close, whatever was said before."""
    check: Callable[[Talk], None]
    """Raises AssertionError where the server didn't answer as documented."""
    again: Callable[[Talk], Sequence[Message]] = lambda talk: ()
    """What a client says first after its line broke."""


async def converse(server: Server, tongue: Tongue, steps: Sequence[Step]) -> Talk:
    """Say `steps` and the farewell, hearing all the while; return once the server has closed."""
    talk = Talk()
    try:
        await _converse(server, tongue, steps, talk)
    except TimeoutError:
        raise AssertionError(f"the server neither answered nor closed: {talk}") from None
    return talk


async def _converse(server: Server, tongue: Tongue, steps: Sequence[Step], talk: Talk) -> None:
    left = [*steps, *tongue.farewell]
    again: Sequence[Message] = ()
    while True:
        lost = next((n for n, step in enumerate(left) if isinstance(step, Lose)), None)
        async with asyncio.timeout(DEADLINE_S), tongue.open(server) as line:
            hearing = asyncio.create_task(_hear(line, talk))
            if again and await _say(line, talk, again):
                await _be_answered(talk, hearing, DEADLINE_S)  # the answer tells where to go on
            await _say(line, talk, left[:lost])
            if lost is None:
                await hearing
                talk.closed = line.closed
                return
            await _be_answered(talk, hearing, _MOMENT_S)
            line.cut()
            await hearing
        talk.sent.append(Lose())
        again, left = tongue.again(talk), left[lost + 1 :]


async def _say(line: Line, talk: Talk, messages: Sequence[Step]) -> bool:
    talk.answered.clear()
    for message in messages:
        assert not isinstance(message, Lose)
        if not await line.send(message):
            return False
        talk.sent.append(message)
    return True


async def _hear(line: Line, talk: Talk) -> None:
    while (message := await line.hear()) is not None:
        talk.heard.append(message)
        talk.answered.set()


async def _be_answered(talk: Talk, hearing: asyncio.Task[None], within_s: float) -> None:
    answered = asyncio.create_task(talk.answered.wait())
    await asyncio.wait([answered, hearing], timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    answered.cancel()


class _WebSocketLine:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, message: Message) -> bool:
        try:
            await self._socket.send(message)
        except ConnectionClosed:
            return False
        return True

    async def hear(self) -> Message | None:
        try:
            return await self._socket.recv()
        except ConnectionClosed:
            return None

    @property
    def closed(self) -> int | None:
        return self._socket.close_code

    def cut(self) -> None:
        self._socket.transport.abort()


def web_socket(path: str) -> Callable[[Server], AbstractAsyncContextManager[Line]]:
    """Open lines to a path of the voice port."""

    @asynccontextmanager
    async def opened(server: Server) -> AsyncIterator[Line]:
        async with connect(server.voice + path, compression=None, max_size=None) as socket:
            yield _WebSocketLine(socket)

    return opened
