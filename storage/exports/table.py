"""One row a message: the columns that `csv` and `parquet` share."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from storage.exports.columns import Head, Turn

TEXT, REAL, WHOLE, FLAG = "string", "float64", "int64", "bool"

_OF_HEAD = {
    "session_id": TEXT,
    "user_id": TEXT,
    "platform": TEXT,
    "model_used": TEXT,
    "language": TEXT,
    "conversation_quality": REAL,
    "user_satisfaction": REAL,
}
_OF_TURN = {
    "seq": WHOLE,
    "role": TEXT,
    "content": TEXT,
    "emotion": TEXT,
    "emotion_confidence": REAL,
    "voice_pitch": REAL,
    "voice_emotion": TEXT,
    "audio_quality": REAL,
    "processing_time": REAL,
    "agent_outputs": TEXT,
    "memory_context": TEXT,
    "quality_score": REAL,
    "user_feedback": REAL,
    "uid": TEXT,
    "created_at": TEXT,
    "start_ms": WHOLE,
    "end_ms": WHOLE,
    "confidence": REAL,
    "words": TEXT,
    "voice": TEXT,
    "interrupted": FLAG,
    "audio_sha256": TEXT,
    "audio_ms": WHOLE,
}
COLUMNS = {"conversation_id": WHOLE, "message_id": WHOLE} | _OF_HEAD | _OF_TURN
"""Column to the name of its type, in order. JSON columns are text: their shape differs from row to row."""


_from_head = attrgetter(*_OF_HEAD)
_from_turn = attrgetter(*_OF_TURN)


def rows(head: Head, turns: Iterable[Turn]) -> list[tuple[object, ...]]:
    """Return the values of each message for `COLUMNS`."""
    of_head = _from_head(head)
    return [(head.id, turn.id, *of_head, *_from_turn(turn)) for turn in turns]
