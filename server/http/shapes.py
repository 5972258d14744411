"""Rows as JSON: the columns as they are, those that hold JSON unwrapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import msgspec

from storage.rows import AgentLog, Conversation, Memory, Message

JSON_COLUMNS: Mapping[type, tuple[str, ...]] = {
    Conversation: ("metadata", "topics_discussed"),
    Message: ("agent_outputs", "memory_context", "words", "voice"),
    Memory: ("related_memories",),
    AgentLog: ("input_data", "output_data"),
}
"""Columns of a row that hold JSON text; the store has checked that it is."""

HIDDEN: Mapping[type, tuple[str, ...]] = {Message: ("audio_path",)}
"""Columns that are nobody's business: no path of this machine leaves it."""

Row = Conversation | Message | Memory | AgentLog


def shape(row: Row) -> dict[str, Any]:
    """Write a row as JSON values."""
    kind = type(row)
    values = {f.name: getattr(row, f.name) for f in fields(row) if f.name not in HIDDEN.get(kind, ())}
    for column in JSON_COLUMNS[kind]:
        if values[column] is not None:
            values[column] = msgspec.Raw(values[column].encode())
    return values


def page(rows: Sequence[Row], *, limit: int, key: str = "id") -> dict[str, Any]:
    """Write a page of rows; `next` is where the following page begins."""
    following = getattr(rows[-1], key) if len(rows) == limit else None
    return {"items": [shape(row) for row in rows], "next": following}
