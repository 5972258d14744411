"""What an export reads, as named tuples: a million dataclasses would cost more than all the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Head(NamedTuple):
    """The conversation's own columns."""

    id: int
    session_id: str
    user_id: str | None
    platform: str | None
    model_used: str | None
    language: str | None
    metadata: str | None
    started_at: str
    ended_at: str | None
    total_messages: int
    avg_response_time: float | None
    avg_emotion_score: float | None
    conversation_quality: float | None
    user_satisfaction: float | None
    topics_discussed: str | None
    topics_source: str | None
    training_consent: int | None
    revision: int


class Turn(NamedTuple):
    """A message's columns: first what readers of the row need, then, from `role` on, what an export shows."""

    conversation_id: int
    seq: int
    training_flag: int | None
    quality_version: int | None
    """None in rows that the store did not write: their JSON is not known to be compact, or to be JSON."""
    audio_path: str | None
    audio_sha256: str | None
    audio_ms: int | None
    role: str
    content: str
    emotion: str | None
    emotion_confidence: float | None
    voice_pitch: float | None
    voice_emotion: str | None
    audio_quality: float | None
    processing_time: float | None
    agent_outputs: str | None
    memory_context: str | None
    quality_score: float | None
    user_feedback: float | None
    id: int
    uid: str | None
    created_at: str
    start_ms: int | None
    end_ms: int | None
    confidence: float | None
    words: str | None
    voice: str | None
    interrupted: int


_SAID = {
    "conversation_id",
    "seq",
    "training_flag",
    "role",
    "content",
    "id",
    # what messages are chosen by
    "emotion",
    "voice_pitch",
    "voice_emotion",
    "quality_score",
}
TALK = tuple(name if name in _SAID else f"NULL AS {name}" for name in Turn._fields)


class Remembered(NamedTuple):
    """A memory's columns."""

    conversation_id: int
    uid: str | None
    """None in rows that the store did not write."""
    id: int
    tier: str
    content: str
    importance: float
    context: str | None
    tags: str | None
    emotion_at_creation: str | None
    related_memories: str | None
    access_count: int
    training_relevance: float | None
    verified: int
    created_at: str


class Logged(NamedTuple):
    """An agent log's columns."""

    conversation_id: int
    uid: str | None
    """None in rows that the store did not write."""
    id: int
    message_id: int | None
    agent_name: str
    action: str | None
    input_data: str | None
    output_data: str | None
    processing_time: float | None
    success: int | None
    error: str | None
    confidence_score: float | None
    accuracy_score: float | None
    training_quality: float | None
    created_at: str


@dataclass(slots=True)
class Dialogue:
    """A conversation as an export sees it."""

    head: Head
    turns: list[Turn]
    """What may be learnt from."""
    context: list[Turn]
    """All of `turns`, and between them answers that may be shown but not learnt from."""
    memories: list[Remembered]
    agent_logs: list[Logged]
    embeddings: dict[int, bytes]
    """Message id to float32 values, where asked for."""
