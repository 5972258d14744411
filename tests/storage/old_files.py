"""Database files as other programs left them, from bare to nearly ours, with what such files really hold."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

BARE = """
CREATE TABLE conversations (id INTEGER PRIMARY KEY, session_id TEXT, user_id TEXT);
CREATE TABLE messages (id INTEGER PRIMARY KEY, conversation_id INTEGER, role TEXT, content TEXT);
CREATE TABLE memories (id INTEGER PRIMARY KEY, user_id TEXT, tier TEXT, content TEXT, importance REAL);
CREATE TABLE agent_logs (id INTEGER PRIMARY KEY, agent_name TEXT);
"""

OTHER_NAMES = """
CREATE TABLE conversations (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id VARCHAR(36) UNIQUE, user_id VARCHAR,
    platform VARCHAR, is_active BOOLEAN, start_time DATETIME, extra_theirs TEXT);
CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id INTEGER REFERENCES conversations (id),
    role VARCHAR, content TEXT, emotion VARCHAR, emotion_confidence FLOAT, processing_time FLOAT,
    timestamp DATETIME DEFAULT CURRENT_TIMESTAMP, embedding_theirs BLOB);
CREATE TABLE memories (id INTEGER PRIMARY KEY, user_id TEXT, tier TEXT, content TEXT, importance REAL,
    created_at DATETIME, last_accessed DATETIME);
CREATE TABLE agent_logs (id INTEGER PRIMARY KEY, agent_name TEXT, timestamp DATETIME);
CREATE INDEX idx_messages_role ON messages (role);
"""

HALFWAY = (
    OTHER_NAMES
    + """
ALTER TABLE messages ADD COLUMN quality_score REAL;
ALTER TABLE messages ADD COLUMN training_flag BOOLEAN DEFAULT 1;
ALTER TABLE messages ADD COLUMN USER_FEEDBACK REAL;
ALTER TABLE conversations ADD COLUMN total_messages INTEGER DEFAULT 0;
ALTER TABLE conversations ADD COLUMN conversation_quality REAL;
ALTER TABLE memories ADD COLUMN access_count INTEGER DEFAULT 0;
"""
)

SHAPES = {"bare": BARE, "other names": OTHER_NAMES, "halfway": HALFWAY}


def make(path: Path, shape: str, *, messages: int = 20) -> None:
    """Write an old file: two conversations under one session id, odd types, NULLs, and messages of nobody."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SHAPES[shape])
        connection.execute("INSERT INTO conversations (id, session_id, user_id) VALUES (1, 's-1', 'ada')")
        connection.execute("INSERT INTO conversations (id, session_id, user_id) VALUES (5, 's-2', NULL)")
        connection.executemany(
            "INSERT INTO messages (conversation_id, role, content) VALUES (?, ?, ?)",
            [
                (1 if number % 3 else 5, "assistant" if number % 2 else "user", f"Grüße {number} 你好")
                for number in range(messages)
            ],
        )
        connection.executemany(
            "INSERT INTO messages (conversation_id, role, content) VALUES (?, ?, ?)",
            [
                (1, "bot", None),
                (1, None, b"\x00\xff"),
                (None, "user", "nobody's"),
                (77, "user", "a lost one's"),
                (5, 3, 4.5),
            ],
        )
        connection.execute(
            "INSERT INTO memories (user_id, tier, content, importance) VALUES ('ada', 'core', 'tea', 'high')"
        )
        connection.execute("INSERT INTO agent_logs (agent_name) VALUES ('tone')")
        connection.commit()


def contents(path: Path) -> dict[str, list[dict[str, object]]]:
    """Every row of every table that an old file has, by column name."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return {
            table: [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY id")]
            for table in ("conversations", "messages", "memories", "agent_logs")
        }
