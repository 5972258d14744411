"""The tables as they stand today, column by column. docs/schema.md says in prose what each one means.

A fresh file gets each column as written here. An old file that lacks one gets it by ALTER TABLE, which cannot
add what existing rows would break: see `added_late`. Types are the names that the data contract uses; SQLite
reads DATETIME and BOOLEAN as NUMERIC affinity, which leaves our ISO texts and 0/1 as they are.
"""

from __future__ import annotations


def _flag(column: str) -> str:
    return f"CHECK ({column} IN (0, 1))"


def _share(column: str) -> str:
    return f"CHECK ({column} BETWEEN 0 AND 1)"


def _json(column: str) -> str:
    return f"CHECK ({column} IS NULL OR json_valid({column}))"


CONVERSATIONS = (
    "id INTEGER PRIMARY KEY AUTOINCREMENT",  # never reused: a cursor or a downloaded file may still name it
    "session_id TEXT NOT NULL",
    "user_id TEXT",
    "platform TEXT",
    "model_used TEXT",
    "language TEXT",
    f"metadata TEXT {_json('metadata')}",
    f"is_active BOOLEAN NOT NULL DEFAULT 1 {_flag('is_active')}",
    "started_at DATETIME NOT NULL",
    "ended_at DATETIME",
    "total_messages INTEGER NOT NULL DEFAULT 0",
    "avg_response_time REAL",
    "avg_emotion_score REAL",
    f"conversation_quality REAL {_share('conversation_quality')}",
    "user_satisfaction REAL CHECK (user_satisfaction BETWEEN 1 AND 5)",
    f"topics_discussed TEXT {_json('topics_discussed')}",
    "topics_source TEXT CHECK (topics_source IN ('client', 'keywords'))",
    f"training_data_exported BOOLEAN NOT NULL DEFAULT 0 {_flag('training_data_exported')}",
    "exported_at DATETIME",
    "exported_through INTEGER",
    f"training_consent BOOLEAN {_flag('training_consent')}",
    f"recording_consent BOOLEAN {_flag('recording_consent')}",
    # The next five tell whether an export still says what is stored, and hold what averages are made of:
    # counts, and sums in whole millionths, which add up to the same total in any order.
    "revision INTEGER NOT NULL DEFAULT 0",
    "last_seq INTEGER NOT NULL DEFAULT 0",
    "response_time_count INTEGER NOT NULL DEFAULT 0",
    "response_time_sum INTEGER NOT NULL DEFAULT 0",
    "emotion_count INTEGER NOT NULL DEFAULT 0",
    "emotion_sum INTEGER NOT NULL DEFAULT 0",
    "quality_count INTEGER NOT NULL DEFAULT 0",
    "quality_sum INTEGER NOT NULL DEFAULT 0",
    "feedback_count INTEGER NOT NULL DEFAULT 0",
    "feedback_sum INTEGER NOT NULL DEFAULT 0",
)

MESSAGES = (
    "id INTEGER PRIMARY KEY AUTOINCREMENT",
    "conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE",
    "seq INTEGER",
    "uid TEXT",
    "role TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'system'))",
    "content TEXT NOT NULL",
    "emotion TEXT",
    f"emotion_confidence REAL {_share('emotion_confidence')}",
    "processing_time REAL CHECK (processing_time >= 0)",
    "created_at DATETIME NOT NULL",
    f"agent_outputs TEXT {_json('agent_outputs')}",
    f"memory_context TEXT {_json('memory_context')}",
    "user_feedback REAL CHECK (user_feedback BETWEEN 1 AND 5)",
    f"quality_score REAL {_share('quality_score')}",
    "quality_version INTEGER",
    f"training_flag BOOLEAN DEFAULT 1 {_flag('training_flag')}",
    "voice_pitch REAL CHECK (voice_pitch > 0)",
    "voice_emotion TEXT",
    f"audio_quality REAL {_share('audio_quality')}",
    "start_ms INTEGER CHECK (start_ms >= 0)",
    "end_ms INTEGER CHECK (end_ms >= start_ms)",
    f"confidence REAL {_share('confidence')}",
    f"words TEXT {_json('words')}",
    f"voice TEXT {_json('voice')}",
    "reason TEXT",
    f"interrupted BOOLEAN NOT NULL DEFAULT 0 {_flag('interrupted')}",
    "audio_path TEXT",
    "audio_sha256 TEXT",
    "audio_ms INTEGER",
    # Kept as numbers in message_embeddings, because this text would make every row eight times as long.
    # Rows of old files have theirs here. Last, so that reading the other columns seldom touches it.
    "context_embedding TEXT",
)

