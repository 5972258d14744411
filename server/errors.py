"""What can go wrong in the server, named by whose mistake it is. `validation.Invalid` is the client's."""

from __future__ import annotations


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
