"""What the HTTP routes share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from audio.recognizers.base import RecognizerInfo
from server.access import Door
from server.config import Config
from storage.store import Store


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


def state(request: Request) -> State:
    """Return what the app was made with."""
    found: State = request.app.state.earshot
    return found
