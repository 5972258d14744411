"""Rows of `agent_logs`."""

from __future__ import annotations

from dataclasses import dataclass

from storage.jsontext import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAgentLog:
    """What an agent did for a conversation."""

    conversation_id: int
    agent_name: str
    message_id: int | None = None
    action: str | None = None
    input_data: Json | None = None
    output_data: Json | None = None
    processing_time: float | None = None
    """Seconds."""
    success: bool | None = None
    error: str | None = None
    confidence_score: float | None = None
    """The agent's own confidence, 0 to 1."""
    accuracy_score: float | None = None
    """How right it was when checked, 0 to 1."""
    training_quality: float | None = None
    """How fit it is to train on, 0 to 1."""
    created_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLog:
    """A row of `agent_logs`."""

    id: int
    uid: str | None
    conversation_id: int | None
    message_id: int | None
    agent_name: str
    action: str | None
    input_data: str | None
    output_data: str | None
    processing_time: float | None
    success: bool | None
    error: str | None
    created_at: str
    confidence_score: float | None
    accuracy_score: float | None
    training_quality: float | None
