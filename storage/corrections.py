"""Changes to a message that is there: rate, edit, take away. The statistics follow in the same transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from storage import door, messages
from storage.errors import Invalid, NotFound
from storage.jsontext import plain
from storage.rows import Message, MessageChange
from storage.scoring import VERSION, Tally, quality_score, tally
from storage.statistics import standing, write_tally


def rate(connection: sqlite3.Connection, message_id: int, rating: float, conversation_id: int | None) -> None:
    """Write a rating, the last one counts. Raises: NotFound, also for a message of another conversation."""
    before = messages.get(connection, message_id)
    if conversation_id not in (None, before.conversation_id):
        raise NotFound("message", message_id)
    connection.execute("UPDATE messages SET user_feedback = ? WHERE id = ?", (rating, message_id))
    recount(connection, before, replace(before, user_feedback=rating))


def checked(change: MessageChange) -> MessageChange:
    """Return the change if it can be made. Raises: Invalid."""
    if change.content is not None:
        door.text("content", change.content)
    door.name("emotion", change.emotion)
    door.share("emotion_confidence", change.emotion_confidence)
    if change == MessageChange():
        raise Invalid("change", None, "at least one of content, emotion, emotion_confidence, training")
    return change


def edit(connection: sqlite3.Connection, message_id: int, change: MessageChange) -> Message:
    """Change a message and score it anew. Raises: NotFound."""
    before = messages.get(connection, message_id)
    after = _changed(before, change)
    connection.execute(
        "UPDATE messages SET content = ?, emotion = ?, emotion_confidence = ?, training_flag = ?,"
        " quality_score = ?, quality_version = ? WHERE id = ?",
        (
            after.content,
            after.emotion,
            after.emotion_confidence,
            after.training_flag,
            after.quality_score,
            after.quality_version,
            message_id,
        ),
    )
    recount(connection, before, after)
    return after


def _changed(message: Message, change: MessageChange) -> Message:
    after = replace(
        message,
        content=message.content if change.content is None else change.content,
        emotion=message.emotion if change.emotion is None else change.emotion,
        emotion_confidence=(
            message.emotion_confidence if change.emotion_confidence is None else change.emotion_confidence
        ),
        training_flag=message.training_flag if change.training is None else change.training,
    )
    if change.content is None and change.emotion_confidence is None:
        return after
    return replace(after, quality_score=score(after), quality_version=VERSION)


def score(message: Message) -> float:
    """Return the quality score of a row, whatever an old file holds in it."""
    return quality_score(
        message.role,
        plain(message.content),
        processing_time=_number(message.processing_time),
        emotion_confidence=_number(message.emotion_confidence),
        memories=messages.memories_in(message.memory_context),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def recount(connection: sqlite3.Connection, before: Message, after: Message | None) -> None:
    """Make the statistics of a conversation tell of `after` in place of `before`; None for a message taken away."""
    now = standing(connection, before.conversation_id)
    counted = now.tally.minus(tally_of(before)).plus(Tally() if after is None else tally_of(after))
    write_tally(connection, before.conversation_id, counted, last_seq=now.last_seq)


def tally_of(message: Message) -> Tally:
    """Return what a row adds to its conversation's tally."""
    return tally(
        message.role,
        processing_time=message.processing_time,
        emotion_confidence=message.emotion_confidence,
        quality_score=message.quality_score,
        user_feedback=message.user_feedback,
    )
