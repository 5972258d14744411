"""What OpenAI's own client library accepts: every server message, checked against its typed models, nothing loose."""

from __future__ import annotations

from typing import Any, get_args

from openai.types import realtime as now
from openai.types.beta import realtime as beta


def _by_type(union: Any) -> dict[str, Any]:
    found = {}
    for model in get_args(get_args(union)[0]):
        [kind] = get_args(model.model_fields["type"].annotation)
        found[kind] = model
    return found


_NOW = _by_type(now.RealtimeServerEvent)
_BETA = _by_type(beta.RealtimeServerEvent)

_CREATED = "transcription_session.created"
"""The service sent it, the library never had a model of it; the session in it is that of `.updated`."""


def check(message: dict[str, Any], *, is_beta: bool = False) -> None:
    """Raise where the library's models don't allow the message."""
    models = _BETA if is_beta else _NOW
    if is_beta and message["type"] in (_CREATED, "transcription_session.updated"):
        # The service sends null where the model wants the secret of an ephemeral key; so do we.
        assert message["session"]["client_secret"] is None
        secret = {"value": "", "expires_at": 0}
        session = {**message["session"], "client_secret": secret}
        message = {**message, "type": "transcription_session.updated", "session": session}
    models[message["type"]].model_validate(message, strict=True)
