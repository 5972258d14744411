"""The SQL of messages: keep and read. Statistics change in the same transaction as what changes them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, fields

from storage import door, jsontext
from storage.errors import NotFound
from storage.recordings import Kept
from storage.rows import ROLES, Message, NewMessage, Saved
from storage.scoring import VERSION, Tally, quality_score, tally
from storage.stamps import uuid7
from storage.statistics import standing, write_tally


@dataclass(frozen=True, slots=True)
class CheckedMessage:
    """A message that has passed the door."""

    conversation_id: int
    uid: str
    named: bool
    """Whether the caller chose the uid; one that we made can't be there already."""
    score: float
    tally: Tally
    values: tuple[object, ...]
    """One for each of `_GIVEN`."""
    training: bool | None
    vector: bytes | None
    embedding_model: str | None


def checked(new: NewMessage) -> CheckedMessage:
    """Check a message and score it. Raises: Invalid."""
    memory_context = door.json("memory_context", new.memory_context)
    score = quality_score(
        door.choice("role", new.role, ROLES),
        door.text("content", new.content),
        processing_time=door.seconds("processing_time", new.processing_time),
        emotion_confidence=door.share("emotion_confidence", new.emotion_confidence),
        memories=memories_in(memory_context),
    )
    return CheckedMessage(
        conversation_id=new.conversation_id,
        uid=uuid7() if new.uid is None else door.text("uid", new.uid, door.NAME),
        named=new.uid is not None,
        score=score,
        tally=tally(
            new.role,
            processing_time=new.processing_time,
            emotion_confidence=new.emotion_confidence,
            quality_score=score,
        ),
        values=_values(new, memory_context, score),
        training=new.training,
        vector=door.vector("context_embedding", new.context_embedding),
        embedding_model=door.name("embedding_model", new.embedding_model),
    )


def _values(new: NewMessage, memory_context: str | None, score: float) -> tuple[object, ...]:
    return (
        new.role,
        new.content,
        door.name("emotion", new.emotion),
        new.emotion_confidence,
        new.processing_time,
        door.json("agent_outputs", new.agent_outputs),
        memory_context,
        score,
        VERSION,
        door.number("voice_pitch", new.voice_pitch, 1.0, 20_000.0),
        door.name("voice_emotion", new.voice_emotion),
        door.share("audio_quality", new.audio_quality),
        door.whole("start_ms", new.start_ms),
        door.whole("end_ms", new.end_ms, low=new.start_ms or 0),
        door.share("confidence", new.confidence),
        door.json("words", new.words, list),
        door.json("voice", new.voice, dict),
        door.name("reason", new.reason),
        bool(new.interrupted),
        door.moment("created_at", new.created_at),
    )


def memories_in(memory_context: str | None) -> int:
    """Count the memories that an answer drew on: the items of an array; anything else that is not empty is one."""
    if memory_context is None:
        return 0
    said = jsontext.decode(memory_context)
    return len(said) if isinstance(said, list) else int(bool(said))


_NAMES = tuple(field.name for field in fields(Message))
COLUMNS = ", ".join(_NAMES)

_GIVEN = (
    "role, content, emotion, emotion_confidence, processing_time, agent_outputs, memory_context, quality_score,"
    " quality_version, voice_pitch, voice_emotion, audio_quality, start_ms, end_ms, confidence, words, voice,"
    " reason, interrupted, created_at"
)
_INSERT = (
    f"INSERT INTO messages ({_GIVEN}, conversation_id, uid, seq, training_flag, audio_path, audio_sha256, audio_ms)"
    f" VALUES ({', '.join('?' * 27)})"
)


def insert(connection: sqlite3.Connection, message: CheckedMessage, kept: Kept | None = None) -> Saved:
    """Insert a message and count it. Raises: NotFound for its conversation."""
    if message.named and (known := _known(connection, message)):
        return known
    now = standing(connection, message.conversation_id)
    seq = now.last_seq + 1
    training = (
        now.training_consent if message.training is None else message.training and now.training_consent != 0
    )
    cursor = connection.execute(
        _INSERT,
        (*message.values, message.conversation_id, message.uid, seq, training)
        + ((kept.path, kept.sha256, kept.duration_ms) if kept else (None, None, None)),
    )
    message_id = cursor.lastrowid
    assert message_id is not None
    if message.vector is not None:
        connection.execute(
            "INSERT INTO message_embeddings VALUES (?, ?, ?, ?)",
            (message_id, message.embedding_model, len(message.vector) // 4, message.vector),
        )
    write_tally(connection, message.conversation_id, now.tally.plus(message.tally), last_seq=seq)
    return _saved(message, message_id, seq, message.score, existed=False)


def _known(connection: sqlite3.Connection, message: CheckedMessage) -> Saved | None:
    row = connection.execute(
        "SELECT id, seq, quality_score FROM messages WHERE uid = ? AND conversation_id = ?",
        (message.uid, message.conversation_id),
    ).fetchone()
    return _saved(message, *row, existed=True) if row else None


def _saved(
    message: CheckedMessage, message_id: int, seq: int, score: float | None, *, existed: bool
) -> Saved:
    return Saved(
        message_id=message_id,
        uid=message.uid,
        conversation_id=message.conversation_id,
        seq=seq,
        quality_score=score,
        existed=existed,
    )


def named(connection: sqlite3.Connection, conversation_id: int, uids: Sequence[str]) -> list[Message]:
    """Return those of a conversation's messages that have one of these public ids."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM messages WHERE conversation_id = ? AND uid IN ({', '.join('?' * len(uids))})",
        (conversation_id, *uids),
    )
    return [message_of(row) for row in rows]


def sounds_as(connection: sqlite3.Connection, digest: str) -> bool:
    """Tell whether any message has the recording of this digest."""
    return (
        connection.execute("SELECT 1 FROM messages WHERE audio_sha256 = ?", (digest,)).fetchone() is not None
    )


def find(connection: sqlite3.Connection, message_id: int) -> Message | None:
    """Return a message or None."""
    row = connection.execute(f"SELECT {COLUMNS} FROM messages WHERE id = ?", (message_id,)).fetchone()
    return message_of(row) if row else None


def get(connection: sqlite3.Connection, message_id: int) -> Message:
    """Return a message. Raises: NotFound."""
    found = find(connection, message_id)
    if found is None:
        raise NotFound("message", message_id)
    return found


def page(
    connection: sqlite3.Connection, conversation_id: int, *, after_seq: int, limit: int
) -> list[Message]:
    """Return a conversation's messages in order, those after `after_seq`."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM messages WHERE conversation_id = ? AND seq > ? ORDER BY seq LIMIT ?",
        (conversation_id, after_seq, limit),
    )
    return [message_of(row) for row in rows]


def message_of(row: Sequence[object]) -> Message:
    """Make a value of a row of `COLUMNS`."""
    values = dict(zip(_NAMES, row, strict=True))
    flag = values["training_flag"]
    flags = {
        "interrupted": bool(values["interrupted"]),
        "training_flag": None if flag is None else bool(flag),
    }
    return Message(**values | flags)  # type: ignore[arg-type]
