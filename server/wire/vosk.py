"""vosk-server's protocol, `/`: exactly one reply per message, or its clients hang.

Read from websocket/asr_server.py of alphacep/vosk-server (2025-05-25) and its test clients:

* text with `config` may set sample_rate, words, max_alternatives, phrase_list, model; no reply;
* audio is answered with `{"partial": …}`, or with the final where one ended in it;
* `{"eof" : 1}` is answered with the last final and the connection closed; `{"reset" : 1}` likewise but stays open.

The protocol has no word for errors: a message that isn't understood closes the connection with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from audio.values import RATE, Alternative, AudioFormat, Final, Partial, Word
from server.close_codes import UNSUPPORTED
from server.events import Answer, ClientEvent, Finalize, Mistake, Start, Stop
from server.replies import Answered, ServerEvent, Stopped, Transcript
from server.validation import Invalid, convert, parse
from server.wire.base import Idle, json_text, sliced, too_long

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class _Config(msgspec.Struct, frozen=True):
    """Unknown keys are ignored, as vosk-server does."""

    sample_rate: Annotated[float, Meta(ge=8000, le=48_000)] = 8000  # VOSK_SAMPLE_RATE's default
    words: bool | int | str = True
    max_alternatives: Annotated[int, Meta(ge=0, le=20)] = 0
    phrase_list: Annotated[tuple[Annotated[str, Meta(max_length=200)], ...], Meta(max_length=1000)] | None = (
        None
    )
    model: str | None = None


class VoskWire:
    """vosk-server's protocol; it remembers the words so far, so as to have an answer for every message."""

    lockstep = True
    resumable = False
    idle: Idle | None = None

    def __init__(self, models: Collection[str] = ()) -> None:
        """Accept `model` only from `models`, the names on the operator's allow-list."""
        self._models = models
        self._config = _Config()
        self._words = True
        self._started = False
        self._partial = ""
        self._finals: list[Final] = []

    def greet(self) -> Sequence[ClientEvent]:
        """Wait for the client's first message; see `base.Wire`."""
        return ()

    def decode(self, message: str | bytes) -> Sequence[ClientEvent]:
        """Turn one message into events; see `base.Wire`."""
        if isinstance(message, bytes):
            return [*self._begin(), *sliced(message), Answer()]
        if refused := too_long(message):
            return [refused]
        try:
            return self._control(parse(message))
        except Invalid as error:
            return [Mistake("invalid", str(error), UNSUPPORTED)]

    def _control(self, message: Any) -> list[ClientEvent]:
        match message:
            case {"config": config}:
                self._configure(config)
                return []
            case {"eof": _}:
                return [*self._begin(), Stop()]
            case {"reset": _}:
                return [*self._begin(), Finalize(), Answer(final=True)]
            case _:
                raise Invalid('choose from {"config": {…}}, {"eof": 1}, {"reset": 1} and binary audio')

    def _configure(self, config: Any) -> None:
        """Take over a config; after the first audio it comes too late, as with vosk-server."""
        config = convert(config, _Config)
        if config.model is not None and config.model not in self._models:
            allowed = ", ".join(self._models) or "none"
            raise Invalid(f"config.model = {config.model!r} isn't on this server's list ({allowed})")
        self._words = _true(config.words)
        self._config = config

    def _begin(self) -> list[ClientEvent]:
        if self._started:
            return []
        self._started = True
        return [
            Start(
                format=AudioFormat(sample_rate=round(self._config.sample_rate)),
                platform="vosk",
                phrases=tuple(p for p in self._config.phrase_list or () if p and p != "[unk]"),
                alternatives=self._config.max_alternatives,
                words=self._words,
            )
        ]

    def encode(self, event: ServerEvent) -> Sequence[str]:
        """Turn one event into messages; see `base.Wire`."""
        match event:
            case Partial(text=text):
                self._partial = text
            case Transcript(final=final):
                self._partial = ""
                self._finals.append(final)
            case Answered(final=False) if not self._finals:
                return (json_text({"partial": self._partial}),)
            case Answered() | Stopped():
                return (json_text(self._result()),)
        return ()

    def _result(self) -> dict[str, Any]:
        """Answer with all that ended since the last reply: usually one utterance, after a long message several."""
        finals, self._finals = self._finals, []
        if self._config.max_alternatives:
            return {"alternatives": _alternatives(finals)}
        words = [_word(word) for final in finals for word in final.words]
        text = " ".join(final.text for final in finals if final.text)
        return {"result": words, "text": text} if words else {"text": text}


def _alternatives(finals: Sequence[Final]) -> list[dict[str, Any]]:
    """List the readings of one utterance; of several only the best of each can be put together."""
    match finals:
        case []:
            return [{"text": "", "confidence": 1.0}]
        case [Final(alternatives=readings)] if readings:
            return [_reading(reading) for reading in readings]
        case _:
            text = " ".join(final.text for final in finals if final.text)
            words = tuple(word for final in finals for word in final.words)
            return [_reading(Alternative(text, 1.0, words))]


def _reading(reading: Alternative) -> dict[str, Any]:
    words = [{k: v for k, v in _word(word).items() if k != "conf"} for word in reading.words]
    return {"confidence": reading.confidence, **({"result": words} if words else {}), "text": reading.text}


def _word(word: Word) -> dict[str, Any]:
    return {
        "conf": round(1.0 if word.confidence is None else word.confidence, 6),
        "end": round(word.end / RATE, 2),
        "start": round(word.start / RATE, 2),
        "word": word.text,
    }


def _true(value: bool | int | str) -> bool:
    """Read a flag; vosk-server takes the text "false" for true, nobody means that."""
    if isinstance(value, str):
        if value.lower() not in _BOOLEANS:
            raise Invalid(f"config.words = {value!r}; choose from true and false", "words")
        return _BOOLEANS[value.lower()]
    return bool(value)
