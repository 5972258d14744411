"""Everything that a session is told: by its client, and by the connection. Frozen values, compared with ==; no I/O.

A wire turns messages into `ClientEvent`s; the connection adds what happens to it and what it has carried out.
Times are samples on the audio clock, see `audio.values`.
"""

from __future__ import annotations

from dataclasses import dataclass

from audio.recognizers.base import RecognizerInfo
from audio.values import AudioChunk, AudioFormat
from server.bodies import AgentLog, Feedback, Memory, Message

# ---------------------------------------------------------------- from the client


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The client opens its session and says what it wants; None means the server's own setting."""

    format: AudioFormat = AudioFormat()
    each_channel: bool = False
    """Hear every channel on its own, instead of all as one."""
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
    activity: bool = False
    """Tell the live voice without its pitch: a wire needs the clock of what was heard, for next to nothing."""
    pre_roll_ms: int | None = None
    stall_ms: int | None = None
    """Wall time without audio that ends an utterance, where that isn't the silence window's length."""
    empty_finals: bool = False
    """Tell finals without words, too: a wire must know where every utterance ended."""
    record: bool | None = None
    training: bool | None = None
    memories: bool = False
    """Whether finals should come with what is remembered of the user."""
    metadata: bytes | None = None
    """A JSON object."""
    ignored: tuple[str, ...] = ()
    """What the client asked for that isn't done: said once in the log."""

    @property
    def apart(self) -> bool:
        """Whether there are channels to hear on their own."""
        return self.each_channel and self.format.channels > 1


@dataclass(frozen=True, slots=True)
class Resume:
    """The client comes back to a session whose line it lost."""

    session_id: str
    resume_token: str
    after_utterance: int | None = None
    """The last utterance whose final it has; None where it doesn't say."""


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
class Discard:
    """Forget the open utterance as if it had never been said."""


@dataclass(frozen=True, slots=True)
class Tune:
    """End utterances by another silence and begin them with another pre-roll, from now on."""

    silence_ms: int
    pre_roll_ms: int


@dataclass(frozen=True, slots=True)
class Stop:
    """No more audio: end everything and close."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there?"""


@dataclass(frozen=True, slots=True)
class Aside:
    """A message that only the wire has to do with: `text` is sent once everything before it is done."""

    text: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """The client said something that a wire can't accept."""

    code: str
    message: str
    close_code: int | None = None
    """Set where the connection can't go on."""


ClientEvent = (
    Start
    | Resume
    | Audio
    | Answer
    | Finalize
    | Discard
    | Tune
    | Stop
    | Message
    | Feedback
    | Memory
    | AgentLog
    | Ping
    | Aside
    | Mistake
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
    began: str = ""
    """When the conversation did, ISO 8601 in UTC."""


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
class Returned:
    """The client is back on another line."""

    resume: Resume


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The client has not come back in time."""


@dataclass(frozen=True, slots=True)
class Dismissed:
    """The server ends the session: time-out, shutdown, or a fault of ours."""

    code: str
    message: str
    close_code: int


Circumstance = Stalled | Gone | Returned | Abandoned | Dismissed
