"""Everything that a session tells its client. Frozen values; a wire turns them into messages.

What the pipeline heard is told as it is: `SpeechStarted`, `VoiceActivity`, `Partial` and `VoiceWarning`.
"""

from __future__ import annotations

from dataclasses import dataclass

from audio.values import Final, Partial, SpeechStarted, VoiceActivity, VoiceWarning
from server.bodies import Feedback
from server.events import Aside, Opened, Receipt, Remembered


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
    memories: tuple[Remembered, ...] | None = None
    """What is remembered of the user, where it was asked for."""


@dataclass(frozen=True, slots=True)
class MessageSaved:
    """The client's own message is committed."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class MemorySaved:
    """The memory is committed."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class AgentLogSaved:
    """The agent log is committed."""

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
    | MemorySaved
    | AgentLogSaved
    | FeedbackSaved
    | VoiceWarning
    | Trouble
    | Pong
    | Aside
    | Stopped
)
