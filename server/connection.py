"""One client: reads its socket, runs its jobs, does what its session decides.

The eight hops of a PCM frame: `_read` takes the message (1), the wire decodes it (2), the session answers with
`Feed` (3), a worker thread runs `Pipeline.feed` (4, 5), the session turns a final into `Save` (6), `keeping` makes
the row (7) and the store's writer commits it (8). Then, and only then, `saved` lets the final out by the same wire.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, assert_never

from audio.pipeline import Pipeline
from audio.recognizers.base import RecognizerError
from audio.values import Partial, SpeechEvent, VoiceActivity, VoiceWarning
from server import keeping
from server.commands import Close, Command, End, Feed, Flush, Open, Rate, Reply, Save
from server.config import Config
from server.events import (
    Ack,
    Audio,
    Dismissed,
    Gone,
    Opened,
    Receipt,
    ServerEvent,
    Stalled,
    Start,
)
from server.hearing import Hearing
from server.inbox import Inbox, Item
from server.session import Session, State
from server.wire.base import Wire
from server.workers import Workers
from storage.errors import StorageError
from storage.store import Store

log = logging.getLogger(__name__)

_LAGGING_S = 1.0
"""Audio that waited longer than this before it was heard is worth a warning, once per spell."""

_INTERNAL_ERROR = 1011
"""WebSocket close code, RFC 6455 section 7.4.1."""


class Socket(Protocol):
    """What a connection needs of a WebSocket."""

    @property
    def congested(self) -> bool:
        """Whether the client reads so slowly that what can be left out should be."""

    async def receive(self) -> str | bytes | None:
        """Return the next message, None once the connection is over."""

    async def send(self, text: str) -> None:
        """Send `text`; quietly nothing once the connection is over."""

    async def close(self, code: int, reason: str) -> None:
        """Close the connection."""


@dataclass(frozen=True, slots=True)
class House:
    """What all connections share."""

    config: Config
    hearing: Hearing
    store: Store
    workers: Workers


class Connection:
    """Carries out one session."""

    def __init__(self, socket: Socket, wire: Wire, house: House, *, new_id: Callable[[], str]) -> None:
        """`new_id` makes public session ids."""
        self._socket = socket
        self._wire = wire
        self._house = house
        self._new_id = new_id
        self._session = Session()
        self._inbox = Inbox(lockstep=wire.lockstep)
        self._pipeline: Pipeline | None = None
        self._conversation_id = 0
        self._silence_s = 0.0
        self._now = asyncio.get_running_loop().time
        self._began = self._last_message = self._last_audio = self._now()
        self._arrived = 0.0
        self._lagging = False

    async def run(self) -> None:
        """Serve the client until it is gone or dismissed."""
        reader = asyncio.create_task(self._read())
        try:
            while self._session.state is not State.OVER:
                taken = await self._inbox.take(self._patience())
                await self._hear_of(taken)
        finally:
            self._inbox.close()
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            if self._pipeline:
                self._pipeline.close()

    def dismiss(self, why: Dismissed) -> None:
        """Let the session end after what it has already sent was heard."""
        self._inbox.put_now(why)

    async def _read(self) -> None:
        while (message := await self._socket.receive()) is not None:
            self._last_message = self._now()
            for event in self._wire.decode(message):
                await self._inbox.put(event)
        self._inbox.put_now(Gone())

    # ------------------------------------------------------------ time

    def _patience(self) -> float:
        """Seconds until the next thing that time alone brings about."""
        settings = self._house.config.session
        due = [self._last_message + settings.idle_timeout_s, self._began + settings.max_session_s]
        if self._pipeline and self._pipeline.speaking:
            due.append(self._last_audio + self._silence_s)
        return max(0.0, min(due) - self._now())

    def _overdue(self) -> Item | None:
        settings, now = self._house.config.session, self._now()
        if self._pipeline and self._pipeline.speaking and now >= self._last_audio + self._silence_s:
            return Stalled()
        if now >= self._last_message + settings.idle_timeout_s:
            return Dismissed("idle", f"nothing was sent for {settings.idle_timeout_s:g} s", 1000)
        if now >= self._began + settings.max_session_s:
            return Dismissed(
                "session_too_long", f"a session lasts {settings.max_session_s:g} s at most", 1000
            )
        return None

    async def _hear_of(self, taken: tuple[Item, float] | None) -> None:
        item, came = taken if taken else (self._overdue(), self._now())
        self._arrived = came
        match item:
            case None:
                return
            case Stalled() | Gone() | Dismissed():
                await self._do(self._session.circumstance(item))
            case Audio():
                self._last_audio = came
                await self._warn_of_lag(self._now() - came)
                await self._do(self._session.client(item))
            case _:
                await self._do(self._session.client(item))

    async def _warn_of_lag(self, waited: float) -> None:
        if self._session.state is State.LIVE and waited > _LAGGING_S and not self._lagging:
            text = f"the server is {waited:.1f} s behind; finals will be late, nothing is lost"
            await self._do(self._session.speech(VoiceWarning("lagging", text)))
        self._lagging = waited > (_LAGGING_S / 2 if self._lagging else _LAGGING_S)

    # ------------------------------------------------------------ commands

    async def _do(self, commands: Sequence[Command]) -> None:
        for command in commands:
            match command:
                case Open(start):
                    await self._do(await self._open(start))
                case Feed(chunk):
                    await self._job(partial(Pipeline.feed, chunk=chunk))
                case Flush(reason, last):
                    await self._job(partial(Pipeline.finish, reason=reason, last=last))
                case Save():
                    await self._do(await self._save(command))
                case Rate():
                    await self._do(await self._rate(command))
                case Reply(event):
                    await self._reply(event)
                case Close(code, reason):
                    await self._socket.close(code, reason)
                case End():
                    await self._do(await self._end())
                case _:
                    assert_never(command)

    async def _open(self, start: Start) -> list[Command]:
        config, hearing = self._house.config, self._house.hearing
        record = config.storage.record if start.record is None else start.record
        training = config.storage.training_default if start.training is None else start.training
        info = hearing.engine.info
        try:
            pipeline, warnings = await self._house.workers.run(hearing.open, start, record=record)
            conversation_id, session_id = await self._conversation(start, record=record, training=training)
        except (RecognizerError, StorageError) as error:
            log.warning("a session could not open: %s", error)
            return self._session.refused("unavailable", str(error))
        self._pipeline, self._conversation_id = pipeline, conversation_id
        self._silence_s = hearing.silence_ms(start) / 1000
        rate = start.format.sample_rate
        self._inbox.size_for(bytes_per_s=rate * start.format.stride, max_lag_s=config.audio.max_lag_s)
        return self._session.opened(
            Opened(
                session_id=session_id,
                conversation_id=conversation_id,
                resume_token=secrets.token_urlsafe(24),
                sample_rate=rate,
                silence_ms=hearing.silence_ms(start),
                recognizer=info,
                warnings=warnings,
            )
        )

    async def _conversation(self, start: Start, *, record: bool, training: bool) -> tuple[int, str]:
        """Begin a conversation, or go on with the one the client names."""
        store = self._house.store
        if start.conversation_id is not None:
            known = await store.resume_conversation(start.conversation_id)
            return known.id, known.session_id
        model = self._house.hearing.engine.info.model
        row = keeping.conversation(
            start, session_id=self._new_id(), model=model, record=record, training=training
        )
        conversation = await store.open_conversation(row)
        return conversation.id, conversation.session_id

    async def _job(self, work: Callable[[Pipeline], list[SpeechEvent]]) -> None:
        """Run one piece of hearing in a worker and let the session decide about what was heard."""
        if self._pipeline is None:
            return
        try:
            heard = await self._house.workers.run(work, self._pipeline)
        except RecognizerError as error:
            log.error("the recognizer failed: %s", error)
            await self._do(
                self._session.circumstance(Dismissed("recognizer_failed", str(error), _INTERNAL_ERROR))
            )
            return
        for event in heard:
            await self._do(self._session.speech(event, latency_ms=self._latency_ms()))

    async def _save(self, save: Save) -> list[Command]:
        try:
            saved = await self._house.store.add_message(keeping.message(save.what, self._conversation_id))
        except StorageError as error:
            log.error("a message could not be kept: %s", error)
            return self._session.failed("not_saved", str(error))
        receipt = Receipt(saved.message_id, saved.uid)
        return self._session.saved(save.what, receipt, latency_ms=self._latency_ms())

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
        assert self._pipeline
        self._pipeline.close()
        try:
            await self._house.store.end_conversation(self._conversation_id)
        except StorageError as error:
            log.error("a conversation could not be marked ended: %s", error)
        return self._session.ended(self._pipeline.clock)

    async def _reply(self, event: ServerEvent) -> None:
        """Send what the wire makes of `event`; to a client that reads slowly, only what it can't do without."""
        if (
            isinstance(event, Partial | VoiceActivity | Ack)
            and self._socket.congested
            and not self._wire.lockstep
        ):
            return
        for text in self._wire.encode(event):
            await self._socket.send(text)

    def _latency_ms(self) -> int:
        return round(1000 * (self._now() - self._arrived))
