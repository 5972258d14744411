"""Wyoming's events: how they are framed, and what of them a client of speech recognition sends.

    {"type": "audio-chunk", "data_length": 44, "payload_length": 2048}\\n   a line of JSON, the header
    {"rate": 16000, "width": 2, "channels": 1}                             data_length bytes of JSON: more of its `data`
    ...                                                                     payload_length bytes, as they are

Read from README and source of the Python package wyoming 1.10.2, https://github.com/OHF-Voice/wyoming
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from server.bodies import LanguageOrNone
from server.validation import Invalid, convert, parse

MOST_HEADER = 65_536
"""Bytes of a header, its line end included."""

_MOST_DATA = 65_536
"""Bytes. The longest legitimate data is a list of names."""

_MOST_PAYLOAD = 1 << 20
"""Bytes: 1 MiB of audio is half a minute, more than any live client sends at once."""


class Unreadable(Invalid):
    """The event has no end that could be waited for, so nothing after it can be understood."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Event:
    """One event."""

    type: str
    data: dict[str, Any]
    payload: bytes = b""


class _Header(msgspec.Struct, frozen=True):
    """Unknown keys, such as the sender's version, are ignored."""

    type: str
    data: dict[str, Any] | None = None
    data_length: Annotated[int, Meta(ge=0)] | None = None
    payload_length: Annotated[int, Meta(ge=0)] | None = None


def following(header: bytes) -> int:
    """Return how many bytes follow a header, 0 where it is none: `read` says why."""
    try:
        found = _header(header)
    except Invalid:
        return 0
    return (found.data_length or 0) + (found.payload_length or 0)


def read(frame: bytes) -> Event:
    """Read an event: a header and what follows it. Raises: Invalid; Unreadable where it isn't whole or too long."""
    line, _, rest = frame.partition(b"\n")
    header = _header(frame[: len(line) + 1])
    size = header.data_length or 0
    if len(rest) < size + (header.payload_length or 0):
        raise _incomplete()
    more = parse(rest[:size]) if size else {}
    if not isinstance(more, dict):
        raise Invalid("data is an object")
    return Event(header.type, {**(header.data or {}), **more}, rest[size:])


def _header(line: bytes) -> _Header:
    if len(line) > MOST_HEADER:
        raise Unreadable("too_large", f"a header of more than {MOST_HEADER} bytes")
    if not line.endswith(b"\n"):
        raise _incomplete()
    header: _Header = convert(parse(line), _Header)
    if (header.data_length or 0) > _MOST_DATA:
        raise Unreadable("too_large", f"data_length = {header.data_length}: at most {_MOST_DATA}")
    if (header.payload_length or 0) > _MOST_PAYLOAD:
        raise Unreadable("too_large", f"payload_length = {header.payload_length}: at most {_MOST_PAYLOAD}")
    return header


def _incomplete() -> Unreadable:
    return Unreadable("incomplete", "the rest of an event didn't come in time")


def write(kind: str, **data: object) -> str:
    """Write an event as the package does: all data after the header."""
    if not data:
        return f'{{"type":"{kind}"}}\n'
    text = msgspec.json.encode(data)
    return f'{{"type":"{kind}","data_length":{len(text)}}}\n{text.decode()}'


# ---------------------------------------------------------------- data of a client's events

_Milliseconds = Annotated[float, Meta(ge=-(2**53), le=2**53)]


class Sound(msgspec.Struct, frozen=True):
    """Data of `audio-start` and `audio-chunk`."""

    rate: Annotated[int, Meta(ge=8000, le=48_000)]
    width: Literal[1, 2, 4]
    """Bytes of a sample: whole numbers, those of one byte without a sign."""
    channels: Literal[1, 2]
    timestamp: _Milliseconds | None = None


class Transcribe(msgspec.Struct, frozen=True):
    """Data of `transcribe`."""

    name: Annotated[str, Meta(max_length=200)] | None = None
    language: LanguageOrNone | None = None
    context: dict[str, Any] | None = None
    vad_sensitivity: str | None = None
    transcript_names: tuple[str, ...] | None = None
    transcript_terms: tuple[str, ...] | None = None


class Ping(msgspec.Struct, frozen=True):
    """Data of `ping`."""

    text: str | None = None


def understood(event: Event) -> Sound | Transcribe | Ping | None:
    """Return the data of a client's event that has some. Raises: Invalid naming the event and the field."""
    kind = _DATA.get(event.type)
    if kind is None:
        return None
    try:
        found: Sound | Transcribe | Ping = convert(event.data, kind)
    except Invalid as error:
        allowed = _ALLOWED if kind is Sound else ""
        raise Invalid(f"{event.type}: {error}{allowed}", error.field) from None
    return found


_ALLOWED = "; send rates of 8000 to 48000 Hz, samples 1, 2 or 4 bytes wide, 1 or 2 channels"

_DATA = {"audio-start": Sound, "audio-chunk": Sound, "transcribe": Transcribe, "ping": Ping}
