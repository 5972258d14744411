"""What an OpenAI Realtime client has settled about its session: changed by updates, told back as it is in effect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from audio.values import AudioFormat, Encoding
from server.events import Start, Tune
from server.wire.realtime_messages import Format, Input, Pcm, Pcma, SemanticVad, ServerVad, Transcription

LOGPROBS = "item.input_audio_transcription.logprobs"
"""The one thing that `include` may name."""

_RATE = 24_000
"""Hertz of `audio/pcm` and the beta's `pcm16`, unless another is given."""

_TELEPHONE = 8000
"""Hertz of G.711."""

_SHORTEST_SILENCE_MS = 200
"""A shorter window, which OpenAI's clients do ask for, would cut words at their closed consonants."""

_EAGERNESS_MS = {"low": 2000, "medium": 1000, "auto": 1000, "high": 500}
"""Silence for `semantic_vad`: nobody here judges whether a sentence is complete."""

_STALL_MS = 3000
"""OpenAI's turns end by audio alone. Here a client that stops sending gets its transcript, too; nobody who is still
sending takes this long for one piece."""

_UNTIL_COMMIT_MS = 3_600_000
"""An hour of silence ends no turn: the client does."""


_THRESHOLD = 0.5
"""OpenAI's default. Its scale is that of another detector, so it is told again and moves nothing."""


