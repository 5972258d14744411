"""What a client is told of what was heard. Two rules live here and nowhere else.

*Save precedes reply*: a final with words is decided to be saved; its transcript comes of `transcript`, which the
session calls after the commit. *Every partial gets exactly one final*: a final without words isn't kept, but it is
sent where a partial was. And none gets lost with a line: those that were sent can be told again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from audio.values import Final, Partial, SpeechEvent, SpeechStarted, VoiceActivity, VoiceWarning
from server.bodies import AgentLog, Memory, Message
from server.commands import Command, Reply, Save
from server.events import Receipt, Remembered, Start
from server.replies import AgentLogSaved, MemorySaved, MessageSaved, ServerEvent, Transcript

_FINALS_KEPT = 1000
"""Finals that can be told again: more than anybody speaks within a resume window."""


def kept(what: Message | Memory | AgentLog, receipt: Receipt) -> ServerEvent:
    """Tell that something of the client's own is committed."""
    match what:
        case Message():
            return MessageSaved(receipt)
        case Memory():
            return MemorySaved(receipt)
        case AgentLog():
            return AgentLogSaved(receipt)
        case _:
            assert_never(what)


class Telling:
    """One session's finals and partials, as its client wished for them."""

    def __init__(self, start: Start) -> None:
        self.utterances = 0
        """Finals with words so far."""
        self._start = start
        self._promised: dict[int | None, int] = {}
        """By channel, the utterance that partials were told of."""
        self._told: deque[Transcript] = deque(maxlen=_FINALS_KEPT)
        self._missed: list[Transcript] = []

    def speech(self, event: SpeechEvent, *, latency_ms: int) -> list[Command]:
        """Decide what to do about something the pipeline heard."""
        match event:
            case Final():
                return self._final(event, latency_ms)
            case Partial(utterance, channel=channel):
                if not self._start.partials:
                    return []
                self._promised[channel] = utterance
                return [Reply(event)]
            case SpeechStarted() | VoiceActivity() | VoiceWarning():
                return [Reply(event)]
            case _:
                assert_never(event)

    def _final(self, final: Final, latency_ms: int) -> list[Command]:
        promised = self._promised.pop(final.channel, None) == final.utterance
        if final.text:
            self.utterances += 1
            return [Save(final, self._start.user_id if self._start.memories else None)]
        told = promised or self._start.empty_finals
        return self.transcript(final, None, latency_ms=latency_ms) if told else []

    def transcript(
        self,
        final: Final,
        receipt: Receipt | None,
        *,
        latency_ms: int,
        memories: tuple[Remembered, ...] | None = None,
    ) -> list[Command]:
        """Tell a final, committed where it has words, without what the client did not ask for."""
        told = replace(final, audio=None, words=final.words if self._start.words else ())
        self._told.append(Transcript(told, receipt, latency_ms, memories))
        return [Reply(self._told[-1])]

    def restore(self, told: Sequence[Transcript]) -> None:
        """Know the finals of the session's earlier part."""
        for transcript in told:
            self.utterances += 1
            self.transcript(transcript.final, transcript.receipt, latency_ms=transcript.latency_ms)

    def undelivered(self, transcript: Transcript) -> None:
        """A final didn't go out."""
        self._missed.append(transcript)

    def missed(self, after: int | None) -> list[Transcript]:
        """Return the finals after utterance `after`, or where the client doesn't say, those that didn't go out."""
        missed, self._missed = self._missed, []
        return missed if after is None else [told for told in self._told if told.final.utterance > after]
