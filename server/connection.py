"""One client: reads its socket, runs its jobs, does what its session decides.

The eight hops of a PCM frame: `_read` takes the message (1), the wire decodes it (2), the session answers with
`Feed` (3), a worker thread runs `Pipeline.feed` (4, 5), the session turns a final into `Save` (6), `keeping` makes
the row (7) and the store's writer commits it (8). Then, and only then, `saved` lets the final out by the same wire.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from contextlib import ExitStack
from typing import assert_never

from audio.recognizers.base import RecognizerError
from audio.values import SpeechEvent, VoiceWarning
from server.arrivals import Arrivals
from server.close_codes import INTERNAL_ERROR
from server.commands import (
    Align,
    Close,
    Command,
    Drop,
    End,
    Feed,
    Flush,
    HandOver,
    Open,
    Rate,
    Reply,
    Save,
    Secure,
)
from server.events import Abandoned, Audio, Dismissed, Gone, Resume, Returned, Stalled, Start, Tune
from server.house import House
from server.inbox import Inbox, Item
from server.line import Line
from server.lines import Lines
from server.opening import Outfit, open_session
from server.operate.meter import Meter
from server.patience import Patience
from server.reader import Reader
from server.reviving import Left, revive
from server.session import Session
from server.state import State
from storage.errors import StorageError

log = logging.getLogger(__name__)


class Connection:
    """Carries out one session."""

    def __init__(self, line: Line, house: House, *, left: Left | None = None) -> None:
        """`left` is a session that the last server left behind."""
        self._lines = Lines(line)
        self._house = house
        resumable = line.wire.resumable and house.config.session.resume_window_s > 0
        self._session = Session(resumable=resumable)
        self._inbox = Inbox(lockstep=line.wire.lockstep)
        self._outfit: Outfit | None = None
        self._now = asyncio.get_running_loop().time
        self._patience = Patience(house.config.session, self._now(), idle=line.wire.idle)
        self._arrivals = Arrivals(house.metrics.lag.observe, now=self._now())
        self._meter = Meter(house.metrics, self._now, self._arrivals)
        self._reader = Reader(self._inbox, lambda: self._patience.heard(self._now()))
        self._resources = ExitStack()
        self._left = left
        if left:
            self._resources.enter_context(house.lobby.known(left.identity, self))

    async def run(self) -> None:
        """Serve the client until it is gone for good or dismissed."""
        self._inbox.put_all(self._lines.now.wire.greet())
        self._reader.start(self._lines.now)
        try:
            if self._left:
                await self._revive(self._left)
            while self._session.state is not State.OVER:
                taken = await self._inbox.take(self._patience.left(self._now(), speaking=self._speaking))
                await self._hear_of(taken)
        finally:
            self._inbox.close()
            await self._reader.stop()
            self._lines.leave()
            self._resources.close()

    @property
    def state(self) -> State:
        """Where the session stands; it is over, too, once its line is another session's."""
        return self._session.state

    def dismiss(self, why: Dismissed | Abandoned) -> None:
        """Let the session end after what it has already sent was heard."""
        self._inbox.put_now(why)

    def take(self, line: Line, resume: Resume, meanwhile: Sequence[Item]) -> bool:
        """Go on over `line`, see `lobby.Resumable`. What came over the old one is heard first."""
        if self._session.state is State.OVER:
            return False
        self._reader.cancel()
        self._lines.bring(line, resume)
        self._inbox.put_all([Returned(resume), *meanwhile])
        return True

    @property
    def _speaking(self) -> bool:
        return self._outfit is not None and self._outfit.ear.speaking

    @property
    def _with(self) -> Outfit:
        assert self._outfit, "sessions ask for hearing and keeping once they are open"
        return self._outfit

    async def _hear_of(self, taken: tuple[Item, float] | None) -> None:
        now = self._now()
        item, came = taken or (self._patience.overdue(now, speaking=self._speaking), now)
        self._arrivals.note(came)
        match item:
            case None:
                return
            case Returned(resume):
                if self._lines.change(resume):
                    await self._go_on(item)
            case Gone():
                self._patience.miss(came)
                await self._do(self._session.circumstance(item))
            case Stalled() | Abandoned() | Dismissed():
                await self._do(self._session.circumstance(item))
            case Audio(chunk):
                self._patience.heard_audio(came, size := len(chunk.data))
                late = self._arrivals.note_audio(self._now(), size)
                if late and self._session.state is State.LIVE:
                    await self._do(self._session.speech(VoiceWarning("lagging", late)))
                await self._do(self._session.client(item))
            case _:
                await self._do(self._session.client(item))

    async def _go_on(self, returned: Returned) -> None:
        """The client is back: tell it where to go on, then read its new line."""
        await self._reader.stop()
        self._patience.found(self._now())
        self._arrivals.start_anew()
        await self._do(self._session.circumstance(returned))
        self._reader.start(self._lines.now)

    # ------------------------------------------------------------ commands

    async def _do(self, commands: Sequence[Command]) -> None:
        for command in commands:
            match command:
                case Open(start):
                    await self._do(await self._open(start))
                case HandOver(resume):
                    await self._hand_over(resume)
                case Align() | Tune():
                    self._with.adjust(command)
                case Feed(chunk):
                    self._with.safe.hold(chunk.data)
                    since, due = self._arrivals.elapsed_s, self._arrivals.due
                    await self._hear(self._with.ear.feed(chunk, elapsed_s=since, due=due))
                case Secure():
                    await self._with.safe.secure(self._with.ear)
                case Flush(reason, last):
                    await self._hear(self._with.ear.finish(reason, last=last))
                case Drop():
                    await self._hear(self._with.ear.drop())
                case Save():
                    await self._with.safe.secure(self._with.ear)  # what is kept is never said again
                    await self._do(await self._with.saving.save(command, self._session, self._latency_ms))
                case Rate():
                    await self._do(await self._with.saving.rate(command, self._session))
                case Reply(event):
                    if not await self._lines.now.reply(event):
                        self._session.undelivered(event)
                case Close(code, reason):
                    await self._close(code, reason)
                case End():
                    await self._do(await self._end())
                case _:
                    assert_never(command)
            self._meter.did(command, clock=self._outfit.ear.clock if self._outfit else 0)

    async def _open(self, start: Start) -> list[Command]:
        try:
            outfit = await open_session(start, self._house)
        except (RecognizerError, StorageError) as error:
            log.warning("a session could not open: %s", error)
            return self._session.refused("unavailable", str(error))
        self._furnish(outfit, start)
        self._resources.enter_context(self._house.lobby.known(outfit.saving.identity, self))
        return self._session.opened(outfit.opened)

    def _furnish(self, outfit: Outfit, start: Start) -> None:
        self._outfit = outfit
        self._resources.callback(outfit.close)
        self._patience.silence_s = (start.stall_ms or outfit.opened.silence_ms) / 1000
        self._patience.bytes_per_s = self._arrivals.bytes_per_s = bytes_per_s = start.format.bytes_per_s
        self._inbox.size_for(bytes_per_s=bytes_per_s, max_lag_s=self._house.config.audio.max_lag_s)

    async def _revive(self, left: Left) -> None:
        """Hear again what the last server acknowledged; the client may be back meanwhile."""
        if not (revival := await revive(left, self._house)):
            self._session.handed_over()
            return
        self._furnish(revival.outfit, left.start)
        self._session.restored(revival.restored)
        for work in revival.hear_again():
            await self._hear(work)
        await revival.outfit.safe.recovered(revival.outfit.ear)

    async def _hear(self, work: Awaitable[list[SpeechEvent]]) -> None:
        """Wait for a piece of hearing and let the session decide about what was heard."""
        try:
            heard = await work
        except RecognizerError as error:
            log.error("the recognizer failed: %s", error)
            self._with.safe.lose()
            why = Dismissed("recognizer_failed", str(error), INTERNAL_ERROR)
            await self._do(self._session.circumstance(why))
            return
        for event in heard:
            await self._do(self._session.speech(event, latency_ms=self._latency_ms()))
        self._with.safe.kept(self._with.ear)

    async def _end(self) -> list[Command]:
        await self._with.end()
        return self._session.ended(self._with.ear.clock)

    async def _close(self, code: int, reason: str) -> None:
        if not await self._lines.now.close(code, reason):
            self._session.unparted()
            self._patience.miss(self._now())

    async def _hand_over(self, resume: Resume) -> None:
        """Give our line to the session that the client comes back to, and wait until it is done with it."""
        found = self._house.lobby.find(resume.session_id, resume.resume_token)
        await self._reader.stop()
        line = self._lines.now
        if found and found.take(line, resume, self._inbox.rest()):
            self._session.handed_over()
            await line.over.wait()
        else:
            self._reader.start(line)
            await self._do(self._session.unknown())

    def _latency_ms(self) -> int:
        return self._arrivals.latency_ms(self._now())
