"""How the HTTP port answers: JSON, errors of one shape, and headers that browsers should always see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.access import bearer
from server.validation import Invalid, convert, parse

MOST_BODY = 65_536
"""Bytes of a request's body: the longest legitimate one is a message with an embedding."""


class ApiError(Exception):
    """An answer that isn't a success."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.field = field
        self.headers = dict(headers or {})


def json(value: Any, status: int = 200) -> Response:
    """Answer with `value` as JSON."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def error(trouble: ApiError) -> Response:
    """Answer with an error: `{"error": {"code", "message", "field"?}}`."""
    body: dict[str, str] = {"code": trouble.code, "message": str(trouble)}
    if trouble.field:
        body["field"] = trouble.field
    return Response(
        msgspec.json.encode({"error": body}), trouble.status, trouble.headers, media_type="application/json"
    )


def actor(request: Request) -> str:
    """Name who asks, for the record of erasures: never the token itself, but what the operator can tell it by."""
    token = bearer(request.headers.get("authorization"))
    return f"token {sha256(token.encode()).hexdigest()[:8]}" if token else "local"


async def body(request: Request, kind: Any) -> Any:
    """Read the request's JSON body as `kind`. Raises: ApiError 400, 413, 415 or 422."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ApiError(415, "compressed", "send the body as it is, without Content-Encoding")
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise ApiError(415, "not_json", "send the body with Content-Type: application/json")
    try:
        value = parse(await _read(request))
    except Invalid as trouble:
        raise ApiError(400, "not_json", str(trouble)) from None
    try:
        return convert(value, kind)
    except Invalid as trouble:
        raise ApiError(422, "invalid", str(trouble), field=trouble.field) from None


async def _read(request: Request) -> bytes:
    """Read the body, no further than it may go. One that says itself that it is too long isn't read at all."""
    said = request.headers.get("content-length", "0")  # digits, or the parser had refused it
    if int(said[:20]) <= MOST_BODY:
        read = bytearray()
        async for part in request.stream():
            read += part
            if len(read) > MOST_BODY:
                break
        else:
            return bytes(read)
    # The rest is thrown away as it comes, for as long as a body may take: many clients read no answer before that.
    raise ApiError(413, "too_large", f"a body of more than {MOST_BODY} bytes")


class SafeHeaders:
    """Middleware: headers that keep a browser from guessing types, framing the page, telling where it came from, and
    from letting other sites' pages play what is kept here.
    """

    def __init__(self, app: ASGIApp, *, voice_url: Callable[[str], str]) -> None:
        """`voice_url` tells, for a Host header, where the page's sockets go: a page may connect to nothing else."""
        self._app = app
        self._voice_url = voice_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers(host)]
            await send(message)

        await self._app(scope, receive, send_safely)

    def _headers(self, host: str) -> list[tuple[bytes, bytes]]:
        policy = (
            f"default-src 'self'; connect-src 'self' {self._voice_url(host)}; media-src 'self' blob:; "
            "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
        )
        return [
            (b"content-security-policy", policy.encode("latin-1")),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
