"""A conversation in JSON, with nothing between the client and its session."""

from __future__ import annotations

import json
from typing import Any

from audio.recognizers.base import Engine
from server.events import Start
from server.wire.base import Wire
from tests.golden.offline import Offline


class Talk:
    """What a client says and is told, as objects."""

    def __init__(self, wire: Wire, engine: Engine, *, keeps: bool = True) -> None:
        self._session = Offline(wire, engine, keeps=keeps)

    def say(self, message: dict[str, Any] | str | bytes) -> list[dict[str, Any]]:
        """Send a message; return what is told thereupon."""
        told = self._session.say(json.dumps(message) if isinstance(message, dict) else message)
        return [json.loads(text) for text in told]

    @property
    def told(self) -> list[dict[str, Any]]:
        """Everything that the client was told."""
        return [json.loads(text) for text in self._session.told]

    @property
    def start(self) -> Start | None:
        """What the client asked for, once it has."""
        return self._session.start

    @property
    def going_on(self) -> bool:
        return self._session.closed is None
