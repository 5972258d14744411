"""What the HTTP routes share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.requests import Request

from audio.recognizers.base import RecognizerInfo
from server.access import Door
from server.config import Config
from server.http.responses import ApiError
from server.operate.metrics import Metrics
from storage.store import Store


class Places:
    """A number of things that may go on at once."""

    def __init__(self, count: int) -> None:
        self._count = self._free = count

    def resize(self, count: int) -> None:
        """Let `count` things go on at once; those that do go on."""
        self._free += count - self._count
        self._count = count

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place for as long as the block lasts. Raises: ApiError 429 where none is free."""
        if self._free <= 0:
            headers = {"Retry-After": "5"}
            raise ApiError(429, "busy", "too many exports at once; try again later", headers=headers)
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


@dataclass(frozen=True, slots=True)
class State:
    """The services behind the routes."""

    config: Config
    store: Store
    door: Door
    recognizer: RecognizerInfo
    voice_port: int
    sessions: Callable[[], int]
    """How many voice clients are connected."""
    exports: Places
    metrics: Metrics

    def voice_url(self, host: str) -> str:
        """Return where a page that was asked for with this Host header finds the voice port; without a path."""
        settings = self.config.server
        if settings.voice_url:
            return settings.voice_url
        name = host.rpartition(":")[0] if ":" in host.rpartition("]")[2] else host
        return f"{'wss' if settings.tls_cert else 'ws'}://{name}:{self.voice_port}"


def state(request: Request) -> State:
    """Return what the app was made with."""
    found: State = request.app.state.earshot
    return found
