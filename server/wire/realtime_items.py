"""What a Realtime client is told of what was heard: turns become items, each with its transcript.

    server_vad    speech_started · delta* · speech_stopped · committed · item · completed
    null          delta* · (the client commits) · committed · item · completed

The item's id is known to the client from its first message on. Deltas go out while the talker speaks. Where the
client commits, an item holds everything since the last commit, be it several utterances or none.
"""

from __future__ import annotations

from dataclasses import dataclass

from audio.pipeline import HANGOVER
from audio.values import FRAME, RATE, Final, Reason, from_ms, to_ms
from server.replies import Transcript
from server.wire.deltas import Deltas
from server.wire.extras import extras
from server.wire.realtime_logprobs import logprobs
from server.wire.realtime_pen import BEYOND_HELP, Pen
from server.wire.realtime_settings import Settings

LEAST_MS = 100
"""Audio that a commit needs, by OpenAI's rule."""

_TRANSCRIPTION = "conversation.item.input_audio_transcription"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in what a client sent."""

    position: int
    """Samples at `RATE` before it."""
    event_id: str | None
    """Of the message that stands there."""


class Items:
    """One session's items."""

    def __init__(self, pen: Pen, settings: Settings, *, beta: bool) -> None:
        self.settings = settings
        """In effect; the client may have said by now what will be."""
        self.beta = beta
        """Whether item events have the beta's names."""
        self._pen = pen
        self._open: str | None = None
        self._previous: str | None = None
        self._transcripts: list[Transcript] = []
        self._deltas = Deltas()
        self._untold = ""
        """Text of the last utterance, which may be more than its deltas."""
        self._warnings: list[str] = []
        self._failure: str | None = None
        self._heard = 0
        """Samples: the end of the last utterance."""
        self._taken = 0
        """Samples: what is before belongs to an item, or was cleared."""

    def settle(self, settings: Settings, beta: bool, what: str) -> list[str]:
        """Let settings take effect and tell the session: `what` became of it."""
        self.settings, self.beta = settings, beta
        if beta:
            told = settings.told_flat(self._pen.session_id)
            return [self._pen.write(f"transcription_session.{what}", session=told)]
        return [self._pen.write(f"session.{what}", session=settings.told(self._pen.session_id))]

    def started(self, at: int) -> list[str]:
        """Somebody began to speak."""
        turns = self.settings.turns
        if turns is None:
            return []
        self._open = self._pen.new_item()
        padding = from_ms(turns.padding_ms) // FRAME * FRAME
        start = max(at - padding, self._heard)
        return [self._tell("speech_started", audio_start_ms=to_ms(start), item_id=self._open)]

    def grew(self, text: str) -> list[str]:
        """The words so far of the open utterance changed."""
        return self._delta(self._deltas.grow(text))

    def warn(self, message: str) -> None:
        """Tell this with the next transcript: the protocol has no word for warnings."""
        self._warnings.append(message)

    def heard(self, transcript: Transcript) -> list[str]:
        """An utterance ended: a turn of its own, or a part of what will be committed."""
        final = transcript.final
        self._transcripts.append(transcript)
        self._heard = final.end
        if self.settings.turns is None and final.reason is not Reason.FINALIZE:
            delta, self._deltas = self._deltas.settle(final.text), Deltas(further=bool(self._text))
            return self._delta(delta)
        self._untold = final.text
        if final.reason is Reason.FINALIZE:
            return []
        self._taken = self._silence_passed(final)
        stopped = self._tell("speech_stopped", audio_end_ms=to_ms(self._taken), item_id=self._item)
        return [stopped, *self._commit(final.end - final.start)]

    def failed(self, message: str) -> list[str]:
        """An utterance's transcript could not be kept, so it isn't told."""
        self._failure = message
        return [] if self.settings.turns is None else self._commit(0)

    def commit(self, place: Place) -> list[str]:
        """The client committed, and everything before is heard."""
        length = place.position - self._taken
        if to_ms(length) < LEAST_MS and not self._transcripts:
            return [self.too_short(length / RATE, place.event_id)]
        self._taken = place.position
        return self._commit(length)

    def clear(self, place: Place) -> list[str]:
        """The client forgot what it hasn't committed."""
        self._forget()
        self._heard = self._taken = place.position
        return [self._tell("cleared")]

    def end(self) -> list[str]:
        """The session is over: tell what was kept of what the client hadn't committed."""
        return self._commit(sum(_length(t.final) for t in self._transcripts)) if self._transcripts else []

    def too_short(self, seconds: float, event_id: str | None) -> str:
        """Refuse to commit so little."""
        message = (
            "Error committing input audio buffer: buffer too small. "
            f"Expected at least {LEAST_MS}ms of audio, but buffer only has {1000 * max(seconds, 0.0):.2f}ms of audio."
        )
        return self._pen.error("input_audio_buffer_commit_empty", message, event_id=event_id)

    @property
    def _item(self) -> str:
        self._open = self._open or self._pen.new_item()
        return self._open

    @property
    def _text(self) -> str:
        """What is certain of the open item's text."""
        return " ".join(t.final.text for t in self._transcripts if t.final.text)

    def _silence_passed(self, final: Final) -> int:
        """Return when an utterance was seen to be over; it ends sooner itself, a hangover after its last speech."""
        if final.reason is not Reason.SILENCE or self.settings.turns is None:
            return final.end
        window = from_ms(self.settings.turns.silence_ms) // FRAME
        return final.end + (window - min(HANGOVER, window - 1)) * FRAME

    def _commit(self, samples: int) -> list[str]:
        """Make an item of `samples` of audio and everything that was heard in it."""
        item, text, previous = self._item, self._text, self._previous
        after = {"previous_item_id": previous}
        added = "conversation.item.created" if self.beta else "conversation.item.added"
        messages = [
            self._tell("committed", **after, item_id=item),
            self._pen.write(added, **after, item=_item(item, None)),
            *self._delta(self._deltas.settle(self._untold)),
            self._outcome(item, text, samples),
        ]
        if not self.beta:
            messages.append(self._pen.write("conversation.item.done", **after, item=_item(item, text)))
        self._previous = item
        self._forget()
        return messages

    def _outcome(self, item: str, text: str, samples: int) -> str:
        of = {"item_id": item, "content_index": 0}
        if self._failure is not None:
            error = {"type": BEYOND_HELP, "code": "not_saved", "message": self._failure, "param": None}
            return self._pen.write(f"{_TRANSCRIPTION}.failed", **of, error=error)
        finals = [t.final for t in self._transcripts]
        more: dict[str, object] = {"earshot": extras(self._transcripts, self._warnings)}
        if self.settings.logprobs and (found := logprobs(finals)):
            more["logprobs"] = found
        self._warnings = []
        usage = {"type": "duration", "seconds": round(samples / RATE, 3)}
        return self._pen.write(f"{_TRANSCRIPTION}.completed", **of, transcript=text, usage=usage, **more)

    def _delta(self, delta: str) -> list[str]:
        if not delta:
            return []
        return [self._pen.write(f"{_TRANSCRIPTION}.delta", item_id=self._item, content_index=0, delta=delta)]

    def _tell(self, what: str, **fields: object) -> str:
        return self._pen.write(f"input_audio_buffer.{what}", **fields)

    def _forget(self) -> None:
        self._open = self._failure = None
        self._transcripts = []
        self._deltas, self._untold = Deltas(), ""


def _item(item_id: str, transcript: str | None) -> dict[str, object]:
    return {
        "id": item_id,
        "object": "realtime.item",
        "type": "message",
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_audio", "transcript": transcript}],
    }


def _length(final: Final) -> int:
    return final.end - final.start
