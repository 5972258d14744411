"""One row a message: the columns that `csv` and `parquet` share."""

from __future__ import annotations

from storage.exports.dialogues import Head, Turn

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


def row(head: Head, turn: Turn) -> list[object]:
    """Return a message's values for `COLUMNS`."""
    values: list[object] = [head.id, turn.id]
    values += [getattr(head, name) for name in _OF_HEAD]
    values += [getattr(turn, name) for name in _OF_TURN]
    return values
