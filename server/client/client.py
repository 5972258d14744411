"""A session with the server: open, send, listen, stop. Nothing here knows of files or terminals.

    async with connect(url, Start(sample_rate=8000)) as client:
        await client.send(pcm)        # from one task …
        async for heard in client.events(): ...   # … while another listens
        await client.stop()           # `events` ends after the last final

A session outlives its line. Whoever listens notices the loss, dials again, resumes the session and sends what the
server lacks out of `Unheard`; whoever sends meanwhile only fills that, until the window is full, and then waits. So
sound that was pushed is heard once and in order, however often the line breaks.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace

import msgspec

from audio.values import AudioFormat
from server.client import opening
from server.client.backoff import Backoff
from server.client.errors import Failed, LineBroken, LineLost, SessionOver
from server.client.line import Line, dial
from server.client.messages import (
    Ack,
    Final,
    Heard,
    Pong,
    ServerMessage,
    Stopped,
    Trouble,
    Unshown,
    later,
    read,
)
from server.client.opening import Greeting
from server.client.source import Tell
from server.client.unheard import Unheard
from server.client.wording import clock, gone, over
from server.wire.native_messages import Ping, Start, Stop

_MESSAGE = 65_536
"""Bytes of sound that are sent again at once; the protocol takes 1 MiB."""

Dial = Callable[[], AbstractAsyncContextManager[Line]]
"""Opens a line to the server."""


class Client:
    """One session, or where it can't be resumed, several one after another. Send from one task, listen in another."""

    def __init__(
        self, wanted: Start, dial: Dial, lines: AsyncExitStack, *, back: Backoff, tell: Tell
    ) -> None:
        """Make the client's side of a session; `connect` opens it. `lines` closes what `dial` opened."""
        self._wanted = wanted
        self._dial = dial
        self._lines = lines
        self._back = back
        self._tell = tell
        self._unheard = Unheard(AudioFormat(wanted.sample_rate, wanted.encoding, wanted.channels))
        self._last_final = 0  # its utterance
        self._stopping = self._stop_sent = self._dismissed = self._over = False
        self._progress = asyncio.Event()
        self._turn = asyncio.Lock()  # to send: sound must not overtake what is sent again
        self.losses = 0
        """How often the line was lost."""

    @property
    def sent(self) -> int:
        """Samples taken to be sent, at the client's own rate."""
        return self._unheard.pushed

    @property
    def acknowledged(self) -> int:
        """Samples that are safe with the server."""
        return self._unheard.acknowledged

    async def open(self) -> None:
        """Begin the session. Raises: Mistake where the server doesn't accept it, Failed where it can't."""
        self._line = await self._lines.enter_async_context(self._dial())
        self._greeting = await opening.start(self._line, self._wanted)

    async def send(self, audio: bytes) -> None:
        """Send sound; any cut will do, also inside a sample. Waits while the window is full. Raises: LineLost."""
        self._unheard.push(audio)
        await self._catch_up()
        while self._unheard.full and not self._over:
            self._progress.clear()
            await self._progress.wait()

    async def stop(self) -> None:
        """Say that no more comes; `events` goes on until the server has told everything. Raises: LineLost.

        It is said once all is heard: after it there is no session left to come back to.
        """
        self._stopping = True
        await self._catch_up()

    async def events(self) -> AsyncIterator[Heard]:
        """Yield what the server says, from `ready` to `stopped`, every final once.

        Raises: LineLost if the line ends before, and there is no way back.
        """
        heard = Heard(self._greeting.text, self._greeting.ready)
        try:
            yield heard
            while not isinstance(heard.message, Stopped):
                heard = await self._hear()
                if not self._known(heard.message):
                    yield replace(heard, message=later(heard.message, self._unheard.began_ms))
        finally:
            self._over = True
            self._progress.set()

    async def _hear(self) -> Heard:
        try:
            heard = read(await self._line.receive())
        except LineBroken as lost:
            return await self._come_back(lost)
        self._back.progress()
        self._account(heard.message)
        if self._stopping and isinstance(heard.message, Ack | Pong):
            await self._say_the_rest()
        return heard

    def _account(self, message: ServerMessage) -> None:
        match message:
            case Ack(received_samples=received) | Stopped(received_samples=received):
                self._unheard.acknowledge(received)
            case Pong():
                self._unheard.answered()
            case Trouble(fatal=True):
                self._dismissed = True  # there is nothing left to come back to
            case _:
                return
        self._progress.set()

    def _known(self, message: ServerMessage) -> bool:
        """Tell whether this is a final that was heard before."""
        if not isinstance(message, Final) or message.utterance is None:
            return False
        if message.utterance <= self._last_final:
            return True
        self._last_final = message.utterance
        return False

    # ------------------------------------------------------------ sending

    async def _catch_up(self) -> None:
        """Send what isn't sent yet. On a line that just broke that is in vain: `events` will do it again."""
        async with self._turn:
            try:
                while message := self._unheard.take(_MESSAGE):
                    await self._line.send(message)
                if (self._unheard.full or self._stopping) and self._unheard.ask():
                    await self._say(Ping())
                if self._stopping and not self._stop_sent and self.acknowledged == self.sent:
                    self._stop_sent = True
                    await self._say(Stop())
            except LineBroken:
                if not self._may_return:
                    raise

    async def _say_the_rest(self) -> None:
        """Catch up as the one who listens: that the line is closed is heard in its turn, after all it brought."""
        with suppress(LineLost):
            await self._catch_up()

    async def _say(self, message: Ping | Stop) -> None:
        await self._line.send(msgspec.json.encode(message).decode())

    # ------------------------------------------------------------ coming back

    @property
    def _may_return(self) -> bool:
        kept = self._back.window_s > 0 and self._greeting.ready.resume_token
        return bool(kept) and not (self._over or self._dismissed)

    async def _come_back(self, lost: LineBroken) -> Heard:
        """Dial until the server answers; returns its `ready`. Raises: LineLost, Mistake."""
        if not self._may_return:
            raise lost
        self.losses += 1
        self._tell(f"{lost}; trying for {self._back.window_s:g} s to come back")
        why: Failed = lost
        while await self._back.again():
            try:
                return await self._return()
            except SessionOver:
                raise
            except Failed as failed:
                why = failed
        raise LineLost(f"{lost}, and there was no way back within {self._back.window_s:g} s: {why}")

    async def _return(self) -> Heard:
        async with AsyncExitStack() as opened:
            line = await opened.enter_async_context(self._dial())
            resumed = await opening.resume(line, self._greeting.ready, after_utterance=self._last_final)
            if resumed is None and self._stop_sent:
                raise SessionOver(over(self._greeting.ready))
            greeting = resumed or await self._start_anew(line)
            await self._lines.aclose()
            self._lines.push_async_exit(opened.pop_all())
        await self._go_on(line, greeting, resumed=bool(resumed))
        return Heard(greeting.text, Unshown() if resumed else greeting.ready)

    async def _start_anew(self, line: Line) -> Greeting:
        conversation = self._greeting.ready.conversation_id
        return await opening.start(line, msgspec.structs.replace(self._wanted, conversation_id=conversation))

    async def _go_on(self, line: Line, greeting: Greeting, *, resumed: bool) -> None:
        async with self._turn:
            self._line, self._greeting = line, greeting
            self._stop_sent = False
            if resumed:
                self._unheard.resume(greeting.ready.received_samples)
            else:
                self._unheard.begin_anew()
                self._last_final = 0
        where = clock(self.acknowledged * 1000 // self._wanted.sample_rate)
        self._tell(
            f"the line is back, the session goes on at {where}" if resumed else gone(greeting.ready, where)
        )
        self._progress.set()
        await self._say_the_rest()


@asynccontextmanager
async def connect(
    url: str, start: Start, *, back: Backoff, tell: Tell, token: str | None = None
) -> AsyncIterator[Client]:
    """Open a session at `url`; `tell` is told when its line is lost. Raises: Mistake, Failed."""
    async with AsyncExitStack() as lines:
        client = Client(start, lambda: dial(url, token), lines, back=back, tell=tell)
        await client.open()
        yield client
