"""What clients say about conversations, as checked values: the same on the native wire and in HTTP bodies."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(min_length=1, max_length=10_000)]
Unit = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0)]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Role = Literal["user", "assistant", "system"]
Uid = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}$", description="1 to 64 letters, digits, dots, colons, _ or -")
]

_TAG = "[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*"
_LANGUAGE = "a language tag such as en, de-DE or pt_BR"
Language = Annotated[str, Meta(pattern=f"^{_TAG}$", description=_LANGUAGE)]
LanguageOrNone = Annotated[str, Meta(pattern=f"^({_TAG})?$", description=f"{_LANGUAGE}, or nothing")]
"""Some clients send empty text where they don't mean any."""
Embedding = Annotated[tuple[float, ...], Meta(min_length=1, max_length=8192)]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all bodies share; msgspec hands the options down."""


class Message(Body, frozen=True, kw_only=True):
    """A turn of the conversation that wasn't spoken: the assistant's reply, a typed question."""

    role: Role
    content: Annotated[str, Meta(min_length=1)]
    uid: Uid | None = None
    emotion: Name | None = None
    emotion_confidence: Unit | None = None
    processing_time: Seconds | None = None
    agent_outputs: Any = None
    memory_context: Any = None
    context_embedding: Embedding | None = None
    embedding_model: Name | None = None
    training: bool | None = None


class Feedback(Body, frozen=True, kw_only=True):
    """The user's rating of a message."""

    message_id: Id
    rating: Annotated[float, Meta(ge=1, le=5)]


class Memory(Body, frozen=True, kw_only=True):
    """Something worth remembering about a user."""

    content: Text
    tier: Literal["short_term", "medium_term", "long_term"] = "short_term"
    importance: Unit = 0.5
    context: Text | None = None
    tags: Annotated[tuple[Name, ...], Meta(max_length=50)] = ()
    emotion_at_creation: Name | None = None
    related_memories: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    training_relevance: Unit | None = None
    verified: bool = False


class AgentLog(Body, frozen=True, kw_only=True):
    """What an agent did for a conversation."""

    agent_name: Name
    message_id: Id | None = None
    action: Name | None = None
    input_data: Any = None
    output_data: Any = None
    processing_time: Seconds | None = None
    success: bool | None = None
    error: Text | None = None
    confidence_score: Unit | None = None
    accuracy_score: Unit | None = None
    training_quality: Unit | None = None
