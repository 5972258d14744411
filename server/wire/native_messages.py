"""The JSON that a native client sends, as types: what they don't allow is refused with the field's name."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from audio.values import Encoding

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(min_length=1, max_length=10_000)]
Unit = Annotated[float, Meta(ge=0, le=1)]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class _Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """What all messages share; msgspec hands the options down."""


class Start(_Message, frozen=True, kw_only=True, tag="start"):
    sample_rate: Annotated[int, Meta(ge=8000, le=48_000)] = 16_000
    encoding: Encoding = Encoding.PCM_S16LE
    channels: Literal[1, 2] = 1
    user_id: Name | None = None
    conversation_id: Id | None = None
    platform: Name = "native"
    language: Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")] | None = None
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


class Finalize(_Message, frozen=True, kw_only=True, tag="finalize"):
    pass


class Message(_Message, frozen=True, kw_only=True, tag="message"):
    role: Literal["user", "assistant", "system"]
    content: Annotated[str, Meta(min_length=1)]
    uid: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}$")] | None = None
    emotion: Name | None = None
    emotion_confidence: Unit | None = None
    processing_time: Annotated[float, Meta(ge=0)] | None = None
    agent_outputs: Any = None
    memory_context: Any = None
    context_embedding: Annotated[tuple[float, ...], Meta(min_length=1, max_length=8192)] | None = None


class Feedback(_Message, frozen=True, kw_only=True, tag="feedback"):
    message_id: Id
    rating: Annotated[float, Meta(ge=1, le=5)]


class Memory(_Message, frozen=True, kw_only=True, tag="memory"):
    content: Text
    tier: Literal["short_term", "medium_term", "long_term"] = "short_term"
    importance: Unit = 0.5
    context: Text | None = None
    tags: Annotated[tuple[Name, ...], Meta(max_length=50)] = ()
    emotion_at_creation: Name | None = None
    related_memories: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    training_relevance: Unit | None = None
    verified: bool = False


class AgentLog(_Message, frozen=True, kw_only=True, tag="agent_log"):
    agent_name: Name
    message_id: Id | None = None
    action: Name | None = None
    input_data: Any = None
    output_data: Any = None
    processing_time: Annotated[float, Meta(ge=0)] | None = None
    success: bool | None = None
    error: Text | None = None
    confidence_score: Unit | None = None
    accuracy_score: Unit | None = None
    training_quality: Unit | None = None


class Ping(_Message, frozen=True, kw_only=True, tag="ping"):
    pass


class Stop(_Message, frozen=True, kw_only=True, tag="stop"):
    pass


ClientMessage = Start | Finalize | Message | Feedback | Memory | AgentLog | Ping | Stop
