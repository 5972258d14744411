"""One client: reads its socket, runs its jobs, does what its session decides.

The eight hops of a PCM frame: `_read` takes the message (1), the wire decodes it (2), the session answers with
`Feed` (3), a worker thread runs `Pipeline.feed` (4, 5), the session turns a final into `Save` (6), `keeping` makes
the row (7) and the store's writer commits it (8). Then, and only then, `saved` lets the final out by the same wire.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, assert_never

from audio.pipeline import Pipeline
from audio.recognizers.base import RecognizerError
from audio.values import AudioChunk, Partial, SpeechEvent, VoiceActivity, VoiceWarning
from server.commands import Close, Command, End, Feed, Flush, Open, Rate, Reply, Save
from server.events import (
    Audio,
    Dismissed,
    Gone,
    Stalled,
    Start,
)
from server.house import House
from server.inbox import Inbox, Item
from server.opening import open_session
from server.patience import Patience
from server.replies import Ack, ServerEvent
from server.saving import keep, recall
from server.session import Session, State
from server.wire.base import Wire
from storage.errors import StorageError

log = logging.getLogger(__name__)

_LAGGING_S = 1.0
"""Audio that waited longer than this before it was heard is worth a warning, once per spell."""

_SHORT_S = 0.25
"""Most audio that is listened to on the loop, seconds: a quarter of a millisecond's work, resampled."""

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
        self._now = asyncio.get_running_loop().time
        self._patience = Patience(house.config.session, self._now())
        self._arrived = 0.0
        self._first_audio = 0.0
        self._short = 0
        self._lagging = False

    async def run(self) -> None:
        """Serve the client until it is gone or dismissed."""
        reader = asyncio.create_task(self._read())
        try:
            while self._session.state is not State.OVER:
                taken = await self._inbox.take(self._patience.left(self._now(), speaking=self._speaking))
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
            self._patience.last_message = self._now()
            for event in self._wire.decode(message):
                await self._inbox.put(event)
        self._inbox.put_now(Gone())

    @property
    def _speaking(self) -> bool:
        return self._pipeline is not None and self._pipeline.speaking

    async def _hear_of(self, taken: tuple[Item, float] | None) -> None:
        now = self._now()
        item, came = taken or (self._patience.overdue(now, speaking=self._speaking), now)
        self._arrived = came
        match item:
            case None:
                return
            case Stalled() | Gone() | Dismissed():
                await self._do(self._session.circumstance(item))
            case Audio():
                self._patience.last_audio = came
                self._first_audio = self._first_audio or came
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
                    await self._feed(chunk)
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
        try:
            self._pipeline, opened = await open_session(start, self._house, new_id=self._new_id)
        except (RecognizerError, StorageError) as error:
            log.warning("a session could not open: %s", error)
            return self._session.refused("unavailable", str(error))
        self._conversation_id = opened.conversation_id
        self._patience.silence_s = opened.silence_ms / 1000
        bytes_per_s = opened.sample_rate * start.format.stride
        self._short = int(bytes_per_s * _SHORT_S)
        self._inbox.size_for(bytes_per_s=bytes_per_s, max_lag_s=self._house.config.audio.max_lag_s)
        return self._session.opened(opened)

    async def _feed(self, chunk: AudioChunk) -> None:
        """Let the pipeline hear `chunk`: here as long as nobody speaks, for that costs less than a worker's hop."""
        assert self._pipeline
        elapsed_s = self._arrived - self._first_audio
        if self._pipeline.speaking or len(chunk.data) > self._short:
            await self._job(partial(Pipeline.feed, chunk=chunk, elapsed_s=elapsed_s))
            return
        listened = self._pipeline.listen(chunk, elapsed_s=elapsed_s)
        if self._pipeline.idle(listened):
            await self._tell(self._pipeline.hear(listened))
        else:
            await self._job(partial(Pipeline.hear, listened=listened))

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
        await self._tell(heard)

    async def _tell(self, heard: Sequence[SpeechEvent]) -> None:
        for event in heard:
            await self._do(self._session.speech(event, latency_ms=self._latency_ms()))

    async def _save(self, save: Save) -> list[Command]:
        try:
            receipt = await keep(save, self._conversation_id, self._house.store)
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
