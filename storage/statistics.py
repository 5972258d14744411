"""The statistics columns of a conversation: read, changed and written in the transaction of what changed them."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from storage.errors import NotFound
from storage.scoring import Tally

_SUMS = ", ".join(Tally._fields)


class Standing(NamedTuple):
    """Where a conversation stands before a change."""

    tally: Tally
    last_seq: int
    training_consent: int | None


def standing(connection: sqlite3.Connection, conversation_id: int) -> Standing:
    """Read where a conversation stands. Raises: NotFound."""
    row = connection.execute(
        f"SELECT {_SUMS}, last_seq, training_consent FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    if row is None:
        raise NotFound("conversation", conversation_id)
    return Standing(Tally(*row[:-2]), row[-2], row[-1])


_WRITE = (
    "UPDATE conversations SET"
    + ", ".join(f" {name} = ?" for name in Tally._fields)
    + ", avg_response_time = ?, avg_emotion_score = ?, conversation_quality = ?, user_satisfaction = ?"
    + ", last_seq = ?, revision = revision + 1, training_data_exported = 0 WHERE id = ?"
)


def write_tally(connection: sqlite3.Connection, conversation_id: int, tally: Tally, *, last_seq: int) -> None:
    """Write a conversation's sums and the averages they make.

    Whatever changes them changes what an export would say, so the conversation counts as not exported again.
    """
    connection.execute(_WRITE, (*tally, *tally.statistics()[1:], last_seq, conversation_id))


def touch(connection: sqlite3.Connection, conversation_id: int) -> None:
    """Note that an export of the conversation would say something new. Raises: NotFound."""
    cursor = connection.execute(
        "UPDATE conversations SET revision = revision + 1, training_data_exported = 0 WHERE id = ?",
        (conversation_id,),
    )
    if not cursor.rowcount:
        raise NotFound("conversation", conversation_id)
