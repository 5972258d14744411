"""What a Wyoming client is told of what was heard, from the first word to the transcript.

    voice-started · transcript-start · transcript-chunk* · voice-stopped · (audio-stop) · transcript · transcript-stop

Chunks are only ever added to: a word is told once two successive partials agree on it. Where one changes after all,
`transcript` has the right text.
"""

from __future__ import annotations

from audio.values import Reason, to_ms
from server.replies import Transcript
from server.wire.deltas import Deltas
from server.wire.extras import extras
from server.wire.wyoming_events import write


class Told:
    """One stream."""

    def __init__(self, *, language: str, offset_ms: int = 0) -> None:
        """Timestamps are told on the client's own clock, which stood at `offset_ms` as the audio began."""
        self._language = language
        self._offset_ms = offset_ms
        self._speaking = False
        self._streaming = False
        self._deltas = Deltas()
        self._transcripts: list[Transcript] = []
        self._warnings: list[str] = []

    def warn(self, message: str) -> None:
        """Tell this with the transcript: the protocol has no word for warnings."""
        self._warnings.append(message)

    def started(self, at: int) -> list[str]:
        """Somebody began to speak, or goes on after a cut at the longest utterance."""
        if self._speaking:
            return []
        self._speaking = True
        return [write("voice-started", timestamp=self._offset_ms + to_ms(at))]

    def grew(self, text: str) -> list[str]:
        """The words so far of the open utterance changed."""
        return self._chunk(self._deltas.grow(text))

    def heard(self, transcript: Transcript) -> list[str]:
        """An utterance ended."""
        final = transcript.final
        told = self._chunk(self._deltas.settle(final.text))
        if final.text:
            self._transcripts.append(transcript)
        self._deltas = Deltas(further=bool(self._transcripts))
        if not self._speaking or final.reason is Reason.MAX_LENGTH:
            return told
        self._speaking = False
        return [*told, write("voice-stopped", timestamp=self._offset_ms + to_ms(final.end))]

    def end(self) -> list[str]:
        """The stream is over."""
        text = " ".join(transcript.final.text for transcript in self._transcripts)
        own = extras(self._transcripts, self._warnings)
        return [
            *self._begin(),
            write("transcript", text=text, language=self._language, earshot=own),
            write("transcript-stop"),
        ]

    def _chunk(self, text: str) -> list[str]:
        return [*self._begin(), write("transcript-chunk", text=text)] if text else []

    def _begin(self) -> list[str]:
        if self._streaming:
            return []
        self._streaming = True
        return [write("transcript-start", language=self._language)]
