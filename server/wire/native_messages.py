"""The JSON that a native client sends, as types: what they don't allow is refused with the field's name."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from audio.values import Encoding
from server import bodies
from server.bodies import Id, Language, Name


class _Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """What all messages share; msgspec hands the options down."""


class Start(_Message, frozen=True, kw_only=True, tag="start"):
    sample_rate: Annotated[int, Meta(ge=8000, le=48_000)] = 16_000
    encoding: Encoding = Encoding.PCM_S16LE
    channels: Literal[1, 2] = 1
    user_id: Name | None = None
    conversation_id: Id | None = None
    platform: Name = "native"
    language: Language | None = None
    phrases: Annotated[tuple[Name, ...], Meta(max_length=1000)] = ()
    silence_ms: Annotated[int, Meta(ge=200, le=5000)] | None = None
    max_utterance_s: Annotated[float, Meta(ge=2, le=120)] | None = None
    partials: bool = True
    words: bool = False
    voice_events: bool = False
    record: bool | None = None
    training: bool | None = None
    memories: bool = False
    metadata: dict[str, Any] | None = None


class Resume(_Message, frozen=True, kw_only=True, tag="resume"):
    session_id: Name
    resume_token: Name
    after_utterance: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None


class Finalize(_Message, frozen=True, kw_only=True, tag="finalize"):
    pass


class Message(bodies.Message, frozen=True, kw_only=True, tag_field="type", tag="message"):
    pass


class Feedback(bodies.Feedback, frozen=True, kw_only=True, tag_field="type", tag="feedback"):
    pass


class Memory(bodies.Memory, frozen=True, kw_only=True, tag_field="type", tag="memory"):
    pass


class AgentLog(bodies.AgentLog, frozen=True, kw_only=True, tag_field="type", tag="agent_log"):
    pass


class Ping(_Message, frozen=True, kw_only=True, tag="ping"):
    pass


class Stop(_Message, frozen=True, kw_only=True, tag="stop"):
    pass


ClientMessage = Start | Resume | Finalize | Message | Feedback | Memory | AgentLog | Ping | Stop
