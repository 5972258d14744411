"""The HTTP app: routes put together behind the door."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from server.access import Credentials, Door, bearer, only
from server.errors import Refused, traced
from server.http import agent_logs, conversations, docs, health, memories, messages, openapi, training
from server.http.endpoint import route
from server.http.responses import ApiError, SafeHeaders, error, json
from server.http.state import State
from storage.errors import Busy, Full, Invalid, NotFound, StorageError, Unusable

log = logging.getLogger(__name__)

PAGE = Path(__file__).parent.parent / "web"

_STATUS: Mapping[type[Exception], tuple[int, str]] = {
    NotFound: (404, "not_found"),
    Invalid: (422, "invalid"),
    Busy: (503, "busy"),
    Full: (503, "full"),
}

_CODES = {404: "not_found", 405: "method_not_allowed"}


ENDPOINTS = (
    *health.endpoints,
    *training.endpoints,
    *conversations.endpoints,
    *messages.endpoints,
    *memories.endpoints,
    *agent_logs.endpoints,
)


def make_app(state: State) -> ASGIApp:
    """Put the app together; `state` is what its routes share."""
    starlette = Starlette(
        routes=[
            *(route(endpoint) for endpoint in ENDPOINTS),
            *_description(),
            _PageMount("/", StaticFiles(directory=PAGE, html=True), name="page"),
        ],
        middleware=[
            Middleware(SafeHeaders, voice_url=state.voice_url),
            Middleware(Guard, door=state.door),
        ],
        exception_handlers={
            ApiError: _api_error,
            StorageError: _storage_error,
            HTTPException: _http_error,
            ClientDisconnect: _gone,
            Exception: _fault,
        },
    )
    starlette.router.redirect_slashes = False  # a path is right or it isn't
    starlette.state.earshot = state
    return Faults(starlette)


def _description() -> list[Route]:
    """Make the routes that describe the others."""
    description = openapi.describe(ENDPOINTS)
    page = docs.page(ENDPOINTS, description)

    async def machine_readable(request: Request) -> Response:
        return json(description)

    async def readable(request: Request) -> Response:
        return Response(page, media_type="text/html")

    async def style(request: Request) -> Response:
        return Response(docs.STYLE, media_type="text/css")

    return [Route("/openapi.json", machine_readable), Route("/docs", readable), Route("/docs.css", style)]


class _PageMount(Mount):
    """The page's files: everywhere but where the API answers, or a wrong method there would be a missing file."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.NONE, {}) if scope["path"].startswith("/api/") else super().matches(scope)


class Faults:
    """The outermost layer: what nobody foresaw is logged, and breaks off what was on its way."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as trouble:
            log.error("%s %s failed: %s", scope["method"], _place(scope["path"]), traced(trouble))
            raise


class Guard:
    """Middleware: nobody gets further than the door allows. The page itself is no secret; what it shows is."""

    def __init__(self, app: ASGIApp, *, door: Door) -> None:
        self._app = app
        self._door = door
        self._public = Door({}, door.hosts, door.origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        public = not scope["path"].startswith(("/api/", "/metrics"))
        door = self._public if public else self._door
        try:
            door.admit(_credentials(headers), _scope(scope["method"], scope["path"]))
        except Refused as refusal:
            challenge = {"WWW-Authenticate": "Bearer"} if refusal.status == 401 else {}
            response = error(ApiError(refusal.status, refusal.code, str(refusal), headers=challenge))
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _credentials(headers: Headers) -> Credentials:
    return Credentials(
        host=only(headers.getlist("host"), "Host"),
        origin=only(headers.getlist("origin"), "Origin"),
        token=bearer(only(headers.getlist("authorization"), "Authorization")),
    )


def _scope(method: str, path: str) -> str:
    """Name what a request needs: deleting and exporting are more than reading."""
    if method == "DELETE":
        return "delete"
    return "export" if path.startswith("/api/training/") and method == "POST" else "read"


def _api_error(request: Request, trouble: Exception) -> Response:
    assert isinstance(trouble, ApiError)
    return error(trouble)


def _storage_error(request: Request, trouble: Exception) -> Response:
    status, code = _STATUS.get(type(trouble), (500, "storage"))
    if status >= 500:
        log.error("%s %s: %s", request.method, _place(request.url.path), trouble)
    if isinstance(trouble, Unusable):  # it names files
        trouble = StorageError("the database can't be used; the reason is in the server's log")
    headers = {"Retry-After": "5"} if status == 503 else {}
    field = trouble.field if isinstance(trouble, Invalid) else None
    return error(ApiError(status, code, str(trouble), field=field, headers=headers))


def _http_error(request: Request, trouble: Exception) -> Response:
    assert isinstance(trouble, HTTPException)
    code = _CODES.get(trouble.status_code, "refused")
    return error(ApiError(trouble.status_code, code, trouble.detail, headers=trouble.headers))


def _gone(request: Request, trouble: Exception) -> Response:
    return Response(status_code=400)  # to nobody: the client went while it was still sending


def _fault(request: Request, trouble: Exception) -> Response:
    return error(ApiError(500, "fault", "a fault of the server; it is in the log"))


def _place(path: str) -> str:
    """Tell what was asked for as far as it says nothing about anybody: no ids, and no text of a client's making."""
    topic = re.match(r"/api/[a-z-]+(?=/|$)", path)
    return topic[0] if topic else "a page"
