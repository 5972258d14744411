"""Everything that can be said to a session and by it. Frozen values, compared with ==; no I/O.

A wire turns messages into `ClientEvent`s and `ServerEvent`s into messages; the connection adds what happens to
it. Times are samples on the audio clock, see `audio.values`.
"""

from __future__ import annotations

from dataclasses import dataclass

from audio.recognizers.base import RecognizerInfo
from audio.values import (
    AudioChunk,
    AudioFormat,
    Final,
    Partial,
    SpeechStarted,
    VoiceActivity,
    VoiceWarning,
)

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


ClientEvent = Start | Audio | Answer | Finalize | Stop | Message | Feedback | Ping | Mistake

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
    """A message is committed."""

    message_id: int
    uid: str


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

# ---------------------------------------------------------------- to the client


@dataclass(frozen=True, slots=True)
class Ready:
    """The session is open."""

    opened: Opened
    received: int = 0


@dataclass(frozen=True, slots=True)
class Ack:
    """Everything before this many samples at the client's rate is safe with the server."""

    received: int


@dataclass(frozen=True, slots=True)
class Answered:
    """The place of a lock-step wire's one reply."""

    final: bool


@dataclass(frozen=True, slots=True)
class Transcript:
    """A final, committed where it has words."""

    final: Final
    receipt: Receipt | None
    latency_ms: int
    """From the arrival of the audio that ended the utterance to this reply."""


@dataclass(frozen=True, slots=True)
class MessageSaved:
    """The client's own message is committed."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class FeedbackSaved:
    """The rating is committed."""

    feedback: Feedback


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something went wrong; the session goes on unless `fatal`."""

    code: str
    message: str
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Pong:
    """I am here."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The session is over; everything it heard is kept."""

    received: int
    utterances: int
    duration: int
    """Samples at `audio.values.RATE`."""


ServerEvent = (
    Ready
    | Ack
    | Answered
    | SpeechStarted
    | VoiceActivity
    | Partial
    | Transcript
    | MessageSaved
    | FeedbackSaved
    | VoiceWarning
    | Trouble
    | Pong
    | Stopped
)
