"""How Realtime clients come in: by header or, as browsers must, by subprotocol; refused in OpenAI's words."""

from __future__ import annotations

from collections.abc import Iterable

from server.access import bearer
from server.errors import Refused
from server.wire.base import json_text
from server.wire.dialect import Refusal, Request, Welcome
from server.wire.realtime import RealtimeWire

_SUBPROTOCOL = "realtime"
_KEY = "openai-insecure-api-key."
_BETA = "openai-beta.realtime-v1"
"""Browsers offer all three; only the first is echoed."""

_BETA_HEADER = "realtime=v1"

_UNAUTHORIZED, _BUSY = 401, 500
"""HTTP status codes; from the second on it is the server's trouble."""


class RealtimeDialect:
    """OpenAI's Realtime transcription."""

    def token(self, request: Request) -> str | None:
        """Return the API key, which is our token; see `Dialect`."""
        return bearer(request.authorization) or _offered_key(request.subprotocols)

    def welcome(self, request: Request) -> Welcome:
        """Make the wire of a connection; see `Dialect`."""
        intent = request.query.get("intent", [""])[0]
        if intent != "transcription":
            raise Refused(
                400,
                "invalid_intent",
                f"intent = {intent!r}: this server transcribes and doesn't answer; "
                "connect to /v1/realtime?intent=transcription",
            )
        beta = _BETA in request.subprotocols or _BETA_HEADER in request.headers.get("openai-beta", "")
        wire = RealtimeWire(request.id, beta=beta, model=request.query.get("model", [None])[0])
        offered = _SUBPROTOCOL in request.subprotocols
        return Welcome(wire, _SUBPROTOCOL if offered else None, {"x-request-id": request.id})

    def refuse(self, request: Request, refusal: Refused) -> Refusal:
        """Word a refusal as OpenAI's API does; see `Dialect`."""
        error = {
            "message": str(refusal),
            "type": "server_error" if refusal.status >= _BUSY else "invalid_request_error",
            "param": "intent" if refusal.code == "invalid_intent" else None,
            "code": "invalid_api_key" if refusal.status == _UNAUTHORIZED else refusal.code,
        }
        body = json_text({"error": error})
        return Refusal(body, {"Content-Type": "application/json", "x-request-id": request.id})


def _offered_key(subprotocols: Iterable[str]) -> str | None:
    return next((o.removeprefix(_KEY) for o in subprotocols if o.startswith(_KEY)), None)
