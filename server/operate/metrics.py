"""What this process counts and times, written as Prometheus reads it. The one importer of prometheus_client.

Sessions are followed by what they do: a `Meter` is told every command that a connection has carried out, and reads
the figures off those values. Nothing here knows what was said, and no label holds what a client wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from prometheus_client import Counter, Gauge, Histogram, Info, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import CollectorRegistry

from audio.recognizers.base import RecognizerInfo
from audio.values import Reason
from storage.exports.formats import FORMATS

disable_created_metrics()  # type: ignore[no-untyped-call]  # a time beside every counter doubles the page for nothing

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_WAITS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Bounds for what should take no time at all. `audio.max_lag_s` ends a wait at 5 s unless it is set otherwise."""

_TURNS_S = (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Bounds for what a talker feels, closest around the targets: 0.3 s to a first partial, a final 0.1 s after 1 s."""

REFUSALS = (
    "full",
    "overloaded",
    "going_away",
    "token_missing",
    "token_unknown",
    "token_not_allowed",
    "host_not_allowed",
    "origin_not_allowed",
)
ENDS = ("stop", "disconnect", "idle", "session_too_long", "going_away", "recognizer_failed", "fault")
FAULTS = ("not_saved", "recognizer_failed", "unavailable")
"""The values of labels that somebody may want to be woken by."""


class Metrics:
    """The figures of one server."""

    def __init__(self, recognizer: RecognizerInfo | None = None) -> None:
        """Start at zero; `recognizer` is told as it is."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._info(recognizer)

        self.sessions = self._gauge("sessions", "Voice clients connected")
        self.writer_waiting = self._gauge("writer_waiting", "Writes that wait for their commit")
        self.exports_running = self._gauge("exports_running", "Exports on their way")

        self.opened = self._counter("sessions_opened", "Sessions begun")
        self.refused = self._counter("sessions_refused", "Clients turned away, by the error's code", "reason")
        self.ended = self._counter(
            "sessions_ended", "Sessions over: stop, disconnect, fault, or the code that ended them", "reason"
        )
        self.resumed = self._counter("sessions_resumed", "Times that a client came back to its session")
        self.utterances = self._counter("utterances", "Utterances with words, by what ended them", "reason")
        self.warnings = self._counter("warnings", "Warnings to talkers, by code", "code")
        self.errors = self._counter("errors", "Errors told to voice clients, by code", "code")
        self.audio_bytes = self._counter("audio_bytes", "Audio heard, as it came")
        self.audio_seconds = self._counter("audio_seconds", "Audio heard, on the sessions' clocks")
        self.exports = self._counter("exports", "Exports ended: whole or broken", "format", "outcome")
        self.export_bytes = self._counter("export_bytes", "Bytes of exports sent")
        self.reloads = self._counter("reloads", "Times that the settings were read again", "outcome")

        self.first_partial = self._histogram(
            "first_partial_seconds", "From the onset of speech to its first partial", _TURNS_S
        )
        self.speech_to_final = self._histogram(
            "speech_to_final_seconds", "From speech's end to its final, the silence window included", _TURNS_S
        )
        self.final = self._histogram(
            "final_seconds", "From the arrival of what ended an utterance to its final", _WAITS_S
        )
        self.lag = self._histogram("lag_seconds", "Age of audio when it is heard", _WAITS_S)
        self.queue = self._histogram("queue_seconds", "Wait of a job for its worker", _WAITS_S)
        self.job = self._histogram("job_seconds", "Time that a job keeps its worker", _WAITS_S)
        self.commit = self._histogram("commit_seconds", "From what is to be kept to its commit", _WAITS_S)
        self._begin_at_zero()

    @contextmanager
    def exporting(self, name: str) -> Iterator[None]:
        """Count an export in the format `name`: whole only if the block runs to its end."""
        outcome = "broken"
        self.exports_running.inc()
        try:
            yield
            outcome = "whole"
        finally:
            self.exports_running.dec()
            self.exports.labels(name, outcome).inc()

    def text(self) -> bytes:
        """Write all figures, as `CONTENT_TYPE`."""
        return generate_latest(self._registry)

    def _begin_at_zero(self) -> None:
        """Show what may happen before it does: from nothing to one is no increase to Prometheus."""
        for counter, values in (
            (self.refused, REFUSALS),
            (self.ended, ENDS),
            (self.errors, FAULTS),
            (self.utterances, Reason),
            (self.reloads, ("taken", "refused")),
        ):
            for value in values:
                counter.labels(value)
        for name in FORMATS:
            for outcome in ("whole", "broken"):
                self.exports.labels(name, outcome)

    def _info(self, recognizer: RecognizerInfo | None) -> None:
        info = Info("earshot_recognizer", "Who listens", registry=self._registry)
        if recognizer:
            names = {"engine": recognizer.engine, "model": recognizer.model, "language": recognizer.language}
            info.info({**names, "demo": str(recognizer.demo).lower()})

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"earshot_{name}", meaning, labels, registry=self._registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(f"earshot_{name}", meaning, registry=self._registry)

    def _histogram(self, name: str, meaning: str, bounds: Sequence[float]) -> Histogram:
        return Histogram(f"earshot_{name}", meaning, buckets=bounds, registry=self._registry)
