"""The SQL of agent logs: add, score, read."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import fields

from storage import door
from storage.errors import Invalid, NotFound
from storage.rows import AgentLog, NewAgentLog
from storage.stamps import uuid7
from storage.statistics import touch

_NAMES = tuple(field.name for field in fields(AgentLog))
COLUMNS = ", ".join(_NAMES)


def log_of(row: Sequence[object]) -> AgentLog:
    """Make a value of a row of `COLUMNS`."""
    values = dict(zip(_NAMES, row, strict=True))
    success = values["success"]
    return AgentLog(**values | {"success": None if success is None else bool(success)})  # type: ignore[arg-type]


def checked(new: NewAgentLog) -> dict[str, object]:
    """Return column to value. Raises: Invalid."""
    return {
        "uid": uuid7(),
        "conversation_id": new.conversation_id,
        "message_id": door.whole("message_id", new.message_id),
        "agent_name": door.text("agent_name", new.agent_name, door.NAME),
        "action": door.name("action", new.action),
        "input_data": door.json("input_data", new.input_data),
        "output_data": door.json("output_data", new.output_data),
        "processing_time": door.seconds("processing_time", new.processing_time),
        "success": None if new.success is None else bool(new.success),
        "error": None if new.error is None else door.text("error", new.error),
        "created_at": door.moment("created_at", new.created_at),
        "confidence_score": door.share("confidence_score", new.confidence_score),
        "accuracy_score": door.share("accuracy_score", new.accuracy_score),
        "training_quality": door.share("training_quality", new.training_quality),
    }


def add(connection: sqlite3.Connection, values: dict[str, object]) -> int:
    """Insert a log; return its id. Raises: NotFound, and Invalid for a message of another conversation."""
    conversation_id = values["conversation_id"]
    assert isinstance(conversation_id, int)
    if values["message_id"] is not None:
        row = connection.execute(
            "SELECT conversation_id FROM messages WHERE id = ?", (values["message_id"],)
        ).fetchone()
        if row is None or row[0] != conversation_id:
            raise Invalid("message_id", values["message_id"], "a message of the same conversation")
    touch(connection, conversation_id)
    cursor = connection.execute(
        f"INSERT INTO agent_logs ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        tuple(values.values()),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def score(
    connection: sqlite3.Connection,
    log_id: int,
    *,
    accuracy_score: float | None,
    training_quality: float | None,
) -> AgentLog:
    """Write what a check found; None leaves a figure as it is. Raises: NotFound."""
    connection.execute(
        "UPDATE agent_logs SET accuracy_score = coalesce(?, accuracy_score),"
        " training_quality = coalesce(?, training_quality) WHERE id = ?",
        (accuracy_score, training_quality, log_id),
    )
    row = connection.execute(f"SELECT {COLUMNS} FROM agent_logs WHERE id = ?", (log_id,)).fetchone()
    if row is None:
        raise NotFound("agent log", log_id)
    log = log_of(row)
    if log.conversation_id is not None:
        touch(connection, log.conversation_id)
    return log


def page(
    connection: sqlite3.Connection, conversation_id: int, *, after_id: int, limit: int
) -> list[AgentLog]:
    """Return a conversation's logs by id, those after `after_id`."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM agent_logs WHERE conversation_id = ? AND id > ? ORDER BY id LIMIT ?",
        (conversation_id, after_id, limit),
    )
    return [log_of(row) for row in rows]
