"""Erasure: a message, a conversation or a person, with everything that came of them.

Rows that refer to what goes are taken along by the foreign keys; `secure_delete` overwrites them in the file with
zeros; the store then deletes recordings and empties the write-ahead log. Backups and downloaded exports are out of
reach. The audit row says who asked and how much went, never what.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from storage import corrections, jsontext, messages
from storage.errors import NotFound
from storage.recordings import Recordings
from storage.rows import Erased
from storage.stamps import now

SLICE = 20
"""Conversations of a person erased in one job, so that other people's messages don't wait for all of them."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What one job erased."""

    erased: Erased
    digests: tuple[str, ...]
    """Recordings that the rows named; other rows may still name them."""


def message(connection: sqlite3.Connection, message_id: int, actor: str) -> Gone:
    """Erase a message; its conversation's statistics forget it. Raises: NotFound."""
    found = messages.get(connection, message_id)
    (logs,) = connection.execute(
        "SELECT count(*) FROM agent_logs WHERE message_id = ?", (message_id,)
    ).fetchone()
    connection.execute("DELETE FROM messages WHERE id = ?", (message_id,))
    corrections.recount(connection, found, None)
    # Topics counted from the text hold words of it.
    connection.execute(
        "UPDATE conversations SET topics_discussed = NULL, topics_source = NULL"
        " WHERE id = ? AND topics_source = 'keywords'",
        (found.conversation_id,),
    )
    digests = (found.audio_sha256,) if found.audio_sha256 else ()
    erased = Erased(messages=1, agent_logs=logs, recordings=len(digests))
    audit(connection, actor, "erase_message", erased)
    return Gone(erased, digests)


def conversation(connection: sqlite3.Connection, conversation_id: int, actor: str) -> Gone:
    """Erase a conversation with its messages, memories and agent logs. Raises: NotFound."""
    gone = _conversations(connection, [conversation_id])
    if not gone.erased.conversations:
        raise NotFound("conversation", conversation_id)
    audit(connection, actor, "erase_conversation", gone.erased)
    return gone


def person_slice(connection: sqlite3.Connection, user_id: str) -> Gone:
    """Erase some of a person's conversations; nothing in `Gone` when none is left."""
    rows = connection.execute("SELECT id FROM conversations WHERE user_id = ? LIMIT ?", (user_id, SLICE))
    return _conversations(connection, [conversation_id for (conversation_id,) in rows.fetchall()])


def person_rest(connection: sqlite3.Connection, user_id: str, actor: str, so_far: Erased) -> Gone:
    """Erase a person's other memories and write the audit row for all of it."""
    count = connection.execute("DELETE FROM memories WHERE user_id = ?", (user_id,)).rowcount
    erased = total([so_far, Erased(memories=count)])
    audit(connection, actor, "erase_user", erased)
    return Gone(erased, ())


def memory(connection: sqlite3.Connection, memory_id: int, actor: str) -> Gone:
    """Erase a memory, also from the lists of those that relate to it. Raises: NotFound."""
    row = connection.execute("SELECT user_id FROM memories WHERE id = ?", (memory_id,)).fetchone()
    if row is None:
        raise NotFound("memory", memory_id)
    connection.execute("DELETE FROM memories WHERE id = ?", (memory_id,))
    _unrelate(connection, row[0], {memory_id})
    audit(connection, actor, "erase_memory", Erased(memories=1))
    return Gone(Erased(memories=1), ())


def drop_recordings(connection: sqlite3.Connection, recordings: Recordings, digests: Iterable[str]) -> None:
    """Delete the files that no row names any more. A job, so that no row can come to name one meanwhile."""
    for digest in digests:
        if not messages.sounds_as(connection, digest):
            recordings.drop(digest)


def audit(connection: sqlite3.Connection, actor: str, action: str, counts: Erased) -> None:
    """Note who did what to how much."""
    connection.execute(
        "INSERT INTO audit (at, actor, action, counts) VALUES (?, ?, ?, ?)",
        (now(), actor, action, jsontext.encode(asdict(counts)).decode()),
    )


def total(parts: Iterable[Erased]) -> Erased:
    """Add up."""
    sums = dict.fromkeys(("conversations", "messages", "memories", "agent_logs", "recordings"), 0)
    for part in parts:
        for name, count in asdict(part).items():
            sums[name] += count
    return Erased(**sums)


def _conversations(connection: sqlite3.Connection, ids: list[int]) -> Gone:
    marks = ", ".join("?" * len(ids))
    here = f"WHERE conversation_id IN ({marks})"
    counts = {
        table: connection.execute(f"SELECT count(*) FROM {table} {here}", ids).fetchone()[0]
        for table in ("messages", "memories", "agent_logs")
    }
    rows = connection.execute(
        f"SELECT DISTINCT audio_sha256 FROM messages {here} AND audio_sha256 IS NOT NULL", ids
    )
    digests = tuple(digest for (digest,) in rows)
    learnt = connection.execute(f"SELECT user_id, id FROM memories {here}", ids).fetchall()
    gone = connection.execute(f"DELETE FROM conversations WHERE id IN ({marks})", ids).rowcount
    for user_id in {user_id for user_id, _ in learnt}:
        _unrelate(connection, user_id, {memory_id for owner, memory_id in learnt if owner == user_id})
    return Gone(Erased(conversations=gone, recordings=len(digests), **counts), digests)


def _unrelate(connection: sqlite3.Connection, user_id: str, gone: set[int]) -> None:
    """Take memories that are gone out of the lists of those that stay."""
    rows = connection.execute(
        "SELECT id, related_memories FROM memories WHERE user_id = ? AND related_memories IS NOT NULL",
        (user_id,),
    ).fetchall()
    for memory_id, text in rows:
        related = jsontext.decode(text)
        left = [one for one in related if one not in gone]
        if left != related:
            connection.execute(
                "UPDATE memories SET related_memories = ? WHERE id = ?",
                (jsontext.encode(left).decode() if left else None, memory_id),
            )
