"""The SQL of conversations: begin, read, take up again, end, rate."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, fields

from storage import door, jsontext
from storage.errors import NotFound
from storage.rows import Conversation, NewConversation
from storage.stamps import now
from storage.statistics import touch
from storage.topics import topics_of

_NAMES = tuple(field.name for field in fields(Conversation))
COLUMNS = ", ".join(_NAMES)
LAST_ID = (1 << 63) - 1
"""The largest id that SQLite has."""
_FLAGS = ("is_active", "training_data_exported")
_CONSENTS = ("training_consent", "recording_consent")


def conversation_of(row: tuple[object, ...]) -> Conversation:
    """Make a value of a row of `COLUMNS`."""
    values = dict(zip(_NAMES, row, strict=True))
    values |= {name: bool(values[name]) for name in _FLAGS}
    values |= {name: None if values[name] is None else bool(values[name]) for name in _CONSENTS}
    return Conversation(**values)  # type: ignore[arg-type]


def checked(new: NewConversation) -> tuple[object, ...]:
    """Return the values of `_INSERT`. Raises: Invalid."""
    return (
        door.text("session_id", new.session_id, door.NAME),
        door.name("user_id", new.user_id),
        door.name("platform", new.platform),
        door.name("model_used", new.model_used),
        door.name("language", new.language),
        bool(new.training),
        bool(new.record),
        door.json("metadata", new.metadata, dict),
        door.moment("started_at", new.started_at),
    )


_INSERT = (
    "INSERT INTO conversations (session_id, user_id, platform, model_used, language,"
    " training_consent, recording_consent, metadata, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def begin(connection: sqlite3.Connection, values: tuple[object, ...]) -> Conversation:
    """Insert a conversation, or return the one that has its session id already."""
    known = connection.execute("SELECT id FROM conversations WHERE session_id = ?", values[:1]).fetchone()
    if known:
        return get(connection, known[0])
    cursor = connection.execute(_INSERT, values)
    assert cursor.lastrowid is not None
    return get(connection, cursor.lastrowid)


def find(connection: sqlite3.Connection, conversation_id: int) -> Conversation | None:
    """Return a conversation or None."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    return conversation_of(row) if row else None


def get(connection: sqlite3.Connection, conversation_id: int) -> Conversation:
    """Return a conversation. Raises: NotFound."""
    found = find(connection, conversation_id)
    if found is None:
        raise NotFound("conversation", conversation_id)
    return found


def take_up(connection: sqlite3.Connection, conversation_id: int) -> Conversation:
    """Make an ended conversation active again. Raises: NotFound."""
    connection.execute(
        "UPDATE conversations SET is_active = 1, ended_at = NULL WHERE id = ?", (conversation_id,)
    )
    return get(connection, conversation_id)


def end(connection: sqlite3.Connection, conversation_id: int) -> Conversation:
    """End a conversation, and find its topics unless the client named them. Ending twice changes nothing.

    Raises: NotFound.
    """
    conversation = get(connection, conversation_id)
    if not conversation.is_active:
        return conversation
    connection.execute(
        "UPDATE conversations SET is_active = 0, ended_at = ? WHERE id = ?", (now(), conversation_id)
    )
    if conversation.topics_source != "client":
        set_topics(connection, conversation_id, topics_of(_spoken(connection, conversation_id)), "keywords")
    return get(connection, conversation_id)


def set_topics(connection: sqlite3.Connection, conversation_id: int, topics: list[str], source: str) -> None:
    """Write what a conversation was about and who says so: `client` or `keywords`. Raises: NotFound."""
    touch(connection, conversation_id)
    connection.execute(
        "UPDATE conversations SET topics_discussed = ?, topics_source = ? WHERE id = ?",
        (jsontext.encode(topics).decode(), source, conversation_id),
    )


def _spoken(connection: sqlite3.Connection, conversation_id: int) -> list[str]:
    rows = connection.execute(
        "SELECT content FROM messages WHERE conversation_id = ? AND role <> 'system' ORDER BY seq",
        (conversation_id,),
    )
    return [content for (content,) in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which conversations to list, and from which end."""

    after_id: int = 0
    """Where the last page ended; 0 begins."""
    limit: int = 50
    newest_first: bool = False
    user_id: str | None = None
    active: bool | None = None

    @property
    def order(self) -> str:
        """The order of ids, as SQL says it."""
        return "DESC" if self.newest_first else "ASC"

    def conditions(self) -> dict[str, object]:
        """Return conditions with their values; None for a filter takes all."""
        after = self.after_id or (LAST_ID if self.newest_first else 0)
        asked: dict[str, object] = {f"id {'<' if self.newest_first else '>'} ?": after}
        asked |= {"user_id = ?": self.user_id, "is_active = ?": self.active}
        return {condition: value for condition, value in asked.items() if value is not None}


EVERYTHING = Listing()
"""From the first on, a page at a time."""


def page(connection: sqlite3.Connection, listing: Listing) -> list[Conversation]:
    """Return a page of conversations by id."""
    chosen = listing.conditions()
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM conversations WHERE {' AND '.join(chosen)} ORDER BY id {listing.order} LIMIT ?",
        (*chosen.values(), listing.limit),
    )
    return [conversation_of(row) for row in rows]


def end_abandoned(connection: sqlite3.Connection) -> int:
    """End what a crash left active, at the time of its last message; return how many."""
    return connection.execute(
        "UPDATE conversations SET is_active = 0, ended_at = coalesce("
        "(SELECT max(created_at) FROM messages WHERE conversation_id = conversations.id), started_at)"
        " WHERE is_active = 1"
    ).rowcount
