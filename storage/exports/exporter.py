"""Exports for the event loop: each on a connection and thread of its own, in short reads, at its reader's pace."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from storage.database import Database, for_reading, open_database
from storage.exports.estimate import Estimate, estimate
from storage.exports.export import Export, Receipt, check_single
from storage.exports.formats import Format, format_of
from storage.exports.marking import Marked, mark, mark_unchanged
from storage.exports.selection import Options, Selection, checked
from storage.exports.sounds import sounds_in
from storage.recordings import Recordings
from storage.writer import Writer

MARKED = 500
"""Conversations marked in one job, so that messages don't wait for thousands of them."""


class Download:
    """An export that somebody is reading."""

    def __init__(self, format: Format, export: Export, database: Database, writer: Writer) -> None:
        self.format = format
        self._export = export
        self._database = database
        self._writer = writer

    async def blocks(self) -> AsyncIterator[bytes]:
        """Yield the bytes. Raises: StorageError, and then what was yielded is not a whole export."""
        while block := await self._database.run(lambda connection: self._export.block()):
            yield block

    @property
    def receipt(self) -> Receipt:
        """What was yielded; of the whole when `blocks` has ended."""
        return self._export.receipt()

    async def mark(self) -> int:
        """Mark what was yielded as exported, but for what has changed meanwhile; return how many conversations.

        Call it after the last byte has left. Raises: StorageError.
        """
        seen = self._export.seen()
        return sum(
            [
                await self._writer.submit(partial(mark_unchanged, seen=seen[start : start + MARKED]))
                for start in range(0, len(seen), MARKED)
            ]
        )


class Exporter:
    """Opens exports and tells how much they would be."""

    def __init__(self, path: Path, writer: Writer, recordings: Recordings) -> None:
        self._path = path
        self._writer = writer
        self._sounds = sounds_in(recordings.folder)

    @asynccontextmanager
    async def open(
        self, format: str, selection: Selection, options: Options | None = None
    ) -> AsyncIterator[Download]:
        """Begin an export. Raises: Invalid, NotFound (one conversation by its id), StorageError."""
        async with self._reading(format, selection) as (chosen, database):

            def begin(connection: sqlite3.Connection) -> Export:
                check_single(connection, selection)
                return Export(connection, chosen, selection, options or Options(), self._sounds)

            yield Download(chosen, await database.run(begin), database, self._writer)

    async def estimate(self, format: str, selection: Selection, options: Options | None = None) -> Estimate:
        """Tell how much an export would be. Raises: Invalid, NotFound (one conversation by its id), StorageError."""
        async with self._reading(format, selection) as (chosen, database):

            def weigh(connection: sqlite3.Connection) -> Estimate:
                check_single(connection, selection)
                return estimate(connection, chosen, selection, options or Options(), self._sounds)

            return await database.run(weigh)

    @asynccontextmanager
    async def _reading(self, format: str, selection: Selection) -> AsyncIterator[tuple[Format, Database]]:
        chosen = await asyncio.to_thread(format_of, format)  # importing pyarrow takes a while
        checked(selection)
        async with open_database(self._path, setup=for_reading) as database:
            yield chosen, database

    async def mark(self, conversation_id: int) -> Marked:
        """Mark one conversation as exported, as it stands. Raises: NotFound, StorageError."""
        return await self._writer.submit(partial(mark, conversation_id=conversation_id))
