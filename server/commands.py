"""What a session decides and the connection carries out, in order. Frozen values: a test is `==` on a list."""

from __future__ import annotations

from dataclasses import dataclass

from audio.values import AudioChunk, Final, Reason
from server.bodies import AgentLog, Feedback, Memory, Message
from server.events import Resume, Start, Tune
from server.replies import ServerEvent

Saveable = Final | Message | Memory | AgentLog


@dataclass(frozen=True, slots=True)
class Open:
    """Make the conversation, the recognizer and the pipeline; then tell the session `opened`."""

    start: Start


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give the line to the session that the client comes back to, or tell the session `unknown`."""

    resume: Resume


@dataclass(frozen=True, slots=True)
class Align:
    """Forget a sample that the lost line cut in two: the client sends it again whole."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Let the pipeline hear this; then tell the session what it said."""

    chunk: AudioChunk


@dataclass(frozen=True, slots=True)
class Secure:
    """Put on disk what was received: the next command tells the client that it is safe."""


@dataclass(frozen=True, slots=True)
class Flush:
    """End the open utterance; with `last` the stream."""

    reason: Reason
    last: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget the open utterance."""


@dataclass(frozen=True, slots=True)
class Save:
    """Commit this; then tell the session `saved`."""

    what: Saveable
    user_id: str | None = None
    """Whose memory it is, or whose memories a final should come with."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Commit this rating; then tell the session `rated`."""

    feedback: Feedback


@dataclass(frozen=True, slots=True)
class Reply:
    """Send this."""

    event: ServerEvent


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class End:
    """Mark the conversation ended and let go of everything."""


Command = Open | HandOver | Align | Feed | Secure | Flush | Drop | Tune | Save | Rate | Reply | Close | End
