"""Sessions that a client may come back to: found by id, given back for the token that `ready` told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from server.events import Resume
from server.identity import Identity
from server.inbox import Item
from server.line import Line


class Resumable(Protocol):
    """A session that can go on over another line."""

    def take(self, line: Line, resume: Resume, meanwhile: Sequence[Item]) -> bool:
        """Go on over `line` as `resume` asks for, or tell that it is too late.

        `meanwhile` is what the client has said since, without waiting for an answer.
        """


class Lobby:
    """Knows the sessions of this server."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[Identity, Resumable]] = {}

    @contextmanager
    def known(self, identity: Identity, session: Resumable) -> Iterator[None]:
        """Let the session be found for as long as the block lasts."""
        self._waiting[identity.session_id] = mine = (identity, session)
        try:
            yield
        finally:
            if (
                self._waiting.get(identity.session_id) is mine
            ):  # else somebody went on with the same conversation
                del self._waiting[identity.session_id]

    def find(self, session_id: str, token: str) -> Resumable | None:
        """Return the session of this id if the token is its own."""
        identity, session = self._waiting.get(session_id, (None, None))
        return session if identity and identity.owned_by(token) else None
