"""Everything that a session is told: by its client, and by the connection. Frozen values, compared with ==; no I/O.

A wire turns messages into `ClientEvent`s; the connection adds what happens to it and what it has carried out.
Times are samples on the audio clock, see `audio.values`.
"""

from __future__ import annotations

from dataclasses import dataclass

from audio.recognizers.base import RecognizerInfo
from audio.values import AudioChunk, AudioFormat

# ---------------------------------------------------------------- from the client


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The client opens its session and says what it wants; None means the server's own setting."""

    format: AudioFormat = AudioFormat()
    platform: str
    user_id: str | None = None
    conversation_id: int | None = None
    language: str | None = None
    phrases: tuple[str, ...] = ()
    alternatives: int = 0
    silence_ms: int | None = None
    max_utterance_s: float | None = None
    partials: bool = True
    words: bool = False
    voice_events: bool = False
    record: bool | None = None
    training: bool | None = None
    memories: bool = False
    """Whether finals should come with what is remembered of the user."""
    metadata: bytes | None = None
    """A JSON object."""


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound."""

    chunk: AudioChunk


@dataclass(frozen=True, slots=True)
class Answer:
    """The client waits for one reply now (lock-step wires): the words so far, or with `final` the utterance's end."""

    final: bool = False


@dataclass(frozen=True, slots=True)
class Finalize:
    """End the open utterance and go on."""


@dataclass(frozen=True, slots=True)
class Stop:
    """No more audio: end everything and close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A turn of the conversation that wasn't spoken into this session: the assistant's reply, a typed question."""

    role: str
    content: str
    uid: str | None = None
    emotion: str | None = None
    emotion_confidence: float | None = None
    processing_time: float | None = None
    """Seconds."""
    agent_outputs: bytes | None = None
    """JSON."""
    memory_context: bytes | None = None
    """JSON."""
    context_embedding: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """The user's rating of a message, 1 to 5."""

    message_id: int
    rating: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryNote:
    """Something worth remembering about the session's user."""

    content: str
    tier: str = "short_term"
    importance: float = 0.5
    context: str | None = None
    tags: tuple[str, ...] = ()
    emotion_at_creation: str | None = None
    related_memories: tuple[int, ...] = ()
    training_relevance: float | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNote:
    """What an agent did for this conversation."""

    agent_name: str
    message_id: int | None = None
    action: str | None = None
    input_data: bytes | None = None
    """JSON."""
    output_data: bytes | None = None
    """JSON."""
    processing_time: float | None = None
    """Seconds."""
    success: bool | None = None
    error: str | None = None
    confidence_score: float | None = None
    accuracy_score: float | None = None
    training_quality: float | None = None


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there?"""


@dataclass(frozen=True, slots=True)
class Mistake:
    """The client said something that a wire can't accept."""

    code: str
    message: str
    close_code: int | None = None
    """Set where the connection can't go on."""


ClientEvent = (
    Start | Audio | Answer | Finalize | Stop | Message | Feedback | MemoryNote | AgentNote | Ping | Mistake
)

# ---------------------------------------------------------------- from the connection


@dataclass(frozen=True, slots=True)
class Opened:
    """The conversation exists and the recognizer listens."""

    session_id: str
    conversation_id: int
    resume_token: str
    sample_rate: int
    silence_ms: int
    recognizer: RecognizerInfo
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was to be saved is committed."""

    id: int
    uid: str = ""
    """The public id of a message."""
    existed: bool = False
    """True where the same had been kept before."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A memory that matters now."""

    id: int
    tier: str
    content: str
    importance: float


@dataclass(frozen=True, slots=True)
class Stalled:
    """No audio for the whole silence window of wall time: a muted microphone that simply stopped sending."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The connection is lost."""


@dataclass(frozen=True, slots=True)
class Dismissed:
    """The server ends the session: time-out, shutdown, or a fault of ours."""

    code: str
    message: str
    close_code: int


Circumstance = Stalled | Gone | Dismissed
