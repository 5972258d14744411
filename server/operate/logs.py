"""How the log is written: lines for people, or a JSON object a line for machines.

Libraries log by the same way. What they say below a warning stays unsaid whatever the level: at their debug levels
some of them write down what goes through them, which is what people said.
"""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

import msgspec

from server.config import LogSettings

_OURS = ("server", "audio", "storage")
"""The loggers that `level` is about."""

_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

session: ContextVar[str] = ContextVar("session", default="")
"""The id of the session that a connection's task carries out; its row in `conversations` has the same."""

_CONTROLS = {number: f"\\x{number:02x}" for number in (*range(32), *range(127, 160), 0x2028, 0x2029)}
"""What could end a line or command a terminal, and what is written in its place: parts of a line are clients' words."""


def set_up(settings: LogSettings) -> None:
    """Write the log as `settings` say, from now on; may be called again."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _StandardError)]:
        root.removeHandler(handler)
    handler = _StandardError()
    handler.setFormatter(Json() if settings.format == "json" else Text())
    root.addHandler(handler)
    level = settings.level.upper()
    for name in _OURS:
        logging.getLogger(name).setLevel(level)
    root.setLevel(max(logging.WARNING, logging.getLevelName(level)))
    logging.captureWarnings(True)


class Text(logging.Formatter):
    """A line for people; only the traceback of a fault takes more."""

    def __init__(self) -> None:
        super().__init__(_TEXT)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Write a record's line."""
        about = f"session {session.get()}: " if session.get() else ""
        record.message = about + record.message.translate(_CONTROLS)
        return super().formatMessage(record)


class Json(logging.Formatter):
    """One JSON object a record, on one line: time, level, logger, message, session, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if session.get():
            told["session"] = session.get()
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(told).decode()


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to whatever is standard error by then; its type tells it from handlers of others."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
