"""A session's decisions: events in, commands out. No I/O, no clock: whatever happens is told by the connection.

    NEW ──Start──▶ OPENING ──opened──▶ LIVE ──Stop, Gone, Dismissed, fatal mistake──▶ OVER

Two rules live here and nowhere else. *Save precedes reply*: a final with words leaves only through `saved`, so
no client sees a transcript that a crash could take back. *Every partial gets exactly one final*: a final without
words isn't kept, but it is sent where a partial was.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto
from typing import assert_never

from audio.values import (
    Final,
    Partial,
    Reason,
    SpeechEvent,
    SpeechStarted,
    VoiceActivity,
    VoiceWarning,
)
from server import replies
from server.bodies import AgentLog, Feedback, Memory, Message
from server.commands import Close, Command, End, Feed, Flush, Open, Rate, Reply, Save, Saveable
from server.events import (
    Answer,
    Audio,
    Circumstance,
    ClientEvent,
    Dismissed,
    Finalize,
    Gone,
    Mistake,
    Opened,
    Ping,
    Receipt,
    Remembered,
    Stalled,
    Start,
    Stop,
)

NORMAL, PROTOCOL_ERROR = 1000, 1002
"""WebSocket close codes, RFC 6455 section 7.4.1."""


class State(Enum):
    """Where a session stands."""

    NEW = auto()
    OPENING = auto()
    LIVE = auto()
    OVER = auto()


class Session:
    """Decides what one client's session does next."""

    def __init__(self, *, ack_every_s: float = 0.5) -> None:
        """Acknowledge at most every `ack_every_s` seconds of audio."""
        self.state = State.NEW
        self._start: Start | None = None
        self._ack_every_s = ack_every_s
        self._bytes = 0
        self._acked = 0
        self._utterances = 0
        self._promised: int | None = None  # the utterance whose partial went out

    @property
    def received(self) -> int:
        """Samples received at the client's own rate."""
        return self._bytes // self._start.format.stride if self._start else 0

    # ------------------------------------------------------------ what the client says

    def client(self, event: ClientEvent) -> list[Command]:
        """Decide what to do about a client's event."""
        if self.state is State.OVER:
            return []
        match event:
            case Mistake():
                return self._mistake(event)
            case Ping():
                return [Reply(replies.Pong())]
            case Start():
                return self._open(event)
            case _ if self.state is not State.LIVE:
                return self._mistake(Mistake("not_started", "send a start message first", PROTOCOL_ERROR))
            case Audio(chunk):
                self._bytes += len(chunk.data)
                return [Feed(chunk), *self._ack()]
            case Answer(final):
                return [Reply(replies.Answered(final))]
            case Finalize():
                return [Flush(Reason.FINALIZE), *self._ack(now=True)]
            case Message() | AgentLog():
                return [Save(event)]
            case Memory():
                return self._remember(event)
            case Feedback():
                return [Rate(event)]
            case Stop():
                return self._stop(NORMAL, "stopped")
            case _:
                assert_never(event)

    def circumstance(self, event: Circumstance) -> list[Command]:
        """Decide what to do about something that happened to the connection."""
        if self.state is State.OVER:
            return []
        match event:
            case Stalled():
                if self.state is not State.LIVE:
                    return []
                return [Flush(Reason.STALLED), *self._ack(now=True)]
            case Gone():
                live, self.state = self.state is State.LIVE, State.OVER
                return [Flush(Reason.DISCONNECT, last=True), End()] if live else []
            case Dismissed(code, message, close_code):
                return self._break_off(code, message, close_code)
            case _:
                assert_never(event)

    def _open(self, start: Start) -> list[Command]:
        if self.state is not State.NEW:
            return self._mistake(
                Mistake("already_started", "this session has started; connect anew for another")
            )
        self.state, self._start = State.OPENING, start
        return [Open(start)]

    def _remember(self, note: Memory) -> list[Command]:
        assert self._start
        if self._start.user_id is None:
            return self._mistake(Mistake("invalid", "a memory belongs to somebody: give user_id in start"))
        return [Save(note, self._start.user_id)]

    def _ack(self, *, now: bool = False) -> list[Command]:
        assert self._start
        due = self._acked + self._ack_every_s * self._start.format.sample_rate
        if self.received == self._acked or (self.received < due and not now):
            return []
        self._acked = self.received
        return [Reply(replies.Ack(self.received))]

    def _mistake(self, mistake: Mistake) -> list[Command]:
        if mistake.close_code is None:
            return [Reply(replies.Trouble(mistake.code, mistake.message))]
        return self._break_off(mistake.code, mistake.message, mistake.close_code)

    def _break_off(self, code: str, message: str, close_code: int) -> list[Command]:
        trouble = Reply(replies.Trouble(code, message, fatal=True))
        if self.state is State.LIVE:
            return [trouble, *self._stop(close_code, message)]
        self.state = State.OVER
        return [trouble, Close(close_code, message)]

    def _stop(self, close_code: int, why: str) -> list[Command]:
        self.state = State.OVER
        return [Flush(Reason.STOP, last=True), End(), Close(close_code, why)]

    # ------------------------------------------------------------ what was done

    def opened(self, opened: Opened) -> list[Command]:
        """The connection carried out `Open`."""
        self.state = State.LIVE
        warnings = [Reply(VoiceWarning("recognizer", warning)) for warning in opened.warnings]
        return [Reply(replies.Ready(opened)), *warnings]

    def refused(self, code: str, message: str) -> list[Command]:
        """The connection could not carry out `Open`."""
        self.state = State.OVER
        return [Reply(replies.Trouble(code, message, fatal=True)), Close(PROTOCOL_ERROR, message)]

    def saved(
        self,
        what: Saveable,
        receipt: Receipt,
        *,
        latency_ms: int = 0,
        memories: tuple[Remembered, ...] | None = None,
    ) -> list[Command]:
        """The connection carried out `Save`: now, and only now, the client may see it."""
        match what:
            case Final():
                return [Reply(replies.Transcript(self._trimmed(what), receipt, latency_ms, memories))]
            case Message():
                return [Reply(replies.MessageSaved(receipt))]
            case Memory():
                return [Reply(replies.MemorySaved(receipt))]
            case AgentLog():
                return [Reply(replies.AgentLogSaved(receipt))]
            case _:
                assert_never(what)

    def rated(self, feedback: Feedback) -> list[Command]:
        """The connection carried out `Rate`."""
        return [Reply(replies.FeedbackSaved(feedback))]

    def failed(self, code: str, message: str) -> list[Command]:
        """The connection could not carry out `Save` or `Rate`."""
        return [Reply(replies.Trouble(code, message))]

    def ended(self, duration: int) -> list[Command]:
        """The connection carried out `End` after `duration` samples of audio."""
        return [*self._ack(now=True), Reply(replies.Stopped(self.received, self._utterances, duration))]

    # ------------------------------------------------------------ what was heard

    def speech(self, event: SpeechEvent, *, latency_ms: int = 0) -> list[Command]:
        """Decide what to do about something the pipeline heard."""
        assert self._start
        match event:
            case Final():
                return self._final(event, latency_ms)
            case Partial(utterance, _):
                if not self._start.partials:
                    return []
                self._promised = utterance
                return [Reply(event)]
            case SpeechStarted() | VoiceActivity() | VoiceWarning():
                return [Reply(event)]
            case _:
                assert_never(event)

    def _final(self, final: Final, latency_ms: int) -> list[Command]:
        promised, self._promised = self._promised == final.utterance, None
        if final.text:
            self._utterances += 1
            assert self._start
            return [Save(final, self._start.user_id if self._start.memories else None)]
        return [Reply(replies.Transcript(self._trimmed(final), None, latency_ms))] if promised else []

    def _trimmed(self, final: Final) -> Final:
        """Leave out what the client did not ask for; `audio` is for keeping only."""
        assert self._start
        return replace(final, audio=None, words=final.words if self._start.words else ())
