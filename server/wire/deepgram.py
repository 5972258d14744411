"""Deepgram's live protocol, `/v1/listen`: what its clients ask in the query, say in messages and expect to be told.

Read from Deepgram's asyncapi.yml and from its Python client, deepgram-sdk 7.17. `deepgram_query` reads the wishes,
`deepgram_intake` takes the audio in, `deepgram_results` tells what was heard.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from audio.values import Partial, SpeechStarted, VoiceActivity, VoiceWarning
from server.access import bearer
from server.close_codes import INTERNAL_ERROR
from server.errors import Refused
from server.events import Answer, Aside, ClientEvent, Finalize, Opened
from server.replies import Answered, Ready, ServerEvent, Stopped, Transcript, Trouble
from server.validation import Invalid, convert, parse
from server.wire.base import Idle, json_text, too_long
from server.wire.deepgram_intake import Intake
from server.wire.deepgram_query import Wishes, read
from server.wire.deepgram_results import Message, Results, seconds
from server.wire.dialect import Refusal, Request, Welcome

_KEY_PROTOCOLS = ("token", "bearer")
"""Subprotocols that browsers offer in front of their key: they can't set headers."""

_NAMES = {401: "INVALID_AUTH", 403: "INSUFFICIENT_PERMISSIONS", 400: "Bad Request"}
"""What Deepgram calls its refusals, by HTTP status."""

_VARIANTS = {
    "idle": "NET-0001",
    "recognizer_failed": "NET-0000",
    "unavailable": "NET-0000",
    "undecodable": "DATA-0000",
}
"""What Deepgram calls our troubles; others keep their names."""

_MOST_REPEATED = 1000
"""Characters of a message that wasn't understood which its client gets back."""


class DeepgramDialect:
    """How Deepgram's clients come in."""

    def token(self, request: Request) -> str | None:
        """Return the key, from the header or from beside the subprotocol that announces it."""
        return bearer(request.authorization) or _offered_key(request.subprotocols)

    def welcome(self, request: Request) -> Welcome:
        """Read the query and make the wire. Raises: Refused."""
        wishes = read(request.query, request_id=request.id)
        chosen = next((name for name in request.subprotocols if name in _KEY_PROTOCOLS), None)
        return Welcome(DeepgramWire(wishes, request.id), chosen, {"dg-request-id": request.id})

    def refuse(self, request: Request, refusal: Refused) -> Refusal:
        """Word a refusal as Deepgram does: in the body, and in headers, for few clients show a body."""
        text = str(refusal).encode("ascii", "backslashreplace").decode()
        told = {
            "err_code": _NAMES.get(refusal.status, refusal.code.upper()),
            "err_msg": text,
            "request_id": request.id,
        }
        headers = {"dg-request-id": request.id, "dg-error": text, "Content-Type": "application/json"}
        return Refusal(json_text(told), headers)


def _offered_key(subprotocols: Sequence[str]) -> str | None:
    """Return what follows `token` or `bearer`."""
    offered = iter(subprotocols)
    return next(offered, None) if any(name in _KEY_PROTOCOLS for name in offered) else None


class _Configure(msgspec.Struct, frozen=True):
    """What a client wants changed while it streams; what it leaves out stays."""

    keyterms: tuple[str, ...] | None = None
    features: dict[str, bool] | None = None


