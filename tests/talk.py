"""A session without sockets, clocks and workers: what a client says in, what it is told out, the same every time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, assert_never

from audio.listener import Listener
from audio.recognizers.base import Engine
from audio.values import Final, Reason, SpeechEvent, from_ms
from server.commands import (
    Align,
    Close,
    Command,
    Drop,
    End,
    Feed,
    Flush,
    HandOver,
    Open,
    Rate,
    Reply,
    Save,
    Secure,
)
from server.config import AudioSettings
from server.events import ClientEvent, Opened, Receipt, Start, Tune
from server.hearing import Hearing
from server.session import Session
from server.wire.base import Wire


def in_json(text: str) -> list[Any]:
    """Read what is one JSON message."""
    return [json.loads(text)]


class Talk:
    """Carries out what a session decides; ids count up, and everything is kept at once."""

    def __init__(
        self,
        wire: Wire,
        engine: Engine,
        *,
        keeps: bool = True,
        write: Callable[[Any], str | bytes] = json.dumps,
        read: Callable[[str], Iterable[Any]] = in_json,
    ) -> None:
        """`write` and `read` are the client's, for its messages and the server's; where it `keeps` nothing, every
        final comes to grief."""
        self.wire = wire
        self.start: Start | None = None
        """What the client asked for, once it has."""
        self.told: list[Any] = []
        """All that the client was told, as it reads it."""
        self.closed: tuple[int, str] | None = None
        """Code and reason, once the server has closed."""
        self._write = write
        self._read = read
        self._hearing = Hearing(engine, AudioSettings())
        self._session = Session()
        self._pipeline: Listener[Any] | None = None
        self._keeps = keeps
        self._kept = 0
        self._handle(wire.greet())

    def say(self, *messages: Any) -> list[Any]:
        """Say something, text and bytes as they are; return what is told thereupon."""
        before = len(self.told)
        for message in messages:
            raw = message if isinstance(message, str | bytes) else self._write(message)
            self._handle(self.wire.decode(raw))
        return self.told[before:]

    def _handle(self, events: Iterable[ClientEvent]) -> None:
        for event in events:
            self._do(self._session.client(event))

    def _do(self, commands: Iterable[Command]) -> None:
        for command in commands:
            match command:
                case Open(start):
                    self._open(start)
                case Feed(chunk):
                    self._hear(self._ear.feed(chunk))
                case Flush(reason, last):
                    self._hear(self._ear.finish(reason, last=last))
                case Tune(silence_ms, pre_roll_ms):
                    self._ear.tune(silence=from_ms(silence_ms), pre_roll=from_ms(pre_roll_ms))
                case Secure():
                    pass  # nothing here can crash
                case Drop():
                    self._ear.finish(Reason.FINALIZE)
                case Save() if not self._keeps:
                    self._do(self._session.failed("not_saved", "the disk is full"))
                case Save(what):
                    self._do(self._session.saved(what, self._keep(what)))
                case Reply(event):
                    self.told += [one for text in self.wire.encode(event) for one in self._read(text)]
                case Close(code, reason):
                    self.closed = code, reason
                case End():
                    self._do(self._session.ended(self._ear.clock))
                case Rate() | HandOver() | Align():
                    raise AssertionError(f"{command}: no conversation here does that")
                case _:
                    assert_never(command)

    @property
    def _ear(self) -> Listener[Any]:
        assert self._pipeline
        return self._pipeline

    def _open(self, start: Start) -> None:
        self.start = start
        self._pipeline, warnings = self._hearing.open(start, record=False)
        opened = Opened(
            session_id="session-1",
            conversation_id=1,
            resume_token="token-1",
            sample_rate=start.format.sample_rate,
            silence_ms=self._hearing.silence_ms(start),
            recognizer=self._hearing.engine.info,
            warnings=warnings,
            began="2026-01-01T00:00:00.000Z",
        )
        self._do(self._session.opened(opened))

    def _hear(self, heard: Iterable[SpeechEvent]) -> None:
        for event in heard:
            self._do(self._session.speech(event))

    def _keep(self, what: object) -> Receipt:
        self._kept += 1
        return Receipt(self._kept, f"uid-{self._kept}" if isinstance(what, Final) else "")
