"""What was heard, as Deepgram tells it: results that tile the stream, and where speech begins and ends.

    audio   ────────hello thank you────────────────────────────────goodbye─────
    finals  [        "hello thank you" ][      ""      ][         "goodbye" ][ ]
    told      SpeechStarted ·· interim · speech_final · UtteranceEnd · Metadata

Every final begins where the one before ended, silence too is told in finals without words, and an interim covers
what no final does yet. All is counted on the audio clock, so it doesn't matter how fast or slow audio comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audio.annotations import rounded, voice_json
from audio.values import Reason, VoiceActivity, VoiceWarning, Word, from_ms, to_ms
from server.replies import Transcript
from server.wire.deepgram_query import Wishes

Message = dict[str, Any]

_SILENCE = from_ms(5000)
"""Silence is told about as often as Deepgram does."""

_UNDECIDED = from_ms(2600)
"""The newest audio isn't called silence yet. Speech is noticed up to 0.5 s after its onset, and its utterance begins
before that by the pre-roll, which the operator may set to 2 s."""


class Results:
    """Tells one channel of one stream."""

    def __init__(self, wishes: Wishes, metadata: Message, *, channel: int = 0, channels: int = 1) -> None:
        """`metadata` goes with every result."""
        self._wishes = wishes
        self._metadata = metadata
        self._channel = [channel, channels]
        self._told = 0
        """Samples that finals cover."""
        self._clock = 0
        self._speaking = False
        self._interim: str | None = None
        self._answered = False
        self._last_word_end: int | None = None
        """Of the words since the last UtteranceEnd."""
        self._warnings: list[Mapping[str, str]] = []

    def warn(self, warning: VoiceWarning) -> None:
        """Keep a warning for the next final with words."""
        self._warnings.append({"code": warning.code, "message": warning.message})

    def started(self, at: int) -> list[Message]:
        """Speech began, or goes on after it was cut at the longest utterance."""
        if self._speaking:
            return []
        self._speaking = True
        ended = self._utterance_end(at)
        if self._wishes.vad_events:
            return [*ended, {"type": "SpeechStarted", "channel": self._channel, "timestamp": seconds(at)}]
        return ended

    def partial(self, text: str) -> None:
        """Words were heard; they are told with the clock, which comes with the voice."""
        self._interim = text

    def voice(self, heard: VoiceActivity) -> list[Message]:
        """The clock went on."""
        self._clock = heard.at
        interim, self._interim = self._interim, None
        if interim is not None:
            return [self._result(heard.at, interim, told=False)]
        return [] if self._speaking else self._silence()

    def _silence(self) -> list[Message]:
        """Nobody speaks: tell so now and then, and once that the last word is long ago."""
        until = self._clock - _UNDECIDED
        silent = [self._result(until)] if until - self._told >= _SILENCE else []
        return [*silent, *self._utterance_end(self._clock)]

    def final(self, transcript: Transcript) -> list[Message]:
        """An utterance ended, committed where it has words."""
        final = transcript.final
        self._interim = None
        self._speaking = final.reason is Reason.MAX_LENGTH
        self._answered |= final.reason is Reason.FINALIZE
        result = self._result(
            final.end,
            final.text,
            final.words,
            confidence=final.confidence,
            from_finalize=final.reason is Reason.FINALIZE,
            speech_final=self._ends_speech(final.reason),
        )
        if transcript.receipt:
            result["earshot"] = self._extras(transcript)
        if final.words:
            self._last_word_end = final.words[-1].end
        return [result]

    def _ends_speech(self, reason: Reason) -> bool:
        if reason is Reason.STOP:
            return True
        return self._wishes.endpointing and reason in (Reason.SILENCE, Reason.STALLED)

    def lost(self) -> list[Message]:
        """An utterance could not be kept, so nobody sees its words; but nobody waits for them either."""
        self._interim, self._speaking = None, False
        return [self._result(self._clock - _UNDECIDED, speech_final=self._wishes.endpointing)]

    def finalized(self) -> list[Message]:
        """Answer a Finalize where no utterance did."""
        answered, self._answered, self._speaking = self._answered, False, False
        return [] if answered else [self._result(self._clock - _UNDECIDED, from_finalize=True)]

    def ended(self, duration: int) -> list[Message]:
        """The stream is over: tell what is left of it."""
        rest = [self._result(duration)] if duration > self._told else []
        return [*rest, *self._utterance_end(duration)]

    def _utterance_end(self, at: int) -> list[Message]:
        """Tell once that the last word is long ago."""
        gap, last = self._wishes.utterance_end_ms, self._last_word_end
        if gap is None or last is None or at - last < from_ms(gap):
            return []
        self._last_word_end = None
        return [{"type": "UtteranceEnd", "channel": self._channel, "last_word_end": seconds(last)}]

    def _result(
        self,
        until: int,
        text: str = "",
        words: tuple[Word, ...] = (),
        *,
        confidence: float | None = None,
        told: bool = True,
        speech_final: bool = False,
        from_finalize: bool = False,
    ) -> Message:
        """Tell the stream from where finals end `until` there; with `told` as a final."""
        start, until = self._told, max(until, self._told)
        if told:
            self._told = until
        best = {
            "transcript": text,
            "confidence": rounded(confidence, 4) or 0.0,
            "words": [_word(word) for word in words],
        }
        return {
            "type": "Results",
            "channel_index": self._channel,
            "start": seconds(start),
            "duration": (to_ms(until) - to_ms(start)) / 1000,
            "is_final": told,
            "speech_final": speech_final,
            "from_finalize": from_finalize,
            "channel": {"alternatives": [best]},
            "metadata": self._metadata,
        }

    def _extras(self, transcript: Transcript) -> Message:
        """What Deepgram doesn't tell: where it is kept, and how it was said."""
        assert transcript.receipt
        warnings, self._warnings = self._warnings, []
        return {
            "message_id": transcript.receipt.id,
            "uid": transcript.receipt.uid,
            "voice": voice_json(transcript.final.voice),
            "reason": transcript.final.reason,
            "latency_ms": transcript.latency_ms,
            **({"warnings": warnings} if warnings else {}),
        }


def _word(word: Word) -> Message:
    return {
        "word": word.text,
        "start": seconds(word.start),
        "end": seconds(word.end),
        "confidence": rounded(word.confidence, 4) or 0.0,
        "punctuated_word": word.text,  # nobody punctuates here; clients read this one first
    }


def seconds(samples: int) -> float:
    """Turn samples into seconds, to the millisecond."""
    return to_ms(samples) / 1000
