"""A WebSocket's opening request, read; and the answer to one that is refused."""

from __future__ import annotations

import http
from urllib.parse import parse_qs

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request as HttpRequest
from websockets.http11 import Response

from server.access import Credentials, only
from server.errors import Refused
from server.wire.dialect import Dialect, Refusal, Request

_RETRY_AFTER_S = 5


def read(request: HttpRequest, *, request_id: str) -> Request:
    """Read what a client says as it connects."""
    headers = request.headers
    subprotocols = ",".join(headers.get_all("Sec-WebSocket-Protocol")).split(",")
    query = parse_qs(request.path.partition("?")[2], keep_blank_values=True)
    once = {name.lower(): headers.get_all(name)[0] for name in headers if len(headers.get_all(name)) == 1}
    return Request(
        id=request_id,
        query=query,
        authorization=once.get("authorization"),
        subprotocols=[name.strip() for name in subprotocols if name.strip()],
        headers=once,
    )


def path(request: HttpRequest) -> str:
    """Return the path as it stands: no host before it, nothing escaped, or two paths could be one."""
    return request.path.partition("?")[0]


def credentials(request: HttpRequest, token: str | None) -> Credentials:
    """Return what the door wants to see. Raises: Refused where it came twice."""
    headers = request.headers
    only(headers.get_all("Authorization"), "Authorization")
    host, origin = only(headers.get_all("Host"), "Host"), only(headers.get_all("Origin"), "Origin")
    return Credentials(host=host, origin=origin, token=token)


def refuse(socket: ServerConnection, refused: Refused, dialect: Dialect | None, request: Request) -> Response:
    """Answer a request that doesn't become a WebSocket, in its dialect's words where the path has one."""
    worded = dialect.refuse(request, refused) if dialect else Refusal(f"{refused}\n")
    response = socket.respond(http.HTTPStatus(refused.status), worded.body)
    for name, value in worded.headers.items():
        response.headers.pop(name, None)  # setting a header adds one
        response.headers[name] = value
    if refused.status == http.HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response
