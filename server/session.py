"""A session's decisions: events in, commands out. No I/O, no clock: whatever happens is told by the connection.

    NEW ──Start──▶ OPENING ──opened──▶ LIVE ──Stop, Dismissed, fatal mistake──▶ OVER
                                      │  ▲                                    ▲
                                     Gone Returned                            │
                                      ▼  │                                    │
                                     ADRIFT ──Abandoned, Dismissed────────────┘

What a client is told of what was heard is decided in `telling`, what it is told of its audio in `tally`.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import assert_never

from audio.values import AudioFormat, Final, Reason, SpeechEvent, VoiceWarning
from server import events, replies
from server.bodies import AgentLog, Feedback, Memory, Message
from server.commands import (
    Align,
    Close,
    Command,
    Drop,
    End,
    Feed,
    Flush,
    HandOver,
    Open,
    Rate,
    Reply,
    Save,
    Saveable,
)
from server.tally import Tally
from server.telling import Telling, kept

NORMAL, PROTOCOL_ERROR = 1000, 1002
"""WebSocket close codes, RFC 6455 section 7.4.1."""


class State(Enum):
    """Where a session stands."""

    NEW = auto()
    OPENING = auto()
    LIVE = auto()
    ADRIFT = auto()
    """Without a line; the client may come back."""
    OVER = auto()


class Session:
    """Decides what one client's session does next."""

    def __init__(self, *, resumable: bool = False, ack_every_s: float = 0.5) -> None:
        """Acknowledge at most every `ack_every_s` seconds of audio; `resumable` if a lost line isn't the end."""
        self.state = State.NEW
        self._resumable = resumable
        self._start: events.Start | None = None
        self._opened: events.Opened | None = None
        self._ack_every_s = ack_every_s
        self._tally = Tally(AudioFormat(), ack_every_s=ack_every_s)
        self._telling: Telling | None = None

    @property
    def received(self) -> int:
        """Samples received at the client's own rate."""
        return self._tally.received

    def client(self, event: events.ClientEvent) -> list[Command]:
        """Decide what to do about a client's event."""
        if self.state is State.OVER:
            return []
        match event:
            case events.Mistake():
                return self._mistake(event)
            case events.Ping():
                return [Reply(replies.Pong())]
            case events.Aside():
                return [Reply(event)]
            case events.Start():
                return self._open(event)
            case events.Resume():
                return self._resume(event)
            case _ if self.state is not State.LIVE:
                return self._mistake(
                    events.Mistake("not_started", "send a start message first", PROTOCOL_ERROR)
                )
            case events.Audio(chunk):
                self._tally.receive(len(chunk.data))
                return [Feed(chunk), *self._ack()]
            case events.Answer(final):
                return [Reply(replies.Answered(final))]
            case events.Finalize():
                return [Flush(Reason.FINALIZE), *self._ack(now=True)]
            case events.Discard():
                return [Drop()]
            case Message() | AgentLog():
                return [Save(event)]
            case Memory():
                return self._remember(event)
            case Feedback():
                return [Rate(event)]
            case events.Stop():
                return self._stop(NORMAL, "stopped")
            case _:
                assert_never(event)

    def circumstance(self, event: events.Circumstance) -> list[Command]:
        """Decide what to do about something that happened to the connection."""
        if self.state is State.OVER:
            return []
        match event:
            case events.Stalled():
                if self.state is not State.LIVE:
                    return []
                return [Flush(Reason.STALLED), *self._ack(now=True)]
            case events.Gone() if self.state is State.LIVE and self._resumable:
                self.state = State.ADRIFT
                return []
            case events.Gone() | events.Abandoned():
                began, self.state = self._began, State.OVER
                return [Flush(Reason.DISCONNECT, last=True), End()] if began else []
            case events.Returned(after):
                return self._return(after)
            case events.Dismissed(code, message, close_code):
                return self._break_off(code, message, close_code)
            case _:
                assert_never(event)

    def _open(self, start: events.Start) -> list[Command]:
        if self.state is not State.NEW:
            return self._mistake(
                events.Mistake("already_started", "this session has started; connect anew for another")
            )
        self.state, self._start = State.OPENING, start
        self._tally = Tally(start.format, ack_every_s=self._ack_every_s)
        self._telling = Telling(start)
        return [Open(start)]

    @property
    def _began(self) -> bool:
        return self.state in (State.LIVE, State.ADRIFT)

    def _resume(self, resume: events.Resume) -> list[Command]:
        if self.state is not State.NEW:
            return self._mistake(events.Mistake("already_started", "resume must be the first message"))
        return [HandOver(resume)]

    def _return(self, after: int | None) -> list[Command]:
        """Go on where the lost line broke off: what the client must send again, and the finals that it missed."""
        assert self._opened
        assert self._telling
        self.state = State.LIVE
        self._tally.align()
        return [
            Align(),
            Reply(replies.Ready(self._opened, self.received)),
            *(Reply(transcript) for transcript in self._telling.missed(after)),
        ]

    def _remember(self, note: Memory) -> list[Command]:
        assert self._start
        if self._start.user_id is None:
            return self._mistake(
                events.Mistake("invalid", "a memory belongs to somebody: give user_id in start")
            )
        return [Save(note, self._start.user_id)]

    def _ack(self, *, now: bool = False) -> list[Command]:
        due = self._tally.ack(now=now)
        return [Reply(due)] if due else []

    def _mistake(self, mistake: events.Mistake) -> list[Command]:
        if mistake.close_code is None:
            return [Reply(replies.Trouble(mistake.code, mistake.message))]
        return self._break_off(mistake.code, mistake.message, mistake.close_code)

    def _break_off(self, code: str, message: str, close_code: int) -> list[Command]:
        trouble = Reply(replies.Trouble(code, message, fatal=True))
        if self._began:
            return [trouble, *self._stop(close_code, message)]
        self.state = State.OVER
        return [trouble, Close(close_code, message)]

    def _stop(self, close_code: int, why: str) -> list[Command]:
        self.state = State.OVER
        return [Flush(Reason.STOP, last=True), End(), Close(close_code, why)]

    def opened(self, opened: events.Opened) -> list[Command]:
        """The connection carried out `Open`."""
        self.state, self._opened = State.LIVE, opened
        warnings = [Reply(VoiceWarning("recognizer", warning)) for warning in opened.warnings]
        return [Reply(replies.Ready(opened)), *warnings]

    def refused(self, code: str, message: str) -> list[Command]:
        """The connection could not carry out `Open`."""
        self.state = State.OVER
        return [Reply(replies.Trouble(code, message, fatal=True)), Close(PROTOCOL_ERROR, message)]

    def saved(
        self,
        what: Saveable,
        receipt: events.Receipt,
        *,
        latency_ms: int = 0,
        memories: tuple[events.Remembered, ...] | None = None,
    ) -> list[Command]:
        """The connection carried out `Save`: now, and only now, the client may see it."""
        if isinstance(what, Final):
            assert self._telling
            return self._telling.transcript(what, receipt, latency_ms=latency_ms, memories=memories)
        return [Reply(kept(what, receipt))]

    def rated(self, feedback: Feedback) -> list[Command]:
        """The connection carried out `Rate`."""
        return [Reply(replies.FeedbackSaved(feedback))]

    def handed_over(self) -> None:
        """The connection carried out `HandOver`: the line is another session's now."""
        self.state = State.OVER

    def unknown(self) -> list[Command]:
        """The connection found nothing to `HandOver` the line to; the client may start anew on it."""
        message = "there is no such session to resume, or its window has passed; start anew"
        return [Reply(replies.Trouble("not_resumable", message))]

    def undelivered(self, transcript: replies.Transcript) -> None:
        """A final didn't reach the client: it is told again when the client returns."""
        assert self._telling
        self._telling.undelivered(transcript)

    def failed(self, code: str, message: str) -> list[Command]:
        """The connection could not carry out `Save` or `Rate`."""
        return [Reply(replies.Trouble(code, message))]

    def ended(self, duration: int) -> list[Command]:
        """The connection carried out `End` after `duration` samples of audio."""
        assert self._telling
        stopped = replies.Stopped(self.received, self._telling.utterances, duration)
        return [*self._ack(now=True), Reply(stopped)]

    def speech(self, event: SpeechEvent, *, latency_ms: int = 0) -> list[Command]:
        """The pipeline heard something, in carrying out `Feed` or `Flush`."""
        assert self._telling
        return self._telling.speech(event, latency_ms=latency_ms)
