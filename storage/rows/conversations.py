"""Rows of `conversations`."""

from __future__ import annotations

from dataclasses import dataclass

from storage.jsontext import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConversation:
    """A conversation about to begin."""

    session_id: str
    """The public id. A second conversation under the same one is the same conversation."""
    user_id: str | None = None
    platform: str | None = None
    model_used: str | None = None
    language: str | None = None
    training: bool = True
    """Whether the user lets the conversation be exported."""
    record: bool = False
    """Whether the user lets the sound be kept."""
    metadata: Json | None = None
    """A JSON object."""
    started_at: str | None = None
    """Now, unless given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A row of `conversations`, without the sums that its averages are made of."""

    id: int
    session_id: str
    user_id: str | None
    platform: str | None
    model_used: str | None
    language: str | None
    metadata: str | None
    is_active: bool
    started_at: str
    ended_at: str | None
    total_messages: int
    avg_response_time: float | None
    avg_emotion_score: float | None
    conversation_quality: float | None
    user_satisfaction: float | None
    topics_discussed: str | None
    topics_source: str | None
    training_data_exported: bool
    exported_at: str | None
    exported_through: int | None
    training_consent: bool | None
    """None in conversations older than the question."""
    recording_consent: bool | None
    revision: int
    """Grows with every change that an export would show."""
