"""How much an export would be, told before anybody waits for it. Blocking."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace

from storage.exports.export import Export
from storage.exports.formats import Format
from storage.exports.selection import Options, Selection, conditions
from storage.exports.sounds import Sounds

SAMPLE = 100
"""Conversations that are written to be weighed: a few tenths of a second even where sound belongs to them."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How much an export would hold."""

    conversations: int
    messages: int
    bytes: int
    exact: bool
    """Whether it was counted to the end; else the oldest `SAMPLE` conversations stand for the rest."""


def estimate(
    connection: sqlite3.Connection,
    format: Format,
    selection: Selection,
    options: Options,
    sounds: Sounds,
) -> Estimate:
    """Write the beginning of the export to nowhere; if that isn't all, scale it up by the messages that are left."""
    most = selection.limit
    sample = replace(selection, limit=SAMPLE if most is None else min(most, SAMPLE))
    export = Export(connection, format, sample, options, sounds)
    while export.block():
        pass
    seen = export.receipt()
    if seen.last_id is None or seen.conversations < SAMPLE or seen.conversations == most:
        return Estimate(seen.conversations, seen.messages, seen.bytes, exact=True)
    share = _messages(connection, selection) / max(1, _messages(connection, selection, through=seen.last_id))
    if most is not None:
        share = min(share, most / seen.conversations)
    return Estimate(
        round(share * seen.conversations),
        round(share * seen.messages),
        round(share * seen.bytes),
        exact=share == 1,
    )


def _messages(connection: sqlite3.Connection, selection: Selection, *, through: int = (1 << 63) - 1) -> int:
    """Count the messages of the conversations that are asked for, those that wouldn't be exported among them."""
    where, values = conditions(selection, through)
    sql = f"SELECT coalesce(sum(total_messages), 0) FROM conversations WHERE {where}"
    (count,) = connection.execute(sql, values).fetchone()
    return int(count)
