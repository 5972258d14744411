"""One WebSocket to the server, and what goes wrong with it in plain words. The client's importer of websockets."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from errno import ECONNREFUSED
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
)
from websockets.http11 import Response

from server.access import loopback
from server.client.errors import ClientError, Failed, LineBroken, LineLost, Mistake
from server.client.wording import printable
from server.close_codes import GOING_AWAY, NORMAL

_PATH = "/v1/stream"

_OPEN_TIMEOUT_S = 10.0
"""A server that answers at all answers a handshake sooner."""

_CLOSE_TIMEOUT_S = 2.0
"""Everything has been said by then; don't keep the terminal waiting for a goodbye."""

_LONGEST_SHOWN = 200
"""Characters of somebody else's words in one of our lines."""


class Line:
    """An open WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, message: str | bytes) -> None:
        """Send text or audio; waits while the network takes no more. Raises: LineLost."""
        try:
            await self._socket.send(message)
        except ConnectionClosed as closed:
            raise _lost(closed) from None

    async def receive(self) -> str:
        """Return the next message. Raises: LineLost once there is none left."""
        try:
            message = await self._socket.recv()
        except ConnectionClosed as closed:
            raise _lost(closed) from None
        return message if isinstance(message, str) else ""


@asynccontextmanager
async def dial(url: str, token: str | None) -> AsyncIterator[Line]:
    """Open a line to `url`, see `address`. Raises: Failed, or Mistake where trying again won't help."""
    socket = await _open(url, {"Authorization": f"Bearer {token}"} if token else {})
    try:
        yield Line(socket)
    except BaseException:
        socket.transport.abort()  # whoever leaves in a hurry doesn't wait for the closing handshake
        raise
    finally:
        await socket.close()


def address(url: str) -> str:
    """Complete what a user calls the server: `ws://host:2700` is enough. Raises: Mistake."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets or a port that can't be
        usable = False
    if not usable or any(c.isspace() for c in url):
        raise Mistake(f"--url {url!r}: write ws://HOST:PORT or wss://HOST:PORT")
    return urlunsplit(parts._replace(path=_PATH, fragment="")) if parts.path in ("", "/") else url


async def _open(url: str, headers: dict[str, str]) -> ClientConnection:
    try:
        return await connect(
            url,
            additional_headers=headers,
            compression=None,  # sound doesn't compress
            open_timeout=_OPEN_TIMEOUT_S,
            close_timeout=_CLOSE_TIMEOUT_S,
            proxy=None if loopback(urlsplit(url).hostname or "") else True,
        )
    except InvalidStatus as refusal:
        raise _refused(url, refusal.response) from None
    except InvalidURI as error:
        raise Mistake(f"--url {url!r}: {error}") from None
    except InvalidHandshake as error:
        raise Failed(f"what listens at {url} doesn't speak WebSocket: {_shown(str(error))}") from None
    except TimeoutError:
        raise Failed(f"no answer from {url} within {_OPEN_TIMEOUT_S:g} s") from None
    except ssl.SSLError as error:
        raise Failed(
            f"no secure line to {url}: {error.reason or error}; to trust its certificate, "
            "name it in SSL_CERT_FILE"
        ) from None
    except OSError as error:
        # asyncio folds what several addresses of a name answered into one text
        if error.errno == ECONNREFUSED or f"[Errno {ECONNREFUSED}]" in str(error):
            raise Failed(f"nothing listens at {url}; start the server with: python -m server") from None
        raise Failed(f"no way to {url}: {error.strerror or str(error) or 'the other end hung up'}") from None


def _refused(url: str, response: Response) -> ClientError:
    """Say what a refusal before the upgrade means for whoever started the client."""
    said = _shown(response.body.decode(errors="replace"))
    because = f" ({said})" if said else ""
    match response.status_code:
        case 401:
            return Mistake(f"the server wants a token it knows: --token or EARSHOT_TOKEN{because}")
        case 403:
            return Mistake(f"the server doesn't let this client in{because}")
        case 404:
            return Mistake(f"no such path: {url}{because}")
        case 503:
            wait = _shown(response.headers.get("Retry-After", ""))
            return Failed(f"the server has no place{because}" + (f"; try again in {wait} s" if wait else ""))
        case code:
            return Failed(f"{url} answered HTTP {code}{because}")


def _lost(closed: ConnectionClosed) -> LineLost:
    frame = closed.rcvd
    if frame is None:
        return LineBroken("the line to the server broke")
    reason = f": {_shown(frame.reason)}" if frame.reason else ""
    if frame.code == GOING_AWAY:
        return LineLost(f"the server is going away{reason}")
    code = "" if frame.code == NORMAL else f" ({frame.code})"
    return LineLost(f"the server closed the line{reason}{code}")


def _shown(text: str) -> str:
    """Keep somebody else's words to one short line."""
    clean = printable(" ".join(text.split()))
    return clean if len(clean) <= _LONGEST_SHOWN else f"{clean[:_LONGEST_SHOWN]}…"
