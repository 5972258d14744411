"""The store's verbs, for the event loop. Every write goes through the one writer and returns after its commit.

Verbs raise `Invalid` (a field and what is allowed), `NotFound` (a row), `Busy` and `Full` (nothing was written, try
again later), all of them a `StorageError`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from storage import agent_logs, conversations, corrections, door, memories, messages
from storage.accesses import Accesses, count_accesses
from storage.conversations import EVERYTHING, Listing
from storage.counts import Counts, CountsCache
from storage.database import Database, for_reading, for_writing, open_database
from storage.eraser import Eraser
from storage.errors import StorageError, Unusable
from storage.exports.exporter import Exporter
from storage.keeper import Keeper
from storage.migrations import Migrated, migrate
from storage.owner import sole_owner
from storage.recordings import Recordings
from storage.rows import (
    AgentLog,
    Conversation,
    Memory,
    Message,
    MessageChange,
    NewAgentLog,
    NewConversation,
    NewMemory,
    NewMessage,
    Saved,
    SavedMemory,
)
from storage.search import Hits, search, words_of
from storage.writer import Writer, start_writer

T = TypeVar("T")

PAGE = 500
"""Rows in a page at most."""


class Store:
    """The database and the recordings, open. Made by `Store.open`."""

    def __init__(
        self,
        *,
        path: Path,
        database: Database,
        writer: Writer,
        reader: Database,
        recordings: Recordings,
        accesses: Accesses,
        migrated: Migrated,
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._recordings = recordings
        self._accesses = accesses
        self._keeper = Keeper(writer, recordings)
        self._counts = CountsCache(path)
        self.migrated = migrated
        """What the start changed in the file."""
        self.eraser = Eraser(database, writer, recordings)
        """Erases messages, conversations, memories and people."""
        self.exporter = Exporter(path, writer, recordings)
        """Streams exports and marks what was exported."""

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
        recordings = Recordings(audio_dir or path.parent / "audio")
        async with AsyncExitStack() as stack:
            stack.enter_context(sole_owner(path))
            database = await stack.enter_async_context(open_database(path, setup=for_writing(synchronous)))
            try:
                migrated = await database.run(migrate)
                await database.run(partial(_tidy, recordings=recordings))
            except StorageError as error:
                raise Unusable(f"{path}: {error}") from error
            reader = await stack.enter_async_context(open_database(path, setup=for_reading))
            writer = await stack.enter_async_context(start_writer(database))
            yield cls(
                path=path,
                database=database,
                writer=writer,
                reader=reader,
                recordings=recordings,
                accesses=await stack.enter_async_context(count_accesses(writer)),
                migrated=migrated,
            )

    @property
    def waiting(self) -> int:
        """Jobs that wait for the writer."""
        return self._writer.waiting

    async def open_conversation(self, new: NewConversation) -> Conversation:
        """Begin a conversation, or return the one with this session id."""
        return await self._write(conversations.begin, values=conversations.checked(new))

    async def resume_conversation(self, conversation_id: int) -> Conversation:
        """Make a conversation active again."""
        return await self._write(conversations.take_up, conversation_id=conversation_id)

    async def end_conversation(self, conversation_id: int) -> None:
        """End a conversation; ending twice changes nothing."""
        await self._write(conversations.end, conversation_id=conversation_id)

    async def set_topics(self, conversation_id: int, topics: Sequence[str]) -> None:
        """Write what the client says a conversation is about, in place of what counting words says."""
        named = [door.text("topics", topic, door.NAME) for topic in topics]
        await self._write(
            conversations.set_topics, conversation_id=conversation_id, topics=named, source="client"
        )

    async def conversation(self, conversation_id: int) -> Conversation | None:
        """Return a conversation or None."""
        return await self._read(conversations.find, conversation_id=conversation_id)

    async def conversations(self, listing: Listing = EVERYTHING) -> list[Conversation]:
        """Return a page of conversations by id."""
        _page_size(listing.limit)
        return await self._read(conversations.page, listing=listing)

    async def search_conversations(self, text: str, listing: Listing) -> Hits:
        """Take one look for conversations that hold every word of `text`."""
        _page_size(listing.limit)
        return await self._read(search, words=words_of(text), listing=listing)

    async def add_message(self, new: NewMessage) -> Saved:
        """Keep a message, its sound first; return when both are on disk and the statistics tell of it."""
        return await self._keeper.add(new)

    async def rate_message(
        self, message_id: int, rating: float, *, conversation_id: int | None = None
    ) -> None:
        """Write a user's rating, 1 to 5; the last one counts. NotFound also where it isn't of that conversation."""
        checked = door.required("rating", rating, 1.0, 5.0)
        await self._write(
            corrections.rate, message_id=message_id, rating=checked, conversation_id=conversation_id
        )

    async def edit_message(self, message_id: int, change: MessageChange) -> Message:
        """Change a message; it is scored anew."""
        return await self._write(corrections.edit, message_id=message_id, change=corrections.checked(change))

    async def message(self, message_id: int) -> Message | None:
        """Return a message or None."""
        return await self._read(messages.find, message_id=message_id)

    async def messages(self, conversation_id: int, *, after_seq: int = 0, limit: int = 50) -> list[Message]:
        """Return a conversation's messages in order, those after `after_seq`."""
        where = {"conversation_id": conversation_id, "after_seq": after_seq}
        return await self._read(messages.page, **where, limit=_page_size(limit))

    async def messages_named(self, conversation_id: int, uids: Sequence[str]) -> list[Message]:
        """Return those of a conversation's messages that have one of these public ids."""
        return await self._read(messages.named, conversation_id=conversation_id, uids=uids)

    async def recording(self, message_id: int) -> bytes | None:
        """Return a message's sound as FLAC bytes, or None where there is none."""
        found = await self.message(message_id)
        path = found and found.audio_path
        return await asyncio.to_thread(self._recordings.read, path) if path else None

    async def add_memory(self, new: NewMemory) -> SavedMemory:
        """Keep a memory, or merge it with the same one of this user."""
        return await self._write(memories.add, new=memories.checked(new))

    async def recall(self, user_id: str, *, per_tier: int = 2, total: int = 5) -> list[Memory]:
        """Return what matters most about a user, from all tiers at once; that they were read is counted later."""
        found = await self._read(memories.retrieve, user_id=user_id, per_tier=per_tier, total=total)
        self._accesses.note(memory.id for memory in found)
        return found

    async def search_memories(self, user_id: str, text: str, *, limit: int = 20) -> list[Memory]:
        """Return a user's memories that hold words of `text`, those with most of them first."""
        return await self._read(memories.search, user_id=user_id, text=text, limit=_page_size(limit))

    async def memories(self, user_id: str, *, after_id: int = 0, limit: int = 50) -> list[Memory]:
        """Return a user's memories by id, those after `after_id`."""
        return await self._read(memories.page, user_id=user_id, after_id=after_id, limit=_page_size(limit))

    async def verify_memory(
        self, memory_id: int, *, verified: bool, relevance: float | None = None
    ) -> Memory:
        """Write what a person says of a memory; a relevance of None stays as it is."""
        known = door.share("training_relevance", relevance)
        return await self._write(memories.verify, memory_id=memory_id, verified=verified, relevance=known)

    async def add_agent_log(self, new: NewAgentLog) -> int:
        """Keep what an agent did; return the log's id."""
        return await self._write(agent_logs.add, values=agent_logs.checked(new))

    async def score_agent_log(
        self, log_id: int, *, accuracy_score: float | None = None, training_quality: float | None = None
    ) -> AgentLog:
        """Write what a check of a log found; None leaves a figure as it is."""
        accuracy = door.share("accuracy_score", accuracy_score)
        quality = door.share("training_quality", training_quality)
        return await self._write(
            agent_logs.score, log_id=log_id, accuracy_score=accuracy, training_quality=quality
        )

    async def agent_logs(self, conversation_id: int, *, after_id: int = 0, limit: int = 50) -> list[AgentLog]:
        """Return a conversation's logs by id, those after `after_id`."""
        size = _page_size(limit)
        return await self._read(
            agent_logs.page, conversation_id=conversation_id, after_id=after_id, limit=size
        )

    async def training_stats(self) -> Counts:
        """Return figures about everything kept, at most twenty times as old as counting takes."""
        return await self._counts.get()

    async def _write(self, verb: Callable[..., T], **arguments: object) -> T:
        return await self._writer.submit(partial(verb, **arguments))

    async def _read(self, verb: Callable[..., T], **arguments: object) -> T:
        return await self._reader.run(partial(verb, **arguments))


def _page_size(limit: int) -> int:
    door.required("limit", limit, 1, PAGE)
    return limit


def _tidy(connection: sqlite3.Connection, recordings: Recordings) -> None:
    conversations.end_abandoned(connection)
    recordings.sweep(partial(messages.sounds_as, connection))
