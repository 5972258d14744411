"""The HTTP port: uvicorn inside our loop, with its patience bounded. The one importer of uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.config import ServerSettings
from server.http.responses import ApiError, error
from server.ports.waiting import Waiting


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may take. Without them a thousand connections that trickle would be all it needs to shut us."""

    head_s: float = 10.0
    """Seconds from the connection, or a request's first byte, until its head is whole; a TLS handshake as long."""
    body_s: float = 30.0
    """Seconds from then until the body is; 64 KiB take that at 17 kbit/s."""
    idle_s: int = 15
    """Seconds that a connection is kept for another request."""
    stall_s: float = 30.0
    """Seconds in which a reader must take the 48 KiB that let a download go on."""
    head_bytes: int = 32_768
    """Of the request line and headers; browsers send 1 KiB, proxies with cookies up to 8."""
    headers: int = 100
    waiting: int = 128
    """Connections of one address without a whole request; a browser has six."""


class _Patient(HttpToolsProtocol):
    """One connection, with an end to every wait for its client."""

    def __init__(self, *arguments: Any, limits: Limits, waiting: Waiting, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._limits = limits
        self._waiting = waiting
        self._head: int | None = None
        """Bytes of a head that isn't whole yet, from the second piece on that it came in."""
        self._too_large = False
        self._due: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))  # uvloop's is no subclass of asyncio's
        self._wait(self._limits.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        under_way = self._head is not None
        super().data_received(data)
        if under_way and self._head is not None:
            self._head += len(data)
            if self._head > self._limits.head_bytes and not self.transport.is_closing():
                self._too_large = True
                self.send_400_response("")
        if self._due is None and self.timeout_keep_alive_task is None and self._between_requests:
            self._wait(self._limits.head_s)  # the line ends that may precede a request keep nothing open

    @property
    def _between_requests(self) -> bool:
        return self._head is None and (self.cycle is None or self.cycle.response_complete)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = 0
        self._wait(self._limits.head_s)

    def on_headers_complete(self) -> None:
        self._head = None
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self._limits.head_bytes or len(self.headers) > self._limits.headers:
            self._too_large = True
            raise ValueError  # llhttp stops, and `send_400_response` is asked for
        self._wait(self._limits.body_s)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._wait_no_more()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._wait(self._limits.stall_s)  # until it has taken the rest
        elif self.timeout_keep_alive_task:
            self._waiting.begin(self, self._address, self.transport.abort)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(self._limits.stall_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stalled:
            self._stalled.cancel()
            self._stalled = None

    def timeout_keep_alive_handler(self) -> None:
        self.transport.abort()  # closed politely, a connection with bytes that nobody takes would stay

    def send_400_response(self, msg: str) -> None:
        """Answer what isn't a request that we read, in the shape of all our errors."""
        trouble = ApiError(400, "not_http", "this isn't HTTP/1.1 as it should be")
        if self._too_large:
            allowed = f"{self._limits.headers} headers, {self._limits.head_bytes} bytes in all"
            trouble = ApiError(431, "head_too_large", f"allowed are {allowed}")
        self._answer(trouble)

    def _too_slow(self) -> None:
        if self.transport.is_closing() or not (self.cycle is None or self.cycle.response_complete):
            self.transport.abort()
        else:
            self._answer(ApiError(408, "too_slow", "the request took too long to come"))

    def _answer(self, trouble: ApiError) -> None:
        response = error(trouble)
        head = b"".join(b"%b: %b\r\n" % header for header in response.raw_headers)
        status = b"HTTP/1.1 %d \r\n" % trouble.status
        self.transport.write(status + head + b"connection: close\r\n\r\n" + bytes(response.body))
        self.transport.close()
        self._wait(self._limits.stall_s)

    def _wait(self, seconds: float) -> None:
        if self._due:
            self._due.cancel()
        self._due = self.loop.call_later(seconds, self._too_slow)
        self._waiting.begin(self, self._address, self.transport.abort)

    def _wait_no_more(self) -> None:
        if self._due:
            self._due.cancel()
            self._due = None
        self._waiting.end(self, self._address)


class _Embedded(uvicorn.Server):
    """uvicorn without its hands on the signals (the process has one owner of those, `app`) and on TLS."""

    def __init__(self, config: uvicorn.Config, *, tls: ssl.SSLContext | None, limits: Limits) -> None:
        super().__init__(config)
        self._tls = tls
        self._limits = limits

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen as uvicorn does, but with the TLS settings of the voice port and an end to handshakes."""
        make = functools.partial(
            _Patient,
            config=self.config,
            server_state=self.server_state,
            app_state={},
            limits=self._limits,
            waiting=Waiting(self._limits.waiting),
        )
        patience = self._limits.head_s if self._tls else None
        loop = asyncio.get_running_loop()
        for bound in sockets or ():
            server = await loop.create_server(make, sock=bound, ssl=self._tls, ssl_handshake_timeout=patience)
            self.servers = [server]
        self.started = True


class HttpPort:
    """Serves an ASGI app; an async context manager."""

    def __init__(
        self,
        app: ASGIApp,
        settings: ServerSettings,
        *,
        tls: ssl.SSLContext | None = None,
        limits: Limits = Limits(),
    ) -> None:
        self._settings = settings
        config = uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",  # what it logs holds what clients sent; that it started is said by us
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nothing here asks for a client's address but the limits, and those mean the line
            timeout_keep_alive=limits.idle_s,
        )
        self._server = _Embedded(config, tls=tls, limits=limits)
        self._task: asyncio.Task[None] | None = None
        self.port = 0
        """The port listened on, also where 0 was asked for."""

    async def __aenter__(self) -> Self:
        # Bound here and not by uvicorn, which would end the process where the port is taken.
        family = socket.AF_INET6 if ":" in self._settings.host else socket.AF_INET
        bound = socket.create_server((self._settings.host, self._settings.http_port), family=family)
        self.port = bound.getsockname()[1]
        self._task = asyncio.create_task(self._server.serve([bound]), name="http")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.drain(0)

    async def drain(self, within_s: float) -> None:
        """Let nobody in and let what is on its way end, within so many seconds; what hasn't by then breaks off."""
        assert self._task
        self._server.config.timeout_graceful_shutdown = int(within_s)
        self._server.should_exit = True
        await self._task
