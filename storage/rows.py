"""What goes into the tables and what comes out of them; field names are column names.

`New…` values are what callers give; `door` checks them. JSON columns take JSON text, already encoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Json = str | bytes
"""JSON text."""

ROLES = ("user", "assistant", "system")
TIERS = ("short_term", "medium_term", "long_term")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """An utterance's sound."""

    pcm: bytes = field(repr=False)
    """Mono int16 little-endian at 16 kHz."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How much an erasure took away."""

    conversations: int = 0
    messages: int = 0
    memories: int = 0
    agent_logs: int = 0
    recordings: int = 0