MEMORIES = (
    "id INTEGER PRIMARY KEY AUTOINCREMENT",
    "uid TEXT",
    "user_id TEXT NOT NULL",
    "conversation_id INTEGER REFERENCES conversations (id) ON DELETE CASCADE",
    "tier TEXT NOT NULL CHECK (tier IN ('short_term', 'medium_term', 'long_term'))",
    "content TEXT NOT NULL",
    f"importance REAL NOT NULL DEFAULT 0.5 {_share('importance')}",
    "created_at DATETIME NOT NULL",
    "last_accessed DATETIME",
    "context TEXT",
    "tags TEXT",
    "emotion_at_creation TEXT",
    f"related_memories TEXT {_json('related_memories')}",
    "access_count INTEGER NOT NULL DEFAULT 0 CHECK (access_count >= 0)",
    f"training_relevance REAL {_share('training_relevance')}",
    f"verified BOOLEAN NOT NULL DEFAULT 0 {_flag('verified')}",
    "fingerprint TEXT",
)

AGENT_LOGS = (
    "id INTEGER PRIMARY KEY AUTOINCREMENT",
    "uid TEXT",
    "conversation_id INTEGER REFERENCES conversations (id) ON DELETE CASCADE",
    "message_id INTEGER REFERENCES messages (id) ON DELETE CASCADE",
    "agent_name TEXT NOT NULL",
    "action TEXT",
    f"input_data TEXT {_json('input_data')}",
    f"output_data TEXT {_json('output_data')}",
    "processing_time REAL CHECK (processing_time >= 0)",
    f"success BOOLEAN {_flag('success')}",
    "error TEXT",
    "created_at DATETIME NOT NULL",
    f"confidence_score REAL {_share('confidence_score')}",
    f"accuracy_score REAL {_share('accuracy_score')}",
    f"training_quality REAL {_share('training_quality')}",
)

MESSAGE_EMBEDDINGS = (
    "message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE",
    "model TEXT",
    "dimensions INTEGER NOT NULL",
    "vector BLOB NOT NULL",
)

AUDIT = (
    "id INTEGER PRIMARY KEY AUTOINCREMENT",
    "at DATETIME NOT NULL",
    "actor TEXT NOT NULL",
    "action TEXT NOT NULL",
    f"counts TEXT NOT NULL {_json('counts')}",
)

TABLES = {
    "conversations": CONVERSATIONS,
    "messages": MESSAGES,
    "memories": MEMORIES,
    "agent_logs": AGENT_LOGS,
    "message_embeddings": MESSAGE_EMBEDDINGS,
    "audit": AUDIT,
}

INDEXES = {
    # The eight that the data contract asks for.
    "idx_messages_conversation_id": "messages (conversation_id)",
    "idx_messages_emotion": "messages (emotion)",
    "idx_messages_role": "messages (role)",
    "idx_memories_tier": "memories (tier)",
    "idx_memories_importance": "memories (importance)",
    "idx_memories_access_count": "memories (access_count)",
    "idx_conversations_platform": "conversations (platform)",
    "idx_conversations_is_active": "conversations (is_active)",
    # Those that the hot paths need: reading in order, retrieval, erasure, selection for export.
    "idx_conversations_session_id": "conversations (session_id)",
    "idx_conversations_user_id": "conversations (user_id)",
    "idx_conversations_exported_quality": "conversations (training_data_exported, conversation_quality)",
    "idx_messages_audio": "messages (audio_sha256) WHERE audio_sha256 IS NOT NULL",
    "idx_memories_retrieval": "memories (user_id, tier, importance DESC, access_count DESC)",
    "idx_memories_fingerprint": "memories (user_id, fingerprint)",
    "idx_memories_conversation_id": "memories (conversation_id)",
    "idx_agent_logs_conversation_id": "agent_logs (conversation_id)",
    "idx_agent_logs_message_id": "agent_logs (message_id)",
}

UNIQUE_INDEXES = {
    "idx_messages_seq": "messages (conversation_id, seq)",
    "idx_messages_uid": "messages (uid, conversation_id)",
}


def name_of(column: str) -> str:
    """Return the name of a column as declared above: its first word."""
    return column.split(maxsplit=1)[0]


def create_table(table: str) -> str:
    """Return the statement that makes `table` in a fresh file."""
    return f"CREATE TABLE {table} (\n    " + ",\n    ".join(TABLES[table]) + "\n)"


def create_indexes() -> list[str]:
    """Return the statements that make whichever indexes are missing."""
    plain = [f"CREATE INDEX IF NOT EXISTS {name} ON {on}" for name, on in INDEXES.items()]
    return plain + [
        f"CREATE UNIQUE INDEX IF NOT EXISTS {name} ON {on}" for name, on in UNIQUE_INDEXES.items()
    ]


def added_late(column: str) -> str:
    """Return how a column is declared when it joins a table that has rows.

    Three things stay out: a demand that old rows can't meet (NOT NULL without a default); a consent that nobody
    gave (the default of `training_flag`); and checks, for each of which SQLite would read the whole table. In an
    upgraded file only the door stands between a bad value and a row.
    """
    bare = column.split(" CHECK ", 1)[0]
    if name_of(column) == "training_flag":
        return bare.replace(" DEFAULT 1", "")
    return bare if " DEFAULT " in bare else bare.replace(" NOT NULL", "")
