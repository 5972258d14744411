"""What the server says, as types: as much of it as a terminal shows, leaving the rest of each message unread."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from server.client.errors import Failed
from server.validation import Invalid, convert, parse


class Recognizer(msgspec.Struct, frozen=True):
    engine: str
    model: str
    language: str
    demo: bool = False
    note: str | None = None


class Word(msgspec.Struct, frozen=True):
    word: str
    start_ms: int
    end_ms: int


class Emotion(msgspec.Struct, frozen=True):
    label: str
    confidence: float


class Voice(msgspec.Struct, frozen=True):
    pitch_hz: float | None = None
    emotion: Emotion | None = None
    audio_quality: float | None = None


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What all messages share; msgspec hands the options down."""


class Ready(_Message, frozen=True, tag="ready"):
    conversation_id: int
    recognizer: Recognizer
    session_id: str = ""
    resume_token: str = ""
    received_samples: int = 0


class Ack(_Message, frozen=True, tag="ack"):
    received_samples: int


class Partial(_Message, frozen=True, tag="partial"):
    text: str
    start_ms: int


class Final(_Message, frozen=True, tag="final"):
    text: str
    start_ms: int
    end_ms: int
    utterance: int | None = None
    words: tuple[Word, ...] = ()
    voice: Voice = Voice()
    latency_ms: int | None = None


class Caution(_Message, frozen=True, tag="warning"):
    code: str
    message: str


class Trouble(_Message, frozen=True, tag="error"):
    code: str
    message: str
    fatal: bool = False


class Pong(_Message, frozen=True, tag="pong"):
    pass


class Stopped(_Message, frozen=True, tag="stopped"):
    received_samples: int


@dataclass(frozen=True, slots=True)
class Unshown:
    """A message that a terminal has no use for, or one of a newer server."""


Known = Ready | Ack | Partial | Final | Caution | Trouble | Pong | Stopped
ServerMessage = Known | Unshown

_TYPES = frozenset(
    kind.__struct_config__.tag for kind in (Ready, Ack, Partial, Final, Caution, Trouble, Pong, Stopped)
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as it came and as it is understood."""

    text: str
    message: ServerMessage


def later(message: ServerMessage, milliseconds: int) -> ServerMessage:
    """Shift the times of what was said, for a session that began in the midst of the sound."""
    match message:
        case Final(start_ms=start, end_ms=end, words=words):
            shifted = tuple(
                Word(word.word, word.start_ms + milliseconds, word.end_ms + milliseconds) for word in words
            )
            return replace(message, start_ms=start + milliseconds, end_ms=end + milliseconds, words=shifted)
        case Partial(start_ms=start):
            return replace(message, start_ms=start + milliseconds)
        case _:
            return message


def read(text: str) -> Heard:
    """Understand one message. Raises: Failed where it isn't one of the protocol."""
    try:
        value = parse(text)
        if not isinstance(value, dict) or "type" not in value:
            raise Invalid("a message is a JSON object with a type")
        known = value["type"] in _TYPES
        return Heard(text, convert(value, Known) if known else Unshown())
    except Invalid as error:
        raise Failed(f"the server sent what isn't Earshot's protocol: {error}") from None
