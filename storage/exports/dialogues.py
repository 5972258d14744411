"""Reading what an export is made of: whole conversations, a handful at a time.

Each handful is read in one short transaction and then let go, however slowly somebody downloads. Conversations that
begin after the export did are not in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import Any

from storage import jsontext
from storage.exports.columns import TALK, Dialogue, Head, Logged, Remembered, Turn
from storage.exports.selection import Selection, conditions

ROWS = 200
"""Messages in a handful, about: a millisecond or two of work, after which live audio gets its turn."""


def read(
    connection: sqlite3.Connection,
    selection: Selection,
    *,
    fits: Callable[[Dialogue], bool],
    talk_only: bool = False,
    embeddings: bool = False,
) -> Iterator[Dialogue]:
    """Yield the selected conversations by id, those left out that have no message to learn from or don't fit.

    `talk_only` asks for what was said and nothing else: other columns of messages are None, and there are no
    memories and agent logs. A conversation asked for by its id comes even when it is empty.
    """
    (through_id,) = connection.execute("SELECT coalesce(max(id), 0) FROM conversations").fetchone()
    left = selection.limit
    for ids in _handfuls(connection, selection, through_id):
        for dialogue in _filled(connection, ids, selection, talk_only=talk_only, embeddings=embeddings):
            if selection.conversation_id is None and not (dialogue.turns and fits(dialogue)):
                continue
            yield dialogue
            if left is not None:
                left -= 1
                if not left:
                    return


def _handfuls(connection: sqlite3.Connection, selection: Selection, through_id: int) -> Iterator[list[int]]:
    """Yield ids of conversations in groups of about `ROWS` messages."""
    where, values = conditions(selection, through_id)
    sql = f"SELECT id, total_messages FROM conversations WHERE {where} AND id > ? ORDER BY id LIMIT ?"
    after = 0
    while page := connection.execute(sql, (*values, after, ROWS)).fetchall():
        after = page[-1][0]
        group: list[int] = []
        size = 0
        for conversation_id, messages in page:
            group.append(conversation_id)
            size += messages or 1
            if size >= ROWS:
                yield group
                group, size = [], 0
        if group:
            yield group


def _filled(
    connection: sqlite3.Connection,
    ids: Sequence[int],
    selection: Selection,
    *,
    talk_only: bool,
    embeddings: bool,
) -> list[Dialogue]:
    learnable = _test_of(selection)
    with _one_moment(connection):
        heads = connection.execute(
            f"SELECT {', '.join(Head._fields)} FROM conversations WHERE id IN ({_marks(ids)}) ORDER BY id",
            ids,
        )
        found = {row[0]: Dialogue(Head._make(row), [], [], [], [], {}) for row in heads}
        columns = TALK if talk_only else Turn._fields
        turns = _rows(
            connection, Turn, columns, "messages", ids, "conversation_id, seq", where=_shown(selection)
        )
        for conversation_id, group in groupby(turns, key=itemgetter(0)):
            context = [turn if type(turn.content) is str else _mended(turn) for turn in group]
            found[conversation_id].context = context
            found[conversation_id].turns = [turn for turn in context if learnable(turn)]
        if not talk_only:
            for memory in _rows(
                connection, Remembered, Remembered._fields, "memories", ids, "conversation_id, id"
            ):
                if selection.verified in (None, bool(memory.verified)):
                    found[memory.conversation_id].memories.append(memory)
            for log in _rows(connection, Logged, Logged._fields, "agent_logs", ids, "conversation_id, id"):
                found[log.conversation_id].agent_logs.append(log)
        if embeddings:
            _embed(connection, found, ids)
    return list(found.values())


def _shown(selection: Selection) -> str:
    """Return the condition for messages that may be in an export at all.

    Unflagged words of a person go nowhere. An answer that is not to be learnt from may still be context: without
    it the next question would follow the last.
    """
    context = "" if selection.flagged else " OR training_flag = 0 AND role = 'assistant'"
    return f"content IS NOT NULL AND (training_flag = 1{context})"


def _mended(turn: Turn) -> Turn:
    """Return a message of an old file, which may hold anything for text, with text."""
    return turn._replace(content=jsontext.plain(turn.content))


def _test_of(selection: Selection) -> Callable[[Turn], bool]:
    """Return what tells whether a message is to be learnt from."""
    if not selection.filters_messages():
        return lambda turn: turn.training_flag == 1

    def learnable(turn: Turn) -> bool:
        return (
            turn.training_flag == 1
            and (selection.min_quality is None or (turn.quality_score or 0.0) >= selection.min_quality)
            and (selection.emotion is None or selection.emotion in (turn.emotion, turn.voice_emotion))
            and selection.role in (None, turn.role)
            and selection.has_voice in (None, turn.voice_pitch is not None)
        )

    return learnable


@contextmanager
def _one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """Let all reads inside see the file as it is at the first of them."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def _marks(ids: Sequence[int]) -> str:
    return ", ".join("?" * len(ids))


def _rows(
    connection: sqlite3.Connection,
    kind: Any,
    columns: Sequence[str],
    table: str,
    ids: Sequence[int],
    order: str,
    *,
    where: str = "1",
) -> Iterator[Any]:
    rows = connection.execute(
        f"SELECT {', '.join(columns)} FROM {table}"
        f" WHERE conversation_id IN ({_marks(ids)}) AND {where} ORDER BY {order}",
        ids,
    )
    return map(kind._make, rows)


def _embed(connection: sqlite3.Connection, found: dict[int, Dialogue], ids: Sequence[int]) -> None:
    rows = connection.execute(
        "SELECT conversation_id, message_id, vector FROM message_embeddings"
        f" JOIN messages ON messages.id = message_id WHERE conversation_id IN ({_marks(ids)})",
        ids,
    )
    for conversation_id, message_id, vector in rows:
        found[conversation_id].embeddings[message_id] = vector
