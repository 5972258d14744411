"""What can go wrong in the server, named by whose mistake it is. `validation.Invalid` is the client's."""

from __future__ import annotations

import traceback


class ServerError(Exception):
    """Root of the server's errors."""


class ConfigError(ServerError):
    """The operator's mistake: the text is one line that names it. The process ends with exit code 2."""


class Refused(ServerError):
    """A client isn't let in."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status."""
        self.code = code


def traced(trouble: BaseException) -> str:
    """Name a fault and the lines that it came through, last first, for the log.

    Without its message: that may quote what somebody said, and the log is no place for it.
    """
    chain, seen = trouble, [_traced(trouble)]
    while following := chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__):
        chain = following
        seen.append(_traced(chain))
    return ", caused by ".join(seen)


def _traced(trouble: BaseException) -> str:
    frames = reversed(traceback.extract_tb(trouble.__traceback__))
    places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(trouble).__qualname__} at {places or 'an unknown place'}"
