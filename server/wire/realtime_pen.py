"""How Realtime messages are written: each with an `event_id` of its own, errors in OpenAI's shape."""

from __future__ import annotations

from typing import Any

from server.wire.base import json_text

BEYOND_HELP = "server_error"
"""The type of an error that isn't the client's."""


class Pen:
    """Writes one session's messages."""

    def __init__(self, session_id: str) -> None:
        """`session_id` is a UUID: what makes the session unique makes its events and items so."""
        digits = session_id.replace("-", "")
        self.session_id = f"sess_{digits}"
        self._digits = digits[-16:]
        self._events = 0
        self._items = 0

    def new_item(self) -> str:
        """Make the id of another item."""
        self._items += 1
        return f"item_{self._digits}{self._items:04}"

    def write(self, kind: str, **fields: Any) -> str:
        """Write a message."""
        self._events += 1
        message = {"type": kind, "event_id": f"event_{self._digits}{self._events:06}", **fields}
        return json_text(message)

    def error(
        self,
        code: str,
        message: str,
        *,
        param: str | None = None,
        event_id: str | None = None,
        kind: str = "invalid_request_error",
    ) -> str:
        """Write an error; `event_id` is that of the client's message."""
        error = {"type": kind, "code": code, "message": message, "param": param, "event_id": event_id}
        return self.write("error", error=error)
