"""What can go wrong in the client, named by whose turn it is to do something."""

from __future__ import annotations


class ClientError(Exception):
    """Root of the client's errors; the text is one line for whoever started it."""

    exit_code = 1


class Failed(ClientError):
    """The server or the line failed: the same command may well work later."""


class LineLost(Failed):
    """The connection ended before the session did."""


class LineBroken(LineLost):
    """It ended without a goodbye: the server may still keep the session."""


class SessionOver(LineLost):
    """It ended after everything was sent, and so did the session: only the server's last words are missing."""


class Mistake(ClientError):
    """The command can't work as it was given; the text says what is allowed."""

    exit_code = 2
