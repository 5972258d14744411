"""Rows of `messages`, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from storage.jsontext import Json

ROLES = ("user", "assistant", "system")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """An utterance's sound."""

    pcm: bytes = field(repr=False)
    """Mono int16 little-endian at 16 kHz."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A turn about to be kept."""

    conversation_id: int
    role: str
    content: str
    uid: str | None = None
    """The public id, a UUIDv7 unless given. Within a conversation a repeated uid is the same message."""
    emotion: str | None = None
    emotion_confidence: float | None = None
    processing_time: float | None = None
    """Seconds."""
    agent_outputs: Json | None = None
    memory_context: Json | None = None
    context_embedding: str | Sequence[float] | None = None
    """Numbers, or a JSON array of them."""
    embedding_model: str | None = None
    voice_pitch: float | None = None
    """Hertz, median of the voiced frames; None where unvoiced."""
    voice_emotion: str | None = None
    audio_quality: float | None = None
    """0 to 1."""
    start_ms: int | None = None
    end_ms: int | None = None
    confidence: float | None = None
    """Mean word confidence, 0 to 1."""
    words: Json | None = None
    voice: Json | None = None
    """The other voice annotations: pitch range, noise, every emotion's score."""
    reason: str | None = None
    """Why the utterance ended."""
    interrupted: bool = False
    """Whether the turn was cut short; `content` is what was really said."""
    training: bool | None = None
    """Whether the turn may be exported; what the conversation's consent says unless given."""
    audio: Recording | None = None
    created_at: str | None = None
    """Now, unless given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A message that is on disk."""

    message_id: int
    uid: str
    conversation_id: int
    seq: int
    """1 for the conversation's first; never used twice."""
    quality_score: float | None
    existed: bool
    """True when the uid had been kept before: nothing new was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A row of `messages`; JSON columns as text."""

    id: int
    conversation_id: int
    seq: int | None
    uid: str | None
    role: str
    content: str
    emotion: str | None
    emotion_confidence: float | None
    processing_time: float | None
    created_at: str
    agent_outputs: str | None
    memory_context: str | None
    user_feedback: float | None
    quality_score: float | None
    quality_version: int | None
    training_flag: bool | None
    voice_pitch: float | None
    voice_emotion: str | None
    audio_quality: float | None
    start_ms: int | None
    end_ms: int | None
    confidence: float | None
    words: str | None
    voice: str | None
    reason: str | None
    interrupted: bool
    audio_path: str | None
    audio_sha256: str | None
    audio_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChange:
    """What to change in a message; None leaves a field as it is."""

    content: str | None = None
    emotion: str | None = None
    emotion_confidence: float | None = None
    training: bool | None = None