@dataclass(frozen=True, slots=True)
class Turns:
    """The server ends turns by silence."""

    silence_ms: int = 500
    padding_ms: int = 300
    """Audio before the speech that belongs to the turn."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A transcription session's settings; the defaults are OpenAI's."""

    format: AudioFormat = AudioFormat(_RATE)
    turns: Turns | None = Turns()
    """None: the client ends turns by committing."""
    model: str | None = None
    """As asked for: what hears is the server's own model."""
    language: str | None = None
    prompt: str | None = None
    keywords: tuple[str, ...] = ()
    threshold: float = _THRESHOLD
    logprobs: bool = False
    semantic: bool = False
    """Whether turns were to end by meaning."""
    noise_reduction: bool = False
    """Whether it was asked for."""

    def changed(self, wishes: Input, include: tuple[str, ...] | UnsetType | None) -> Settings:
        """Return the settings with what a client mentioned."""
        settings = self._turned(wishes.turn_detection)._transcribing(wishes.transcription)
        if not isinstance(wishes.format, UnsetType):
            settings = replace(settings, format=_format(wishes.format))
        if wishes.noise_reduction is not UNSET:
            settings = replace(settings, noise_reduction=wishes.noise_reduction is not None)
        if not isinstance(include, UnsetType):
            settings = replace(settings, logprobs=LOGPROBS in (include or ()))
        return settings

    def _turned(self, turns: ServerVad | SemanticVad | UnsetType | None) -> Settings:
        match turns:
            case None:
                return replace(self, turns=None, semantic=False)
            case SemanticVad(eagerness=eagerness):
                silence_ms = _EAGERNESS_MS[eagerness or "auto"]
                return replace(self, turns=Turns(silence_ms=silence_ms), semantic=True)
            case ServerVad():
                now, default = self.turns or Turns(), Turns()
                silence_ms = _value(turns.silence_duration_ms, now.silence_ms, default.silence_ms)
                padding_ms = _value(turns.prefix_padding_ms, now.padding_ms, default.padding_ms)
                return replace(
                    self,
                    turns=Turns(max(silence_ms, _SHORTEST_SILENCE_MS), padding_ms),
                    threshold=_value(turns.threshold, self.threshold, _THRESHOLD),
                    semantic=False,
                )
        return self

    def _transcribing(self, wishes: Transcription | UnsetType | None) -> Settings:
        if isinstance(wishes, UnsetType):
            return self
        if wishes is None:
            return replace(self, model=None, language=None, prompt=None, keywords=())
        return replace(
            self,
            model=_value(wishes.model, self.model, None),
            language=_value(wishes.language, self.language, None) or None,
            prompt=_value(wishes.prompt, self.prompt, None),
            keywords=_value(wishes.keywords, self.keywords, ()),
        )

    @property
    def ignored(self) -> tuple[str, ...]:
        """What was asked for and isn't done."""
        asked = {
            "turn_detection.threshold": self.threshold != _THRESHOLD,
            "turn_detection semantic_vad": self.semantic,
            "transcription.prompt": bool(self.prompt),
            "transcription.keywords": bool(self.keywords),
            "noise_reduction": self.noise_reduction,
        }
        return tuple(name for name, is_so in asked.items() if is_so)

    def tune(self) -> Tune:
        """End turns as settled."""
        turns = self.turns or Turns(_UNTIL_COMMIT_MS)
        return Tune(turns.silence_ms, turns.padding_ms)

    def start(self, session_id: str) -> Start:
        """Begin to hear."""
        tuned = self.tune()
        asked = {
            "session": session_id,
            "model": self.model,
            "language": self.language,
            "prompt": self.prompt,
            "keywords": self.keywords,
        }
        return Start(
            format=self.format,
            platform="openai",
            language=self.language,
            silence_ms=tuned.silence_ms,
            pre_roll_ms=tuned.pre_roll_ms,
            stall_ms=max(tuned.silence_ms, _STALL_MS),
            empty_finals=True,
            words=True,
            metadata=msgspec.json.encode({name: value for name, value in asked.items() if value}),
            ignored=self.ignored,
        )

    def told(self, session_id: str) -> dict[str, Any]:
        """Write the session as it is in effect."""
        return {
            "id": session_id,
            "object": "realtime.transcription_session",
            "type": "transcription",
            "audio": {
                "input": {
                    "format": self._format,
                    "transcription": self._transcription,
                    "noise_reduction": None,
                    "turn_detection": self._turn_detection,
                }
            },
            "include": self._include,
        }

    def told_flat(self, session_id: str) -> dict[str, Any]:
        """Write the session as the beta did."""
        names = {Encoding.MULAW: "g711_ulaw", Encoding.ALAW: "g711_alaw"}
        return {
            "id": session_id,
            "object": "realtime.transcription_session",
            "input_audio_format": names.get(self.format.encoding, "pcm16"),
            "input_audio_transcription": self._transcription,
            "input_audio_noise_reduction": None,
            "turn_detection": self._turn_detection,
            "include": self._include,
            "client_secret": None,
        }

    @property
    def _format(self) -> dict[str, Any]:
        match self.format.encoding:
            case Encoding.MULAW:
                return {"type": "audio/pcmu"}
            case Encoding.ALAW:
                return {"type": "audio/pcma"}
            case _:
                return {"type": "audio/pcm", "rate": self.format.sample_rate}

    @property
    def _transcription(self) -> dict[str, Any]:
        told = {"model": self.model, "language": self.language, "prompt": self.prompt}
        return {**told, "keywords": self.keywords} if self.keywords else told

    @property
    def _turn_detection(self) -> dict[str, Any] | None:
        if self.turns is None:
            return None
        return {
            "type": "server_vad",
            "threshold": self.threshold,
            "prefix_padding_ms": self.turns.padding_ms,
            "silence_duration_ms": self.turns.silence_ms,
        }

    @property
    def _include(self) -> list[str] | None:
        return [LOGPROBS] if self.logprobs else None


def _format(wish: Format | None) -> AudioFormat:
    match wish:
        case None:
            return AudioFormat(_RATE)
        case Pcm(rate=rate):
            return AudioFormat(rate or _RATE)
        case Pcma():
            return AudioFormat(_TELEPHONE, Encoding.ALAW)
        case _:
            return AudioFormat(_TELEPHONE, Encoding.MULAW)


def _value(wish: Any, now: Any, default: Any) -> Any:
    """Take a wish: not mentioned it stays, null it is the default."""
    if wish is UNSET:
        return now
    return default if wish is None else wish