class DeepgramWire:
    """One connection of a Deepgram client."""

    lockstep = False
    resumable = False
    idle: Idle | None = Idle(10.0, INTERNAL_ERROR, "NET-0001: neither audio nor a text message came for 10 s")

    def __init__(self, wishes: Wishes, request_id: str) -> None:
        self._wishes = wishes
        self._request_id = request_id
        self._intake = Intake(wishes.start, raw=wishes.raw)
        self._began = ""
        self._about: Message = {}
        self._results: list[Results] = []
        """One for each channel that is heard on its own."""

    def greet(self) -> Sequence[ClientEvent]:
        """Start where the query has said everything; see `base.Wire`."""
        return self._intake.greet()

    def decode(self, message: str | bytes) -> Sequence[ClientEvent]:
        """Turn one message into events; see `base.Wire`."""
        if isinstance(message, bytes):
            # Nothing at all is how clients closed before there was CloseStream.
            return self._intake.audio(message) if message else self._intake.close()
        if refused := too_long(message):
            return [refused]
        try:
            return self._control(parse(message))
        except Invalid as error:
            return [_not_understood(str(error), message)]

    def _control(self, message: Any) -> Sequence[ClientEvent]:
        match message:
            case {"type": "KeepAlive"}:
                return []
            case {"type": "Finalize"}:
                return self._intake.then(Finalize(), Answer(final=True))
            case {"type": "CloseStream"}:
                return self._intake.close()
            case {"type": "Configure"}:
                return [Aside(json_text(self._configured(convert(message, _Configure))))]
            case _:
                raise Invalid("choose from type = KeepAlive, Finalize, CloseStream, Configure")

    def _configured(self, asked: _Configure) -> Message:
        """Grant what is so already: a recognizer gets its phrases as it is made, and no text is formatted here."""
        if asked.keyterms is not None and asked.keyterms != self._wishes.start.phrases:
            code, why = "CONFIGURE_KEYTERMS_NOT_SUPPORTED", "key terms can't change while a stream runs"
        elif wanted := [name for name, on in (asked.features or {}).items() if on]:
            code, why = "CONFIGURE_INTERNAL_ERROR", f"not done here: {', '.join(wanted)}"
        else:
            terms = {} if asked.keyterms is None else {"keyterms": asked.keyterms}
            return {"type": "ConfigureSuccess", "request_id": self._request_id, **terms}
        return {
            "type": "ConfigureFailure", "request_id": self._request_id, "code": code, "description": why
        }  # fmt: skip

    def encode(self, event: ServerEvent) -> Sequence[str]:
        """Turn one event into messages; see `base.Wire`."""
        if isinstance(event, Aside):
            return (event.text,)
        return [json_text(message) for message in self._told(event)]

    def _told(self, event: ServerEvent) -> Iterable[Message]:
        match event:
            case Ready(opened):
                self._open(opened)
            case SpeechStarted(at, channel):
                return self._of(channel).started(at)
            case Partial(text=text, channel=channel):
                self._of(channel).partial(text)
            case VoiceActivity(channel=channel):
                return self._of(channel).voice(event)
            case Transcript(final):
                return self._of(final.channel).final(event)
            case Answered():
                return [message for results in self._results for message in results.finalized()]
            case VoiceWarning():
                self._of(0).warn(event)
            case Trouble(code, text):
                lost = [m for results in self._results for m in results.lost()] if code == "not_saved" else []
                return [{"type": "Error", "variant": _VARIANTS.get(code, code), "description": text}, *lost]
            case Stopped(duration=duration):
                rest = [message for results in self._results for message in results.ended(duration)]
                return [*rest, self._metadata(duration)]
        return ()

    def _of(self, channel: int | None) -> Results:
        return self._results[channel or 0]

    def _open(self, opened: Opened) -> None:
        self._began, self._about = opened.began, _about(opened, self._request_id)
        count = self._intake.channels
        self._results = [Results(self._wishes, self._about, channel=n, channels=count) for n in range(count)]

    def _metadata(self, duration: int) -> Message:
        """Sum the stream up, as its last message."""
        model = self._about["model_uuid"]
        return {
            "type": "Metadata",
            "transaction_key": "deprecated",
            "request_id": self._request_id,
            "sha256": self._intake.sha256,
            "created": self._began,
            "duration": seconds(duration),
            "channels": len(self._results),
            "models": [model],
            "model_info": {model: self._about["model_info"]},
        }


def _about(opened: Opened, request_id: str) -> Message:
    """Tell with every result who heard it. The same model has the same UUID on any machine."""
    engine, model = opened.recognizer.engine, opened.recognizer.model
    return {
        "request_id": request_id,
        "model_info": {"name": model, "version": "", "arch": engine},
        "model_uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{engine}/{model}")),
    }


def _not_understood(why: str, message: str) -> Aside:
    """Answer what is no message of Deepgram's; the stream goes on."""
    return Aside(
        json_text(
            {
                "type": "Error",
                "variant": "SchemaError",
                "description": f"Could not deserialize last text message: {why}",
                "message": message[:_MOST_REPEATED],
            }
        )
    )
