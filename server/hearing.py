"""How a session's pipeline is made: the client's wishes over the operator's settings."""

from __future__ import annotations

from dataclasses import dataclass, replace

from audio.channels import Channels
from audio.pipeline import Pipeline
from audio.progress import NO_PAST, Past
from audio.recognizers.base import Engine, RecognizerSettings
from audio.recognizers.installed import speaks
from audio.values import AudioFormat, from_ms
from server.config import AudioSettings
from server.events import Start


@dataclass(frozen=True, slots=True)
class Hearing:
    """The recognizer that sessions share, and the settings they start from."""

    engine: Engine
    settings: AudioSettings

    def silence_ms(self, start: Start) -> int:
        """How long a silence ends this session's utterances."""
        return start.silence_ms or self.settings.silence_ms

    def open(
        self, start: Start, *, record: bool, past: Past = NO_PAST
    ) -> tuple[Pipeline | Channels, tuple[str, ...]]:
        """Make what hears a session; also return what it can't do of what was asked. Raises: RecognizerError."""
        if not start.apart:
            pipeline, warnings = self._pipeline(start, start.format, record=record, past=past)
            return pipeline, (*warnings, *self._language(start))
        mono = replace(start.format, channels=1)
        made = [self._pipeline(start, mono, record=record, past=past) for _ in range(start.format.channels)]
        channels = Channels(start.format, [pipeline for pipeline, _ in made])
        return channels, (*made[0][1], *self._language(start))

    def _pipeline(
        self, start: Start, audio_format: AudioFormat, *, record: bool, past: Past
    ) -> tuple[Pipeline, tuple[str, ...]]:
        recognizer = self.engine.recognizer(RecognizerSettings(start.phrases, start.alternatives))
        pipeline = Pipeline(
            audio_format,
            recognizer,
            silence=from_ms(self.silence_ms(start)),
            pre_roll=from_ms(self.settings.pre_roll_ms if start.pre_roll_ms is None else start.pre_roll_ms),
            max_utterance=from_ms(round(1000 * (start.max_utterance_s or self.settings.max_utterance_s))),
            keep_audio=record,
            activity=start.activity or start.voice_events,
            watched=start.voice_events,
            past=past,
        )
        return pipeline, recognizer.warnings

    def _language(self, start: Start) -> tuple[str, ...]:
        known = self.engine.info.language
        if speaks(known, (start.language or "").replace("_", "-")):
            return ()
        return (f"language {start.language!r} isn't installed; this server hears {known}",)
