"""What can go wrong in keeping, named for who can mend it."""

from __future__ import annotations

import sqlite3


class StorageError(Exception):
    """Root of what can go wrong in keeping."""


class NotFound(StorageError):
    """The row that the caller named does not exist."""

    def __init__(self, kind: str, key: int | str) -> None:
        super().__init__(f"no {kind} {key!r}")
        self.kind = kind
        self.key = key


class Invalid(StorageError):
    """The caller gave a value that can't be kept."""

    def __init__(self, field: str, value: object, allowed: str) -> None:
        super().__init__(f"{field} {_short(value)}; allowed: {allowed}")
        self.field = field
        self.value = value
        self.allowed = allowed


class Busy(StorageError):
    """Another program held the database for longer than we wait; nothing was kept, try again."""


class Full(StorageError):
    """The disk is full; nothing was kept, and keeping resumes when there is space."""


class Unusable(StorageError):
    """The database can't be used at all; the message is one line, fit for the operator."""


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_UNUSABLE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}


def translated(error: sqlite3.Error) -> StorageError:
    """Return SQLite's error as one of ours; the caller chains it with `from`."""
    # Extended codes keep the kind of failure in their low byte: https://sqlite.org/rescode.html#pve
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _BUSY:
        return Busy("another program holds the database")
    if code == sqlite3.SQLITE_FULL:
        return Full("the disk is full")
    if code in _UNUSABLE:
        return Unusable(str(error))
    if isinstance(error, sqlite3.IntegrityError):
        return Invalid("row", str(error), "what the schema's checks let in")
    return StorageError(str(error))
