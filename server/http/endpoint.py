"""An endpoint: everything that the router, the checks at the door and the API's description need to know of it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.http.responses import ApiError, body
from server.http.state import State, state
from server.validation import Invalid, convert

_LARGEST_ID = 2**63 - 1
"""SQLite's integers end there."""

_PARAMETER = re.compile(r"{(\w+)}")


@dataclass(frozen=True, slots=True)
class Call:
    """One request, checked."""

    request: Request
    state: State
    ids: dict[str, int]
    """Numbers of the path."""
    names: dict[str, str]
    """Other parts of the path."""
    query: Any
    body: Any


Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one path."""

    method: str
    path: str
    summary: str
    handler: Handler
    query: type | None = None
    """A msgspec struct of the query's parameters."""
    body: type | None = None
    """A msgspec struct of the JSON body."""
    answer: type | None = None
    """What comes back as JSON; None where `media` isn't JSON."""
    media: tuple[str, ...] = ("application/json",)
    status: int = 200
    errors: tuple[int, ...] = ()
    """Besides those that follow from the above."""
    tag: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names in the path; those ending in `_id`, but for users, are numbers."""
        return tuple(_PARAMETER.findall(self.path))

    def statuses(self) -> tuple[int, ...]:
        """List every status that this endpoint may answer with."""
        found = {self.status, 400, 403, *self.errors}
        if self.path.startswith("/api/"):
            found |= {401, 503}
        if self.body:
            found |= {413, 415, 422}
        if self.query or self.parameters:
            found.add(422)
        return tuple(sorted(found))


def is_number(parameter: str) -> bool:
    """Tell numbers of a path from names."""
    return parameter.endswith("_id") and parameter != "user_id"


def route(endpoint: Endpoint) -> Route:
    """Make the route that checks a request and calls the handler."""

    async def serve(request: Request) -> Response:
        ids = {
            name: _number(name, request.path_params[name]) for name in endpoint.parameters if is_number(name)
        }
        names = {name: request.path_params[name] for name in endpoint.parameters if not is_number(name)}
        query = _query(request, endpoint.query) if endpoint.query else None
        content = await body(request, endpoint.body) if endpoint.body else None
        return await endpoint.handler(Call(request, state(request), ids, names, query, content))

    return Route(endpoint.path, serve, methods=[endpoint.method])


def _number(name: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,19}", text) or not 1 <= int(text) <= _LARGEST_ID:
        raise ApiError(422, "invalid", f"{name} = {text[:40]!r}: expected a whole number from 1", field=name)
    return int(text)


def _query(request: Request, kind: type) -> Any:
    try:
        return convert(dict(request.query_params), kind, text_numbers=True)
    except Invalid as trouble:
        raise ApiError(422, "invalid", str(trouble), field=trouble.field) from None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    items: list[Any]
    next: int | None
    """Give it as `after` for the following part; None at the end."""


@dataclass(frozen=True, slots=True)
class Done:
    """It is done."""

    id: int
    existed: bool = field(default=False)
    """True where the same had been kept before."""
