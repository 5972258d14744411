"""One client: reads its socket, runs its jobs, does what its session decides.

The eight hops of a PCM frame: `_read` takes the message (1), the wire decodes it (2), the session answers with
`Feed` (3), a worker thread runs `Pipeline.feed` (4, 5), the session turns a final into `Save` (6), `keeping` makes
the row (7) and the store's writer commits it (8). Then, and only then, `saved` lets the final out by the same wire.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from typing import assert_never

from audio.recognizers.base import RecognizerError
from audio.values import SpeechEvent, VoiceWarning
from server.arrivals import Arrivals
from server.commands import Align, Close, Command, Drop, End, Feed, Flush, HandOver, Open, Rate, Reply, Save
from server.ear import Ear
from server.events import Abandoned, Audio, Dismissed, Gone, Resume, Returned, Stalled, Start
from server.house import House
from server.inbox import Inbox, Item
from server.line import Line
from server.meter import Meter
from server.opening import open_session
from server.patience import Patience
from server.replies import ServerEvent, Transcript
from server.saving import keep, recall
from server.session import Session, State
from storage.errors import StorageError

log = logging.getLogger(__name__)

_INTERNAL_ERROR = 1011
"""WebSocket close code, RFC 6455 section 7.4.1."""


class Connection:
    """Carries out one session."""

    def __init__(self, line: Line, house: House, *, new_id: Callable[[], str]) -> None:
        """`new_id` makes public session ids."""
        self._line = self._next_line = line
        self._house = house
        self._new_id = new_id
        resumable = line.wire.resumable and house.config.session.resume_window_s > 0
        self._session = Session(resumable=resumable)
        self._inbox = Inbox(lockstep=line.wire.lockstep)
        self._ear: Ear | None = None
        self._conversation_id = 0
        self._now = asyncio.get_running_loop().time
        self._patience = Patience(house.config.session, self._now(), idle=line.wire.idle)
        self._arrivals = Arrivals(house.metrics.lag.observe)
        self._meter = Meter(house.metrics, self._now, self._arrivals)
        self._resources = ExitStack()

    async def run(self) -> None:
        """Serve the client until it is gone for good or dismissed."""
        for greeting in self._line.wire.greet():
            self._inbox.put_now(greeting)
        self._reader = asyncio.create_task(self._read(self._line))
        try:
            while self._session.state is not State.OVER:
                taken = await self._inbox.take(self._patience.left(self._now(), speaking=self._speaking))
                await self._hear_of(taken)
        finally:
            self._inbox.close()
            await self._stop_reading()
            self._line.over.set()
            self._next_line.over.set()  # the session may have ended before it went on over it
            self._resources.close()

    @property
    def present(self) -> bool:
        """Whether a client is connected; not while one is waited for, nor once its line is another session's."""
        return self._session.state not in (State.ADRIFT, State.OVER)

    def dismiss(self, why: Dismissed) -> None:
        """Let the session end after what it has already sent was heard."""
        self._inbox.put_now(why)

    def take(self, line: Line, after: int | None) -> bool:
        """Go on over `line`, see `lobby.Resumable`. What came over the old one is heard first."""
        if self._session.state is State.OVER:
            return False
        self._reader.cancel()
        self._line.cut()  # it may be half open, and a reply stuck in it
        self._next_line = line
        self._inbox.put_now(Returned(after))
        return True

    async def _read(self, line: Line) -> None:
        while (events := await line.receive()) is not None:
            self._patience.last_message = self._now()
            for event in events:
                await self._inbox.put(event)
        self._inbox.put_now(Gone())

    async def _stop_reading(self) -> None:
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)

    @property
    def _speaking(self) -> bool:
        return self._ear is not None and self._ear.speaking

    @property
    def _listening(self) -> Ear:
        assert self._ear, "sessions ask for hearing once they are open"
        return self._ear

    async def _hear_of(self, taken: tuple[Item, float] | None) -> None:
        now = self._now()
        item, came = taken or (self._patience.overdue(now, speaking=self._speaking), now)
        self._arrivals.note(came)
        match item:
            case None:
                return
            case Returned():
                await self._go_on(item)
            case Gone():
                self._patience.lost = came
                await self._do(self._session.circumstance(item))
            case Stalled() | Abandoned() | Dismissed():
                await self._do(self._session.circumstance(item))
            case Audio():
                self._patience.last_audio = came
                if (late := self._arrivals.note_audio(self._now())) and self._session.state is State.LIVE:
                    await self._do(self._session.speech(VoiceWarning("lagging", late)))
                await self._do(self._session.client(item))
            case _:
                await self._do(self._session.client(item))

    async def _go_on(self, returned: Returned) -> None:
        """The client is back: tell it where to go on, then read its new line."""
        await self._stop_reading()
        self._line = self._next_line
        self._patience.lost, self._patience.last_message = None, self._now()
        self._arrivals.start_anew()
        await self._do(self._session.circumstance(returned))
        self._reader = asyncio.create_task(self._read(self._line))

    # ------------------------------------------------------------ commands

    async def _do(self, commands: Sequence[Command]) -> None:
        for command in commands:
            match command:
                case Open(start):
                    await self._do(await self._open(start))
                case HandOver(resume):
                    await self._hand_over(resume)
                case Align():
                    self._listening.align()
                case Feed(chunk):
                    await self._hear(self._listening.feed(chunk, elapsed_s=self._arrivals.elapsed_s))
                case Flush(reason, last):
                    await self._hear(self._listening.finish(reason, last=last))
                case Drop():
                    await self._hear(self._listening.drop())
                case Save():
                    await self._do(await self._save(command))
                case Rate():
                    await self._do(await self._rate(command))
                case Reply(event):
                    await self._reply(event)
                case Close(code, reason):
                    await self._line.close(code, reason)
                case End():
                    await self._do(await self._end())
                case _:
                    assert_never(command)
            self._meter.did(command, clock=self._ear.clock if self._ear else 0)

    async def _open(self, start: Start) -> list[Command]:
        try:
            if start.ignored:
                log.warning(
                    "a %s client asked for what isn't done: %s", start.platform, ", ".join(start.ignored)
                )
            pipeline, opened = await open_session(start, self._house, new_id=self._new_id)
        except (RecognizerError, StorageError) as error:
            log.warning("a session could not open: %s", error)
            return self._session.refused("unavailable", str(error))
        bytes_per_s = opened.sample_rate * start.format.stride
        self._ear = Ear(pipeline, self._house.workers, bytes_per_s=bytes_per_s)
        self._resources.callback(self._ear.close)
        self._resources.enter_context(self._house.lobby.known(opened.session_id, opened.resume_token, self))
        self._conversation_id = opened.conversation_id
        self._patience.silence_s = (start.stall_ms or opened.silence_ms) / 1000
        self._inbox.size_for(bytes_per_s=bytes_per_s, max_lag_s=self._house.config.audio.max_lag_s)
        return self._session.opened(opened)

    async def _hear(self, work: Awaitable[list[SpeechEvent]]) -> None:
        """Wait for a piece of hearing and let the session decide about what was heard."""
        try:
            heard = await work
        except RecognizerError as error:
            log.error("the recognizer failed: %s", error)
            why = Dismissed("recognizer_failed", str(error), _INTERNAL_ERROR)
            await self._do(self._session.circumstance(why))
            return
        for event in heard:
            await self._do(self._session.speech(event, latency_ms=self._latency_ms()))

    async def _save(self, save: Save) -> list[Command]:
        try:
            receipt = await keep(save, self._conversation_id, self._house)
            memories = await recall(save, self._house.config.memory, self._house.store)
        except StorageError as error:
            log.error("something could not be kept: %s", error)
            return self._session.failed("not_saved", str(error))
        return self._session.saved(save.what, receipt, latency_ms=self._latency_ms(), memories=memories)

    async def _rate(self, rate: Rate) -> list[Command]:
        feedback = rate.feedback
        try:
            await self._house.store.rate_message(
                feedback.message_id, feedback.rating, conversation_id=self._conversation_id
            )
        except StorageError as error:
            return self._session.failed("not_saved", str(error))
        return self._session.rated(feedback)

    async def _end(self) -> list[Command]:
        ear = self._listening
        ear.close()
        try:
            await self._house.store.end_conversation(self._conversation_id)
        except StorageError as error:
            log.error("a conversation could not be marked ended: %s", error)
        return self._session.ended(ear.clock)

    async def _hand_over(self, resume: Resume) -> None:
        """Give our line to the session that the client comes back to, and wait until it is done with it."""
        found = self._house.lobby.find(resume.session_id, resume.resume_token)
        await self._stop_reading()
        if found and found.take(self._line, resume.after_utterance):
            self._session.handed_over()
            await self._line.over.wait()
        else:
            self._reader = asyncio.create_task(self._read(self._line))
            await self._do(self._session.unknown())

    async def _reply(self, event: ServerEvent) -> None:
        if not await self._line.reply(event) and isinstance(event, Transcript):
            self._session.undelivered(event)

    def _latency_ms(self) -> int:
        return self._arrivals.latency_ms(self._now())
