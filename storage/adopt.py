"""Version 1: a fresh file gets the tables; an old one keeps every row and column and gets what it lacks.

An old file is one that another program made with some of the contract's columns. Nothing in it is rewritten but
what Earshot adds: order numbers and public ids for messages, and the statistics of conversations. Ratings, scores
and flags that are NULL stay NULL: nobody consented to training on them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from storage import schema
from storage.errors import Unusable
from storage.relax import relax
from storage.scoring import Statistics, Tally, tally
from storage.stamps import now, uuid7

# What other programs call the column that we call by the name on the left; the first that is there is read.
TIME_NAMES = {
    "messages": ("created_at", ("timestamp", "created", "time", "date")),
    "conversations": ("started_at", ("created_at", "start_time", "timestamp", "created")),
    "memories": ("created_at", ("timestamp", "created")),
    "agent_logs": ("created_at", ("timestamp", "created")),
}


def adopt(connection: sqlite3.Connection) -> Iterator[str]:
    """Bring a file without a version to version 1; yield each change in words. Inside the caller's transaction."""
    old = _names(connection, "table") & schema.TABLES.keys()
    yield from _shape(connection)
    for table in sorted(old):
        yield from relax(connection, table)
    yield from _times(connection)
    yield from _statistics(connection)
    before = _names(connection, "index")
    for statement in schema.create_indexes():
        connection.execute(statement)
    yield from (f"index {name} added" for name in sorted(_names(connection, "index") - before))


def _names(connection: sqlite3.Connection, kind: str) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = ?", (kind,))
    return {name for (name,) in rows}


def columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """Return the names of a table's columns in lower case, as SQLite compares them."""
    return {row[1].lower() for row in connection.execute(f"PRAGMA table_info({table})")}


def _shape(connection: sqlite3.Connection) -> Iterator[str]:
    there = _names(connection, "table")
    for table, declared in schema.TABLES.items():
        if table not in there:
            connection.execute(schema.create_table(table))
            yield f"table {table} added"
            continue
        known = columns(connection, table)
        for column in declared:
            name = schema.name_of(column)
            if name in known:
                continue
            if name == "id":
                raise Unusable(f"table {table} has no id column; it can't be upgraded in place")
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {schema.added_late(column)}")
            yield f"column {table}.{name} added"


def _times(connection: sqlite3.Connection) -> Iterator[str]:
    """Read times that the old file keeps under another name."""
    for table, (ours, theirs) in TIME_NAMES.items():
        known = columns(connection, table)
        for name in theirs:
            if name in known:
                cursor = connection.execute(
                    f"UPDATE {table} SET {ours} = {name} WHERE {ours} IS NULL AND {name} IS NOT NULL"
                )
                if cursor.rowcount:
                    yield f"{table}.{ours} read from {name} in {cursor.rowcount} rows"
                break


def _statistics(connection: sqlite3.Connection) -> Iterator[str]:
    """Number the messages of each conversation in the order of their ids, and tally them, in one pass."""
    rows = connection.execute(
        "SELECT conversation_id, id, role, processing_time, emotion_confidence, quality_score, user_feedback"
        " FROM messages WHERE conversation_id IS NOT NULL AND seq IS NULL ORDER BY conversation_id, id"
    )
    connection.execute("UPDATE conversations SET total_messages = 0")
    messages = conversations = 0
    for conversation_id, group in groupby(rows, key=itemgetter(0)):
        parts, numbered = [], []
        for seq, (_, message_id, role, seconds, emotion, score, rating) in enumerate(group, 1):
            numbered.append((seq, uuid7(), message_id))
            parts.append(
                tally(
                    role,
                    processing_time=seconds,
                    emotion_confidence=emotion,
                    quality_score=score,
                    user_feedback=rating,
                )
            )
        total = Tally(*map(sum, zip(*parts, strict=True)))
        connection.executemany("UPDATE messages SET seq = ?, uid = coalesce(uid, ?) WHERE id = ?", numbered)
        _keep_tally(connection, conversation_id, total, last_seq=len(numbered))
        messages += len(numbered)
        conversations += 1
    if messages:
        yield f"{messages} messages numbered and counted in {conversations} conversations"


def _keep_tally(
    connection: sqlite3.Connection, conversation_id: object, total: Tally, *, last_seq: int
) -> None:
    """Write what was counted; averages that the old file has stay, since what they were made of may be gone."""
    counted = dict(zip(Tally._fields, total, strict=True)) | {"last_seq": last_seq}
    averages = dict(zip(Statistics._fields[1:], total.statistics()[1:], strict=True))
    connection.execute(
        "UPDATE conversations SET "
        + ", ".join(
            [f"{name} = ?" for name in counted] + [f"{name} = coalesce({name}, ?)" for name in averages]
        )
        + " WHERE id = ?",
        (*counted.values(), *averages.values(), conversation_id),
    )


def stamp_version(connection: sqlite3.Connection, version: int, name: str) -> None:
    """Note in the file that it is at `version`."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations"
        " (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at DATETIME NOT NULL)"
    )
    connection.execute("INSERT OR REPLACE INTO schema_migrations VALUES (?, ?, ?)", (version, name, now()))
    connection.execute(f"PRAGMA user_version = {version:d}")
