"""Rows of `memories`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TIERS = ("short_term", "medium_term", "long_term")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMemory:
    """Something worth remembering about a user."""

    user_id: str
    content: str
    tier: str = "short_term"
    importance: float = 0.5
    """0 to 1."""
    conversation_id: int | None = None
    """Where it was learnt: it is exported with that conversation, and erased with it."""
    context: str | None = None
    tags: Sequence[str] = ()
    """Without commas: they are what parts the tags in the row."""
    emotion_at_creation: str | None = None
    related_memories: Sequence[int] = ()
    """Ids of the same user's memories."""
    training_relevance: float | None = None
    """0 to 1."""
    verified: bool = False
    """Whether a person has checked it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A row of `memories`."""

    id: int
    uid: str | None
    user_id: str
    conversation_id: int | None
    tier: str
    content: str
    importance: float
    created_at: str
    last_accessed: str | None
    context: str | None
    tags: str | None
    """Comma-separated."""
    emotion_at_creation: str | None
    related_memories: str | None
    """A JSON array of ids."""
    access_count: int
    training_relevance: float | None
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMemory:
    """A memory that is on disk."""

    memory_id: int
    existed: bool
    """True when the user had it already: the two were merged."""
