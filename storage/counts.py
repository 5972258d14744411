"""Figures about everything kept, for whoever watches the training data grow."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypedDict

from storage.database import for_reading, open_database


class Counts(TypedDict):
    """What `count` finds; averages are None where nothing speaks for them."""

    total_conversations: int
    active_conversations: int
    exported_conversations: int
    unexported_conversations: int
    high_quality_conversations: int
    total_messages: int
    training_messages: int
    voice_messages: int
    rated_messages: int
    spoken_ms: int
    recorded_ms: int
    total_memories: int
    verified_memories: int
    total_agent_logs: int
    avg_conversation_quality: float | None
    avg_user_satisfaction: float | None
    messages_by_role: dict[str, int]
    messages_by_emotion: dict[str, int]
    messages_by_rating: dict[str, int]
    """Of user_feedback, rounded: "1" to "5"."""
    messages_by_audio_quality: dict[str, int]
    """By quarters: "0.5" is 0.5 and more, below 0.75."""
    conversations_by_quality: dict[str, int]
    """Of conversation_quality, by tenths: "0.6" is 0.6 and more, below 0.7."""
    conversations_by_platform: dict[str, int]


_CONVERSATIONS = """
    SELECT count(*), coalesce(sum(is_active), 0), coalesce(sum(training_data_exported), 0),
        count(CASE WHEN conversation_quality > 0.7 THEN 1 END), avg(conversation_quality), avg(user_satisfaction)
    FROM conversations"""
_RATINGS = {"1": 0, "2": 1.5, "3": 2.5, "4": 3.5, "5": 4.5}
_QUARTERS = {"0": 0, "0.25": 0.25, "0.5": 0.5, "0.75": 0.75}


def _at_least(column: str, edges: Iterable[float]) -> str:
    return ", ".join(f"count(CASE WHEN {column} >= {edge} THEN 1 END)" for edge in edges)


# In one scan: at a million messages each takes a second or two.
_MESSAGES = f"""
    SELECT count(*), count(CASE WHEN training_flag = 1 THEN 1 END), count(voice_pitch),
        coalesce(sum(end_ms - start_ms), 0), coalesce(sum(audio_ms), 0),
        {_at_least("user_feedback", _RATINGS.values())}, {_at_least("audio_quality", _QUARTERS.values())}
    FROM messages"""


def count(connection: sqlite3.Connection) -> Counts:
    """Count everything. Reads every row: a second or so at a million messages, so the store keeps the answer."""
    conversations, active, exported, high, quality, satisfaction = connection.execute(
        _CONVERSATIONS
    ).fetchone()
    messages, training, voice, spoken_ms, recorded_ms, *classes = connection.execute(_MESSAGES).fetchone()
    ratings, qualities = classes[: len(_RATINGS)], classes[len(_RATINGS) :]
    memories, verified = connection.execute(
        "SELECT count(*), coalesce(sum(verified), 0) FROM memories"
    ).fetchone()
    (logs,) = connection.execute("SELECT count(*) FROM agent_logs").fetchone()
    return Counts(
        total_conversations=conversations,
        active_conversations=active,
        exported_conversations=exported,
        unexported_conversations=conversations - exported,
        high_quality_conversations=high,
        total_messages=messages,
        training_messages=training,
        voice_messages=voice,
        rated_messages=ratings[0],
        spoken_ms=spoken_ms,
        recorded_ms=recorded_ms,
        total_memories=memories,
        verified_memories=verified,
        total_agent_logs=logs,
        avg_conversation_quality=quality,
        avg_user_satisfaction=satisfaction,
        messages_by_role=_by(connection, "messages", "role"),
        messages_by_emotion=_by(connection, "messages", "emotion"),
        messages_by_rating=_classes(_RATINGS, ratings),
        messages_by_audio_quality=_classes(_QUARTERS, qualities),
        conversations_by_quality=_by(connection, "conversations", _TENTH),
        conversations_by_platform=_by(connection, "conversations", "platform"),
    )


_TENTH = (
    "CAST(CASE WHEN conversation_quality >= 1 THEN 9 ELSE conversation_quality * 10 END AS INTEGER) / 10.0"
)
"""1.0 belongs to the last class."""


def _classes(names: Iterable[str], at_least: Sequence[int]) -> dict[str, int]:
    """Return how many fall into each class, of how many reach its lower edge; empty classes are left out."""
    counts = (reached - beyond for reached, beyond in zip(at_least, [*at_least[1:], 0], strict=True))
    return {name: number for name, number in zip(names, counts, strict=True) if number}


def _by(connection: sqlite3.Connection, table: str, column: str) -> dict[str, int]:
    rows = connection.execute(
        f"SELECT {column}, count(*) FROM {table} WHERE {column} IS NOT NULL GROUP BY {column} ORDER BY 2 DESC, 1"
    )
    return {str(name): number for name, number in rows}


REST = 20
"""Times what counting took until somebody is counted for again: a twentieth of a core at most, however many ask.

A hundred thousand messages are never older than seconds, a million perhaps half a minute.
"""


class CountsCache:
    """Counts on a connection of its own, as often as that is cheap."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = asyncio.Lock()
        self._counts: Counts | None = None
        self._until = 0.0

    async def get(self) -> Counts:
        """Return the figures. Raises: StorageError."""
        async with self._lock:
            begun = time.monotonic()
            if self._counts is not None and begun < self._until:
                return self._counts
            async with open_database(self._path, setup=for_reading) as database:
                counts = await database.run(count)
            ended = time.monotonic()
            self._counts, self._until = counts, ended + REST * (ended - begun)
            return counts
