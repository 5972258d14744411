"""A conversation over a wire without socket, clock or database, but with a real session and a real pipeline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from audio.pipeline import Pipeline
from audio.recognizers.base import Engine
from audio.values import Reason
from server.commands import Close, Command, Drop, End, Feed, Flush, Open, Reply, Save
from server.config import AudioSettings
from server.events import ClientEvent, Opened, Receipt, Start
from server.hearing import Hearing
from server.session import Session, State
from server.wire.base import Wire


class Talk:
    """Carries out what a session decides, at once."""

    def __init__(self, wire: Wire, engine: Engine, *, keeps: bool = True) -> None:
        """With `keeps` false nothing can be saved."""
        self.wire = wire
        self.session = Session()
        self.closed: tuple[int, str] | None = None
        self.start: Start | None = None
        self.told: list[dict[str, Any]] = []
        """Everything that the client was told."""
        self._hearing = Hearing(engine, AudioSettings())
        self._pipeline: Pipeline | None = None
        self._keeps = keeps
        self._saved = 0
        self._hear_of(wire.greet())

    def say(self, message: dict[str, Any] | str | bytes) -> list[dict[str, Any]]:
        """Send a message; return what comes of it."""
        before = len(self.told)
        self._hear_of(self.wire.decode(json.dumps(message) if isinstance(message, dict) else message))
        return self.told[before:]

    @property
    def going_on(self) -> bool:
        return self.closed is None and self.session.state is not State.OVER

    def _hear_of(self, events: Sequence[ClientEvent]) -> None:
        for event in events:
            self.do(self.session.client(event))

    def do(self, commands: Sequence[Command]) -> None:
        for command in commands:
            match command:
                case Open(start):
                    self.do(self._open(start))
                case Feed(chunk):
                    self._speech(self._hears.feed(chunk))
                case Flush(reason, last):
                    self._speech(self._hears.finish(reason, last=last))
                case Drop():
                    self._hears.finish(Reason.FINALIZE)
                case Save(what) if self._keeps:
                    self._saved += 1
                    self.do(self.session.saved(what, Receipt(self._saved, f"uid-{self._saved}")))
                case Save():
                    self.do(self.session.failed("not_saved", "the disk is full"))
                case Reply(event):
                    self.told += [json.loads(text) for text in self.wire.encode(event)]
                case Close(code, reason):
                    self.closed = code, reason
                case End():
                    self.do(self.session.ended(self._hears.clock))
                case _:
                    raise AssertionError(command)

    @property
    def _hears(self) -> Pipeline:
        assert self._pipeline
        return self._pipeline

    def _open(self, start: Start) -> list[Command]:
        self.start = start
        self._pipeline, warnings = self._hearing.open(start, record=False)
        silence_ms = self._hearing.silence_ms(start)
        info = self._hearing.engine.info
        return self.session.opened(Opened("s", 1, "t", start.format.sample_rate, silence_ms, info, warnings))

    def _speech(self, heard: Sequence[Any]) -> None:
        for event in heard:
            self.do(self.session.speech(event))
