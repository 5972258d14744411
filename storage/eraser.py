"""Erasure for the event loop: rows first, then recordings, then what the write-ahead log remembers of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import partial

from storage import erasure
from storage.database import Database
from storage.errors import Busy
from storage.recordings import Recordings
from storage.rows import Erased
from storage.writer import Job, Writer

FILES = 200
"""Files deleted in one job, so that messages don't wait for thousands of them."""

TRIES = 10
"""Checkpoints tried before a reader is in the way for good; each waits for readers as long as the lock patience."""


class Eraser:
    """Erases, and returns when no byte of what went is left in the database's files or the recordings' folder."""

    def __init__(self, database: Database, writer: Writer, recordings: Recordings) -> None:
        self._database = database
        self._writer = writer
        self._recordings = recordings

    async def message(self, message_id: int, *, actor: str) -> Erased:
        """Erase a message. Raises: NotFound, StorageError."""
        return await self._erase(partial(erasure.message, message_id=message_id, actor=actor))

    async def conversation(self, conversation_id: int, *, actor: str) -> Erased:
        """Erase a conversation with its messages, memories and agent logs. Raises: NotFound, StorageError."""
        return await self._erase(partial(erasure.conversation, conversation_id=conversation_id, actor=actor))

    async def memory(self, memory_id: int, *, actor: str) -> Erased:
        """Erase a memory. Raises: NotFound, StorageError."""
        return await self._erase(partial(erasure.memory, memory_id=memory_id, actor=actor))

    async def user(self, user_id: str, *, actor: str) -> Erased:
        """Erase a person, who may be unknown. A crash halfway leaves the rest for asking again.

        Raises: StorageError.
        """
        parts: list[Erased] = []
        digests: list[str] = []
        while (
            gone := await self._writer.submit(partial(erasure.person_slice, user_id=user_id))
        ).erased.conversations:
            parts.append(gone.erased)
            digests += gone.digests
        rest = partial(erasure.person_rest, user_id=user_id, actor=actor, so_far=erasure.total(parts))
        erased = (await self._writer.submit(rest)).erased
        await self._clear(digests)
        return erased

    async def _erase(self, job: Job[erasure.Gone]) -> Erased:
        gone = await self._writer.submit(job)
        await self._clear(gone.digests)
        return gone.erased

    async def _clear(self, digests: Sequence[str]) -> None:
        for start in range(0, len(digests), FILES):
            some = digests[start : start + FILES]
            await self._writer.submit(
                partial(erasure.drop_recordings, recordings=self._recordings, digests=some)
            )
        for _ in range(TRIES):
            if await self._database.run(_empty_log):
                return
        raise Busy("the rows are erased, but a reader keeps the write-ahead log from being emptied")


def _empty_log(connection: sqlite3.Connection) -> bool:
    """Copy the write-ahead log back and cut it to nothing; tell whether no reader was in the way."""
    (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
