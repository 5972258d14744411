"""How often memories are read: counted in memory, written in batches behind everybody's back.

A reply never waits for a count, and a crash may lose the last second of them.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial

from storage.errors import StorageError
from storage.stamps import now
from storage.writer import Writer

EVERY_S = 1.0
SOON = 100
"""Memories that wait at most; with more, the batch goes out at once."""


class Accesses:
    """Counts of reads that are not yet in the rows."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._counts: Counter[int] = Counter()
        self._soon = asyncio.Event()

    def note(self, memory_ids: Iterable[int]) -> None:
        """Count one read of each."""
        self._counts.update(memory_ids)
        if len(self._counts) >= SOON:
            self._soon.set()

    async def flush(self) -> None:
        """Write what was counted. Raises: StorageError, and then the counts are kept for the next time."""
        counts, self._counts = self._counts, Counter()
        self._soon.clear()
        if not counts:
            return
        try:
            await self._writer.submit(partial(_write, counts=counts, at=now()))
        except StorageError:
            self._counts.update(counts)
            raise

    async def run(self) -> None:
        """Flush for ever, every second or sooner."""
        while True:
            try:
                async with asyncio.timeout(EVERY_S):
                    await self._soon.wait()
            except TimeoutError:
                pass
            try:
                await self.flush()
            except StorageError:
                await asyncio.sleep(
                    EVERY_S
                )  # the disk is full or locked: the counts wait with everybody else


@asynccontextmanager
async def count_accesses(writer: Writer) -> AsyncIterator[Accesses]:
    """Count in the background; on the way out what was counted is written."""
    accesses = Accesses(writer)
    task = asyncio.create_task(accesses.run(), name="memory access counts")
    try:
        yield accesses
    finally:
        task.cancel()
        await asyncio.wait([task])
        with suppress(StorageError):  # a full disk must not keep the store from closing
            await accesses.flush()


def _write(connection: sqlite3.Connection, counts: Mapping[int, int], at: str) -> None:
    connection.executemany(
        "UPDATE memories SET access_count = access_count + ?, last_accessed = ? WHERE id = ?",
        [(count, at, memory_id) for memory_id, count in counts.items()],
    )
