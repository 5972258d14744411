"""Wyoming, Home Assistant's voice protocol: a stream of audio in, its transcript out.

    transcribe? · audio-start · audio-chunk* · audio-stop        from the client, over and over on one connection

Each stream is a session of its own, with a wire of its own, so that each may have another format and language. What
can't be understood is answered with `error` and the connection closed: clients of this protocol wait for a transcript
until they have one or the line is gone. Unknown events are ignored, as the protocol wants it.

`wyoming_events` frames and types the events, `wyoming_told` tells what was heard, `wyoming_port` listens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from audio.recognizers.base import RecognizerInfo
from audio.values import Partial, SpeechStarted, VoiceWarning
from server.close_codes import PROTOCOL_ERROR
from server.events import Aside, ClientEvent, Mistake, Start, Stop
from server.replies import ServerEvent, Stopped, Transcript, Trouble
from server.validation import Invalid
from server.wire.base import Idle, sliced
from server.wire.wyoming_audio import Intake
from server.wire.wyoming_events import Event, Ping, Sound, Transcribe, Unreadable, read, understood, write
from server.wire.wyoming_info import info
from server.wire.wyoming_told import Told

_STALL_MS = 3000
"""Clients say where a stream ends, so a pause in the network needn't end an utterance."""

_SILENCE_MS = {"relaxed": 1250, "aggressive": 250}
"""Home Assistant's own seconds for how soon silence ends speech; its default is left to the operator."""

_SILENT = Sound(16_000, 2, 1)
"""The format of a stream without any audio."""


class WyomingWire:
    """One stream: from the last one's transcript, or the connection's beginning, to its own transcript."""

    lockstep = False
    resumable = False
    idle: Idle | None = None

    def __init__(self, recognizer: RecognizerInfo) -> None:
        self.ended = False
        """Whether `audio-stop` came: what the client sends from then on belongs to its next stream."""
        self.answered = False
        """Whether the transcript was told. Else, once the session is over, the connection must be."""
        self._recognizer = recognizer
        self._asked = Transcribe()
        self._intake: Intake | None = None
        self._told = Told(language=recognizer.language)
        self._failed = False
        """Whether the client was told that it gets no transcript: then there is nothing more to tell it."""

    def greet(self) -> Sequence[ClientEvent]:
        """Wait for the client's first event; see `base.Wire`."""
        return ()

    # ------------------------------------------------------------ what the client says

    def decode(self, message: str | bytes) -> Sequence[ClientEvent]:
        """Turn one event into ours; see `base.Wire`."""
        try:
            event = read(message.encode() if isinstance(message, str) else message)
            return self._obey(event)
        # PROTOCOL_ERROR is a WebSocket's; over plain TCP nobody sees it, only that the connection is closed
        except Unreadable as error:
            return [Mistake(error.code, str(error), PROTOCOL_ERROR)]
        except Invalid as error:
            return [Mistake("invalid", str(error), PROTOCOL_ERROR)]

    def _obey(self, event: Event) -> Sequence[ClientEvent]:
        match event.type, understood(event):
            case "describe", _:
                return [Aside(info(self._recognizer))]
            case _, Ping(text):
                return [Aside(write("pong", text=text))]
            case _, Transcribe() as asked:
                return self._transcribe(asked)
            case _, Sound() as sound:
                return [*self._begin(sound), *self._audio(event.payload)]
            case "audio-stop", _:
                begin = self._begin(_SILENT) if self._intake is None else []
                self.ended = True
                return [*begin, Stop()]
            case _:
                return []

    def _transcribe(self, asked: Transcribe) -> Sequence[ClientEvent]:
        if self._intake:
            raise Invalid("transcribe comes before audio-start")
        self._asked = asked
        return []

    def _begin(self, sound: Sound) -> Sequence[ClientEvent]:
        """Start with the first that is known of the audio; from then on its format stays."""
        if self._intake is None:
            self._intake = Intake(sound)
            self._told = Told(language=self._recognizer.language, offset_ms=round(sound.timestamp or 0))
            return [_start(self._asked, self._intake, self._recognizer)]
        if not self._intake.fits(sound):
            known = self._intake.sound
            raise Invalid(
                f"the audio's format can't change within a stream: it began with rate = {known.rate}, "
                f"width = {known.width}, channels = {known.channels}"
            )
        return []

    def _audio(self, payload: bytes) -> Sequence[ClientEvent]:
        assert self._intake
        return list(sliced(self._intake.push(payload)))

    # ------------------------------------------------------------ what the client is told

    def encode(self, event: ServerEvent) -> Sequence[str]:
        """Turn one event into the protocol's; see `base.Wire`."""
        match event:
            case Aside(text):
                return (text,)
            case _ if self._failed:
                return ()
            case SpeechStarted(at):
                return self._told.started(at)
            case Partial(text=text):
                return self._told.grew(text)
            case Transcript():
                return self._told.heard(event)
            case VoiceWarning(message=text):
                self._told.warn(text)
            case Trouble(code, text):
                self._failed = True
                return (write("error", text=text, code=code),)
            case Stopped() if self.ended:
                self.answered = True
                return self._told.end()
        return ()


def _start(asked: Transcribe, intake: Intake, recognizer: RecognizerInfo) -> Start:
    only = _only_phrases(asked.context)
    phrases = (*(asked.transcript_names or ()), *(asked.transcript_terms or ()))
    return Start(
        format=intake.format,
        platform="wyoming",
        language=asked.language or None,
        phrases=tuple(dict.fromkeys(phrase for phrase in phrases if phrase.strip())) if only else (),
        silence_ms=_SILENCE_MS.get(asked.vad_sensitivity or ""),
        stall_ms=_STALL_MS,
        empty_finals=True,
        words=True,
        metadata=msgspec.json.encode({"name": asked.name}) if asked.name else None,
        ignored=_ignored(asked, recognizer, only=only),
    )


def _only_phrases(context: Mapping[str, Any] | None) -> bool:
    """Tell whether nothing but the names and terms is to be heard. The protocol means them as a hint; recognizers
    here, given phrases, hear nothing else, so who wants that says so in the one place for what isn't in the protocol.
    """
    match context:
        case {"earshot": {"phrases": "only"}}:
            return True
    return False


def _ignored(asked: Transcribe, recognizer: RecognizerInfo, *, only: bool) -> tuple[str, ...]:
    """Name what is asked for and not done."""
    undone = {
        "name": asked.name not in (None, "", recognizer.model),
        "context": bool(asked.context) and not only,
        "transcript_names": bool(asked.transcript_names) and not only,
        "transcript_terms": bool(asked.transcript_terms) and not only,
    }
    return tuple(name for name, asked_for in undone.items() if asked_for)
