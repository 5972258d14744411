"""Marking conversations as exported, so that the next export can leave them out."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from storage.errors import NotFound
from storage.stamps import now


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Where a conversation stands after being marked."""

    conversation_id: int
    already: bool
    """True when nothing had changed since it was marked before."""
    exported_at: str
    through_message_id: int | None
    """The last message that the mark speaks of; None for an empty conversation."""


_MARK = (
    "UPDATE conversations SET training_data_exported = 1, exported_at = ?,"
    " exported_through = (SELECT max(id) FROM messages WHERE conversation_id = conversations.id) WHERE id = ?"
)


def mark(connection: sqlite3.Connection, conversation_id: int) -> Marked:
    """Mark a conversation as it stands. Marking twice changes nothing. Raises: NotFound."""
    sql = "SELECT training_data_exported, exported_at, exported_through FROM conversations WHERE id = ?"
    row = connection.execute(sql, (conversation_id,)).fetchone()
    if row is None:
        raise NotFound("conversation", conversation_id)
    already = row[0] == 1 and row[1] is not None
    if not already:
        connection.execute(_MARK, (now(), conversation_id))
        row = connection.execute(sql, (conversation_id,)).fetchone()
    return Marked(
        conversation_id=conversation_id, already=already, exported_at=row[1], through_message_id=row[2]
    )


def mark_unchanged(connection: sqlite3.Connection, seen: Sequence[tuple[int, int]]) -> int:
    """Mark conversations (id, revision when exported) that have not changed since; return how many."""
    moment = now()
    return sum(
        connection.execute(f"{_MARK} AND revision = ?", (moment, conversation_id, revision)).rowcount
        for conversation_id, revision in seen
    )
