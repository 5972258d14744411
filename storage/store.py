"""The store's verbs, for the event loop. Every write goes through the one writer and returns after its commit."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from storage import conversations, door, messages
from storage.database import Database, for_reading, for_writing, open_database
from storage.errors import StorageError
from storage.migrations import Migrated, migrate
from storage.recordings import Recordings
from storage.rows import Conversation, NewConversation, NewMessage, Saved
from storage.writer import Writer, start_writer


class Store:
    """The database and the recordings, open. Made by `Store.open`."""

    def __init__(
        self, *, writer: Writer, reader: Database, recordings: Recordings, migrated: Migrated
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._recordings = recordings
        self.migrated = migrated
        """What the start changed in the file."""

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, *, synchronous: str = "FULL", audio_dir: Path | None = None
    ) -> AsyncIterator[Store]:
        """Open, and where needed make or upgrade, the database at `path`; close it on the way out.

        `synchronous` is SQLite's: FULL survives a power cut, NORMAL may lose the last moments to one.
        Recordings go to `audio_dir`, by default `audio` beside the database. What a crash left behind is tidied:
        active conversations end, files that no row names go. One process at a time. Raises: Unusable.
        """
        door.choice("synchronous", synchronous, ("OFF", "NORMAL", "FULL", "EXTRA"))
        path.parent.mkdir(parents=True, exist_ok=True)
        recordings = Recordings(audio_dir or path.parent / "audio")
        async with AsyncExitStack() as stack:
            database = await stack.enter_async_context(open_database(path, setup=for_writing(synchronous)))
            migrated = await database.run(migrate)
            await database.run(partial(_tidy, recordings=recordings))
            writer = await stack.enter_async_context(start_writer(database))
            reader = await stack.enter_async_context(open_database(path, setup=for_reading))
            yield cls(writer=writer, reader=reader, recordings=recordings, migrated=migrated)

    async def open_conversation(self, new: NewConversation) -> Conversation:
        """Begin a conversation, or return the one with this session id. Raises: Invalid, StorageError."""
        return await self._writer.submit(partial(conversations.begin, values=conversations.checked(new)))

    async def resume_conversation(self, conversation_id: int) -> Conversation:
        """Make a conversation active again. Raises: NotFound, StorageError."""
        return await self._writer.submit(partial(conversations.take_up, conversation_id=conversation_id))

    async def end_conversation(self, conversation_id: int) -> None:
        """End a conversation; ending twice changes nothing. Raises: NotFound, StorageError."""
        await self._writer.submit(partial(conversations.end, conversation_id=conversation_id))

    async def conversation(self, conversation_id: int) -> Conversation | None:
        """Return a conversation or None."""
        return await self._reader.run(partial(conversations.find, conversation_id=conversation_id))

    async def add_message(self, new: NewMessage) -> Saved:
        """Keep a message, its sound first; return when both are on disk and the statistics tell of it.

        Raises: Invalid, NotFound (the conversation), Full, Busy, StorageError.
        """
        checked = messages.checked(new)
        if new.audio is None:
            return await self._writer.submit(partial(messages.insert, message=checked))
        kept = await asyncio.to_thread(self._recordings.keep, new.audio)
        # Cancelled here, the hold stays: the job may be queued still, and a file too many is swept at the next start.
        try:
            saved = await self._writer.submit(partial(messages.insert, message=checked, kept=kept))
        except StorageError:
            self._recordings.release(kept)
            raise
        self._recordings.release(kept)
        return saved

    async def rate_message(
        self, message_id: int, rating: float, *, conversation_id: int | None = None
    ) -> None:
        """Write a user's rating, 1 to 5; the last one counts. Raises: Invalid, NotFound, StorageError."""
        checked = door.required("rating", rating, 1.0, 5.0)
        await self._writer.submit(
            partial(messages.rate, message_id=message_id, rating=checked, conversation_id=conversation_id)
        )


def _tidy(connection: sqlite3.Connection, recordings: Recordings) -> None:
    conversations.end_abandoned(connection)
    recordings.sweep(partial(messages.sounds_as, connection))
