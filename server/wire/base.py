"""The port between a line and a session: what a protocol's messages mean. See `dialect` for how its clients come in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from audio.values import AudioChunk
from server.close_codes import TOO_BIG
from server.events import Audio, ClientEvent, Mistake
from server.replies import ServerEvent

_MOST_TEXT = 65_536
"""Bytes of a text message. The longest legitimate ones are a phrase list and a message with an embedding."""

_SLICE = 32_768
"""Bytes of audio per event: 1 s of 16 kHz PCM16. A client that sends a minute at once waits its turn like others."""


@dataclass(frozen=True, slots=True)
class Idle:
    """How long a protocol lets its clients be silent, and how it takes leave of those that are."""

    after_s: float
    close_code: int
    reason: str


class Wire(Protocol):
    """One protocol, for one connection: it may remember what it needs to answer in its own manner."""

    idle: Idle | None
    """Where the protocol has a rule of its own for clients that send nothing; None leaves it to the operator."""

    resumable: bool
    """Whether the protocol lets a client come back to its session on another line."""

    lockstep: bool
    """Whether clients wait for a reply to every message, so that messages mustn't be put together."""

    def greet(self) -> Sequence[ClientEvent]:
        """Say what happens before the client's first message; usually nothing."""

    def decode(self, message: str | bytes) -> Sequence[ClientEvent]:
        """Turn one message into events. Never raises: what can't be understood is a `Mistake`."""

    def encode(self, event: ServerEvent) -> Sequence[str]:
        """Turn one event into the messages that tell it; none where the protocol has no word for it."""


def json_text(message: dict[str, Any]) -> str:
    """Write a message."""
    return msgspec.json.encode(message).decode()


def too_long(text: str) -> Mistake | None:
    """Refuse a text message that no client has reason to send."""
    if len(text.encode()) <= _MOST_TEXT:
        return None
    return Mistake("too_large", f"a text message of more than {_MOST_TEXT} bytes", TOO_BIG)


def sliced(data: bytes) -> Iterator[Audio]:
    """Cut a message of audio into pieces that take turns with other sessions'."""
    for start in range(0, len(data), _SLICE):
        yield Audio(AudioChunk(data[start : start + _SLICE]))
