"""The port between a handshake and a wire: how a protocol's clients come in, before a word of it is spoken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from server.access import SUBPROTOCOL, bearer, offered_token
from server.errors import Refused
from server.wire.base import Wire


@dataclass(frozen=True, slots=True)
class Request:
    """What a client says as it connects."""

    id: str
    """Made for this request: a UUID that a protocol may tell its client."""
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    authorization: str | None = None
    """The header of that name."""
    subprotocols: Sequence[str] = ()
    """Offered WebSocket subprotocols, in the client's order."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """All headers that came once, names in lower case."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """How a client is let in."""

    wire: Wire
    subprotocol: str | None = None
    """One of those offered, never the one that carries a token."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """More headers of the HTTP response."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The HTTP response to a client that isn't let in."""

    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Dialect(Protocol):
    """One protocol, shared by all its connections. To add one, write a file here and name its path in `app.wires`."""

    def token(self, request: Request) -> str | None:
        """Return the token, wherever this protocol's clients put it."""

    def welcome(self, request: Request) -> Welcome:
        """Make the wire of a connection. Raises: Refused where the request asks for what can't be had."""

    def refuse(self, request: Request, refusal: Refused) -> Refusal:
        """Word a refusal so that this protocol's clients understand it."""


class PlainDialect:
    """A protocol that settles everything in messages; tokens come as Earshot's own clients send them."""

    def __init__(self, make_wire: Callable[[], Wire]) -> None:
        self._make_wire = make_wire

    def token(self, request: Request) -> str | None:
        """Return the token; see `Dialect`."""
        asked = request.query.get("token", [None])[0]
        return bearer(request.authorization) or offered_token(request.subprotocols) or asked

    def welcome(self, request: Request) -> Welcome:
        """Make the wire of a connection; see `Dialect`."""
        return Welcome(self._make_wire(), SUBPROTOCOL if SUBPROTOCOL in request.subprotocols else None)

    def refuse(self, request: Request, refusal: Refused) -> Refusal:
        """Word a refusal; see `Dialect`."""
        return Refusal(f"{refusal}\n")
