"""Sessions that a client may come back to: found by id, given back for the token that `ready` told."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from server.line import Line


class Resumable(Protocol):
    """A session that can go on over another line."""

    def take(self, line: Line, after: int | None) -> bool:
        """Go on over `line`, or tell that it is too late; `after` is the last utterance whose final the client has."""


class Lobby:
    """Knows the sessions of this server."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[str, Resumable]] = {}

    @contextmanager
    def known(self, session_id: str, token: str, session: Resumable) -> Iterator[None]:
        """Let the session be found for as long as the block lasts."""
        self._waiting[session_id] = mine = (token, session)
        try:
            yield
        finally:
            if self._waiting.get(session_id) is mine:  # else somebody went on with the same conversation
                del self._waiting[session_id]

    def find(self, session_id: str, token: str) -> Resumable | None:
        """Return the session of this id if the token is its own."""
        known, session = self._waiting.get(session_id, ("", None))
        return session if hmac.compare_digest(known.encode(), token.encode()) else None
