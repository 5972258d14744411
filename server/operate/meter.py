"""One session's part in the figures, read off the commands that its connection has carried out."""

from __future__ import annotations

from collections.abc import Callable

from audio.values import RATE, Final, Partial, Reason, SpeechStarted, VoiceWarning
from server.arrivals import Arrivals
from server.commands import Align, Close, Command, End, Feed, Flush, Reply
from server.operate.metrics import Metrics
from server.replies import Ready, ServerEvent, Transcript, Trouble


class Meter:
    """Told `did` after every command."""

    def __init__(self, metrics: Metrics, now: Callable[[], float], arrivals: Arrivals) -> None:
        """`arrivals` knows, by the clock `now`, when what led to a command came in."""
        self._metrics = metrics
        self._now = now
        self._arrivals = arrivals
        self._open = False
        self._why = ""
        self._clock = 0
        self._onset: float | None = None
        self._told: dict[int | None, int] = {}

    def did(self, command: Command, *, clock: int) -> None:
        """`command` is carried out, and `clock` samples were heard.

        Audio comes in as it is spoken, so a sample before `clock` arrived by so much earlier. Of clients that send
        faster than people talk the two latencies of speech say nothing.
        """
        match command:
            case Feed(chunk):
                self._metrics.audio_bytes.inc(len(chunk.data))
                self._metrics.audio_seconds.inc((clock - self._clock) / RATE)
                self._clock = clock
            case Reply(SpeechStarted(at)):
                self._onset = self._came(at, clock)
            case Reply(Partial()):
                if self._onset is not None:
                    self._metrics.first_partial.observe(self._now() - self._onset)
                    self._onset = None
            case Reply(Transcript(final)):
                told = self._told.get(final.channel, 0)
                if final.utterance > told:  # else it is told again to a client that came back
                    self._told[final.channel], self._onset = final.utterance, None
                    self._final(final, clock)
            case Reply(event):
                self._event(event)
            case _:
                self._course(command)

    def _came(self, sample: int, clock: int) -> float:
        return self._arrivals.at - (clock - sample) / RATE

    def _final(self, final: Final, clock: int) -> None:
        now = self._now()
        self._metrics.final.observe(now - self._arrivals.at)
        if final.reason is Reason.SILENCE:
            self._metrics.speech_to_final.observe(now - self._came(final.end, clock))
        if final.text:
            self._metrics.utterances.labels(final.reason.value).inc()

    def _event(self, event: ServerEvent) -> None:
        match event:
            case Ready() if not self._open:
                self._open = True
                self._metrics.opened.inc()
            case VoiceWarning(code):
                self._metrics.warnings.labels(code).inc()
            case Trouble(code, _, fatal):
                self._metrics.errors.labels(code).inc()
                if fatal:
                    self._why = code
            case _:
                pass

    def _course(self, command: Command) -> None:
        """Follow where the session goes."""
        match command:
            case Align():
                self._metrics.resumed.inc()
            case Flush(reason, last=True):
                self._why = self._why or reason.value
            case End():
                self._metrics.ended.labels(self._why).inc()
            case Close() if not self._open:
                self._metrics.refused.labels(self._why).inc()
            case _:
                pass
