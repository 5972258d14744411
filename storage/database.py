"""A connection with a thread of its own, by way of aiosqlite, which nothing else imports.

A hop to that thread costs more than the statement it carries, so callers hand over whole functions: one hop a
batch for the writer, one hop a read for everybody else.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

import aiosqlite

from storage.errors import StorageError, Unusable, translated

T = TypeVar("T")

LOCK_PATIENCE_S = 30.0
"""How long a statement waits while another program holds the file: longer than a backup or a migration takes."""

WAL_LIMIT = 64 << 20
"""Bytes to which the write-ahead log shrinks once it is copied back."""


class Database:
    """One connection. Its functions run one at a time, in order, off the event loop."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def run(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run `function` on the connection's thread. It goes on to its end even when the caller is cancelled.

        Raises: StorageError in place of SQLite's own errors.
        """
        # aiosqlite offers a coroutine for each statement and none for a function; this is what they all call.
        try:
            return await self._connection._execute(function, self._connection._conn)  # type: ignore[no-any-return, no-untyped-call]
        except sqlite3.Error as error:
            raise translated(error) from error


@asynccontextmanager
async def open_database(
    path: Path, *, setup: Callable[[sqlite3.Connection], None]
) -> AsyncIterator[Database]:
    """Open the file at `path`, made ready by `setup`; autocommit, so that every transaction is written out.

    Raises: Unusable.
    """
    async with AsyncExitStack() as stack:
        try:  # around the opening only: what the caller does inside is the caller's
            database = Database(await stack.enter_async_context(_connected(path)))
            await database.run(setup)
        except (sqlite3.Error, StorageError) as error:
            raise Unusable(f"{path}: {error}") from error
        yield database


@asynccontextmanager
async def _connected(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    connection = aiosqlite.connect(path, timeout=LOCK_PATIENCE_S, isolation_level=None)
    try:
        await connection
    except sqlite3.Error:
        # aiosqlite then stops its thread without waiting; it would report to an event loop that may be gone.
        await asyncio.to_thread(connection._thread.join)
        raise
    try:
        yield connection
    finally:
        await connection.close()


def for_writing(synchronous: str) -> Callable[[sqlite3.Connection], None]:
    """Return the set-up of the one connection that writes."""

    def setup(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT}")
        connection.execute("PRAGMA cache_size = -16384")  # 16 MiB: the index pages of a million messages

    return setup


def for_reading(connection: sqlite3.Connection) -> None:
    """Set up a connection that only reads."""
    connection.execute("PRAGMA query_only = ON")
