"""The HTTP port: uvicorn inside our loop. The one importer of uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from server.config import ServerSettings

_GRACE_S = 2
"""Seconds a download may go on after the stop; longer would hold up the end of the process."""


class _Embedded(uvicorn.Server):
    """uvicorn without its hands on the signals: the process has one owner of those, `app`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpPort:
    """Serves an ASGI app; an async context manager."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._settings = settings
        self._server = _Embedded(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",  # that it started is said by us
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_S,
                timeout_keep_alive=15,
                h11_max_incomplete_event_size=65_536,
                ssl_certfile=settings.tls_cert or None,
                ssl_keyfile=settings.tls_key or None,
            )
        )
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
        assert self._task
        self._server.should_exit = True
        await self._task
