"""A session's decisions: events in, commands out. No I/O, no clock: whatever happens is told by the connection.

Where a session can stand is in `state`; what a client is told of what was heard is decided in `telling`, what it is
told of its audio in `tally`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from audio.values import AudioFormat, Final, Reason, SpeechEvent, VoiceWarning
from server import commands as do
from server import events, replies
from server.bodies import AgentLog, Feedback, Memory, Message
from server.close_codes import NORMAL, PROTOCOL_ERROR
from server.state import Restored, State
from server.tally import Tally
from server.telling import Telling, kept

_NOT_STARTED = events.Mistake("not_started", "send a start message first", PROTOCOL_ERROR)


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
        self._leaving = False
        """Whether the client asked to stop."""
        self._farewell: replies.Stopped | None = None
        """What it is told once all is kept."""

    @property
    def received(self) -> int:
        """Samples received at the client's own rate."""
        return self._tally.received

    def client(self, event: events.ClientEvent) -> list[do.Command]:
        """Decide what to do about a client's event."""
        if self.state is State.OVER:
            return []
        match event:
            case events.Mistake():
                return self._mistake(event)
            case events.Ping():
                return [do.Reply(replies.Pong())]
            case events.Aside():
                return [do.Reply(event)]
            case events.Start():
                return self._open(event)
            case events.Resume():
                return self._resume(event)
            case _ if self.state is not State.LIVE:
                return self._mistake(_NOT_STARTED)
            case events.Audio(chunk):
                self._tally.receive(len(chunk.data))
                return [do.Feed(chunk), *self._ack()]
            case events.Answer(final):
                return [do.Reply(replies.Answered(final))]
            case events.Finalize():
                return [do.Flush(Reason.FINALIZE), *self._ack(now=True)]
            case events.Discard():
                return [do.Drop()]
            case events.Tune():
                return [event]
            case Message() | AgentLog():
                return [do.Save(event)]
            case Memory():
                return self._remember(event)
            case Feedback():
                return [do.Rate(event)]
            case events.Stop():
                self._leaving = True
                return self._stop(NORMAL, "stopped")
            case _:
                assert_never(event)

    def circumstance(self, event: events.Circumstance) -> list[do.Command]:
        """Decide what to do about something that happened to the connection."""
        if self.state is State.OVER:
            return []
        match event:
            case events.Stalled():
                if self.state is not State.LIVE:
                    return []
                return [do.Flush(Reason.STALLED), *self._ack(now=True)]
            case events.Gone() if self.state is State.LIVE and self._resumable:
                self.state = State.ADRIFT
                return []
            case events.Gone() if self.state is State.ADRIFT:
                return []
            case events.Abandoned() | events.Dismissed() if self._farewell:
                self.state = State.OVER
                return []
            case events.Gone() | events.Abandoned():
                began, self.state = self._began, State.OVER
                return [do.Flush(Reason.DISCONNECT, last=True), do.End()] if began else []
            case events.Returned(resume):
                return self._return(resume)
            case events.Dismissed(code, message, close_code):
                return self._break_off(code, message, close_code)
            case _:
                assert_never(event)

    def _open(self, start: events.Start) -> list[do.Command]:
        if self.state is not State.NEW:
            return self._mistake(
                events.Mistake("already_started", "this session has started; connect anew for another")
            )
        self.state, self._start = State.OPENING, start
        self._tally = Tally(start.format, ack_every_s=self._ack_every_s)
        self._telling = Telling(start)
        return [do.Open(start)]

    @property
    def _began(self) -> bool:
        return self.state in (State.LIVE, State.ADRIFT)

    def _resume(self, resume: events.Resume) -> list[do.Command]:
        if self.state is not State.NEW:
            return self._mistake(events.Mistake("already_started", "resume must be the first message"))
        return [do.HandOver(resume)]

    def _return(self, resume: events.Resume) -> list[do.Command]:
        """Go on where the lost line broke off: what the client must send again, and the finals that it missed."""
        assert self._opened
        assert self._telling
        self._tally.align()
        opened = replace(self._opened, resume_token=resume.resume_token)
        again: list[do.Command] = [do.Align(), do.Reply(replies.Ready(opened, self.received))]
        again += map(do.Reply, self._telling.missed(resume.after_utterance))
        if self._farewell:
            self.state = State.OVER
            return [*again, do.Reply(self._farewell), do.Close(NORMAL, "stopped")]
        self.state = State.LIVE
        return again

    def _remember(self, note: Memory) -> list[do.Command]:
        assert self._start
        if self._start.user_id is None:
            return self._mistake(
                events.Mistake("invalid", "a memory belongs to somebody: give user_id in start")
            )
        return [do.Save(note, self._start.user_id)]

    def _ack(self, *, now: bool = False) -> list[do.Command]:
        due = self._tally.ack(now=now)
        return [do.Secure(), do.Reply(due)] if due else []

    def _mistake(self, mistake: events.Mistake) -> list[do.Command]:
        if mistake.close_code is None:
            return [do.Reply(replies.Trouble(mistake.code, mistake.message))]
        return self._break_off(mistake.code, mistake.message, mistake.close_code)

    def _break_off(self, code: str, message: str, close_code: int) -> list[do.Command]:
        trouble = do.Reply(replies.Trouble(code, message, fatal=True))
        if self._began:
            return [trouble, *self._stop(close_code, message)]
        self.state = State.OVER
        return [trouble, do.Close(close_code, message)]

    def _stop(self, close_code: int, why: str) -> list[do.Command]:
        self.state = State.OVER
        return [do.Flush(Reason.STOP, last=True), do.End(), do.Close(close_code, why)]

    def opened(self, opened: events.Opened) -> list[do.Command]:
        """The connection carried out `Open`."""
        self.state, self._opened = State.LIVE, opened
        warnings = [do.Reply(VoiceWarning("recognizer", warning)) for warning in opened.warnings]
        return [do.Reply(replies.Ready(opened)), *warnings]

    def restored(self, before: Restored) -> None:
        """The session goes on that another server left."""
        self._open(before.start)
        self.state, self._opened = State.LIVE, before.opened
        self._tally.restore(before.received)
        assert self._telling
        self._telling.restore(before.told)

    def refused(self, code: str, message: str) -> list[do.Command]:
        """The connection could not carry out `Open`."""
        self.state = State.OVER
        return [do.Reply(replies.Trouble(code, message, fatal=True)), do.Close(PROTOCOL_ERROR, message)]

    def saved(
        self,
        what: do.Saveable,
        receipt: events.Receipt,
        *,
        latency_ms: int = 0,
        memories: tuple[events.Remembered, ...] | None = None,
    ) -> list[do.Command]:
        """The connection carried out `Save`: now, and only now, the client may see it."""
        if isinstance(what, Final):
            assert self._telling
            return self._telling.transcript(what, receipt, latency_ms=latency_ms, memories=memories)
        return [do.Reply(kept(what, receipt))]

    def rated(self, feedback: Feedback) -> list[do.Command]:
        """The connection carried out `Rate`."""
        return [do.Reply(replies.FeedbackSaved(feedback))]

    def handed_over(self) -> None:
        """Nothing is left to do here: the line is another session's now, or the session can't go on."""
        self.state = State.OVER

    def unknown(self) -> list[do.Command]:
        """The connection found nothing to `HandOver` the line to; the client may start anew on it."""
        message = "there is no such session to resume, or its window has passed; start anew"
        return [do.Reply(replies.Trouble("not_resumable", message))]

    def undelivered(self, event: replies.ServerEvent) -> None:
        """A reply didn't reach the client: a final is told again when it returns."""
        if self._telling and isinstance(event, replies.Transcript):
            self._telling.undelivered(event)

    def unparted(self) -> None:
        """The line broke before the client took leave: if it had stopped, it may come back to hear so."""
        if self._resumable and self._leaving:
            self.state = State.ADRIFT

    def failed(self, code: str, message: str) -> list[do.Command]:
        """The connection could not carry out `Save` or `Rate`."""
        return [do.Reply(replies.Trouble(code, message))]

    def ended(self, duration: int) -> list[do.Command]:
        """The connection carried out `End` after `duration` samples of audio."""
        assert self._telling
        self._farewell = replies.Stopped(self.received, self._telling.utterances, duration)
        return [
            *self._ack(now=True)[1:],
            do.Reply(self._farewell),
        ]  # all is kept: there's nothing left to secure

    def speech(self, event: SpeechEvent, *, latency_ms: int = 0) -> list[do.Command]:
        """The pipeline heard something, in carrying out `Feed` or `Flush`."""
        assert self._telling
        return self._telling.speech(event, latency_ms=latency_ms)
