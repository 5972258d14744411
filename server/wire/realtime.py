"""OpenAI's Realtime transcription, `/v1/realtime?intent=transcription`: a client of it changes its URL and is heard.

Both generations of messages are spoken, that of the general API and the beta's, whichever the client speaks; see
`realtime_messages` for what it may send, `realtime_items` for what it is told and when. Every mistake is answered
with an `error` and the session goes on. https://platform.openai.com/docs/guides/realtime-transcription
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, assert_never

from audio.values import RATE, Partial, SpeechStarted, VoiceWarning, to_ms
from server.events import Answer, Aside, ClientEvent, Discard, Finalize
from server.replies import Answered, ServerEvent, Stopped, Transcript, Trouble
from server.validation import Invalid, at_once, convert, parse
from server.wire.base import Idle, sliced, too_long
from server.wire.realtime_items import LEAST_MS, Items, Place
from server.wire.realtime_messages import (
    Append,
    Clear,
    ClientMessage,
    Commit,
    FlatSession,
    FlatSessionUpdate,
    Input,
    Session,
    SessionUpdate,
    Sound,
)
from server.wire.realtime_pen import BEYOND_HELP, Pen
from server.wire.realtime_settings import Settings

_CLIENTS_LOSS = ("idle", "session_too_long")
"""Ends of a session that are no fault of the server's."""

_FORMAT, _FLAT_FORMAT = "session.audio.input.format", "session.input_audio_format"
"""What can't change once audio has come, as it is called now and in the beta."""


class RealtimeWire:
    """One client's conversation; it remembers what was settled and what of the audio belongs to which item."""

    lockstep = False
    resumable = False
    idle: Idle | None = None

    def __init__(self, session_id: str, *, beta: bool = False, model: str | None = None) -> None:
        """`session_id` is a UUID; `model` is what the URL named, `beta` whether the client announced itself as such."""
        self._pen = Pen(session_id)
        self._settled = Settings(model=model)
        self._items = Items(self._pen, self._settled, beta=beta)
        self._started = False
        self._received = 0
        self._uncommitted = 0
        self._due: deque[Callable[[], Sequence[str]]] = deque()
        """What is to be told once everything before it is done."""

    def greet(self) -> Sequence[ClientEvent]:
        """Tell the client its session; see `base.Wire`."""
        return [Aside(text) for text in self._items.settle(self._settled, self._items.beta, "created")]

    # ------------------------------------------------------------ what the client says

    def decode(self, message: str | bytes) -> Sequence[ClientEvent]:
        """Turn one message into events; see `base.Wire`."""
        if isinstance(message, bytes):
            return [
                self._refuse("invalid_message", "send JSON text: audio goes into input_audio_buffer.append")
            ]
        if understood := at_once(message, ClientMessage):
            return self._obey(understood, message)
        try:
            value = parse(message)
        except Invalid as error:
            return [self._refuse("invalid_json", str(error))]
        try:
            return self._obey(convert(value, ClientMessage), message)
        except Invalid as error:
            return [self._refuse("invalid_value", str(error), error.field, _event_id(value))]

    def _obey(self, message: ClientMessage, text: str) -> Sequence[ClientEvent]:
        if not isinstance(message, Append) and (refused := too_long(text)):
            return [self._refuse(refused.code, refused.message, None, message.event_id)]
        match message:
            case Append(audio=audio):
                return self._append(audio)
            case Commit(event_id=event_id):
                return self._commit(event_id)
            case Clear(event_id=event_id):
                return self._clear(event_id)
            case SessionUpdate() | FlatSessionUpdate():
                return self._update(message)
            case _:
                assert_never(message)

    def _append(self, audio: bytes) -> Sequence[ClientEvent]:
        if not audio:
            return []
        begin = [] if self._started else [self._settled.start(self._pen.session_id)]
        self._started = True
        self._received += len(audio)
        self._uncommitted += len(audio)
        return [*begin, *sliced(audio)]

    def _commit(self, event_id: str | None) -> Sequence[ClientEvent]:
        length = self._samples(self._uncommitted)
        if to_ms(length) < LEAST_MS:
            return [Aside(self._items.too_short(length / RATE, event_id))]
        self._uncommitted = 0
        return [Finalize(), self._afterwards(partial(self._items.commit, self._place(event_id)))]

    def _clear(self, event_id: str | None) -> Sequence[ClientEvent]:
        self._uncommitted = 0
        place = self._place(event_id)
        if not self._started:
            return [Aside(text) for text in self._items.clear(place)]
        return [Discard(), self._afterwards(partial(self._items.clear, place))]

    def _update(self, message: SessionUpdate | FlatSessionUpdate) -> Sequence[ClientEvent]:
        match message.session:
            case Session(audio=sound, include=include):
                beta, wishes = False, (sound or Sound()).input
            case FlatSession(include=include) as flat:
                beta, wishes = True, flat.input
        before, settled = self._settled, self._settled.changed(wishes or Input(), include)
        if self._started and settled.format != before.format:
            param = _FLAT_FORMAT if beta else _FORMAT
            why = f"{param} can't change once audio has come; connect anew"
            return [self._refuse("invalid_value", why, param, message.event_id)]
        self._settled = settled
        if not self._started:
            return [Aside(text) for text in self._items.settle(settled, beta, "updated")]
        tuned = [settled.tune()] if settled.turns != before.turns else []
        return [*tuned, self._afterwards(partial(self._items.settle, settled, beta, "updated"))]

    def _afterwards(self, tell: Callable[[], Sequence[str]]) -> ClientEvent:
        """Have something told in its place among what is heard."""
        self._due.append(tell)
        return Answer(final=True)

    def _refuse(
        self, code: str, message: str, param: str | None = None, event_id: str | None = None
    ) -> ClientEvent:
        return Aside(self._pen.error(code, message, param=param, event_id=event_id))

    def _place(self, event_id: str | None) -> Place:
        return Place(self._samples(self._received), event_id)

    def _samples(self, size: int) -> int:
        """Return how long `size` bytes of the client's audio are, in samples at `RATE`."""
        sound = self._settled.format
        return size // sound.stride * RATE // sound.sample_rate

    # ------------------------------------------------------------ what the client is told

    def encode(self, event: ServerEvent) -> Sequence[str]:
        """Turn one event into messages; see `base.Wire`."""
        items = self._items
        match event:
            case Aside(text):
                return (text,)
            case SpeechStarted(at):
                return items.started(at)
            case Partial(text=text):
                return items.grew(text)
            case Transcript():
                return items.heard(event)
            case Answered():
                return self._due.popleft()()
            case VoiceWarning(message=text):
                items.warn(text)
            case Trouble(code="not_saved", message=text):
                return items.failed(text)
            case Trouble(code, text):
                kind = "invalid_request_error" if code in _CLIENTS_LOSS else BEYOND_HELP
                return (self._pen.error(code, text, kind=kind),)
            case Stopped():
                return items.end()
        return ()


def _event_id(value: Any) -> str | None:
    """Find the client's own id in a message that isn't understood otherwise."""
    match value:
        case {"event_id": str(event_id)}:
            return event_id
    return None
