"""The data contract: its columns, its indexes, and its three queries as written."""

import sqlite3
from pathlib import Path

import pytest

from storage import schema
from storage.rows import TIERS, MessageChange, NewMemory
from tests.storage.talk import begin, say, talk

CONTRACT = {
    "messages": {
        "context_embedding": "TEXT",
        "agent_outputs": "TEXT",
        "memory_context": "TEXT",
        "user_feedback": "REAL",
        "quality_score": "REAL",
        "training_flag": "BOOLEAN",
        "voice_pitch": "REAL",
        "voice_emotion": "TEXT",
        "audio_quality": "REAL",
    },
    "conversations": {
        "total_messages": "INTEGER",
        "avg_response_time": "REAL",
        "avg_emotion_score": "REAL",
        "conversation_quality": "REAL",
        "user_satisfaction": "REAL",
        "topics_discussed": "TEXT",
        "training_data_exported": "BOOLEAN",
        "ended_at": "DATETIME",
    },
    "memories": {
        "context": "TEXT",
        "tags": "TEXT",
        "emotion_at_creation": "TEXT",
        "related_memories": "TEXT",
        "access_count": "INTEGER",
        "training_relevance": "REAL",
        "verified": "BOOLEAN",
    },
    "agent_logs": {
        "conversation_id": "INTEGER",
        "message_id": "INTEGER",
        "confidence_score": "REAL",
        "accuracy_score": "REAL",
        "training_quality": "REAL",
    },
}
INDEXED = [
    ("messages", "conversation_id"),
    ("messages", "emotion"),
    ("messages", "role"),
    ("memories", "tier"),
    ("memories", "importance"),
    ("memories", "access_count"),
    ("conversations", "platform"),
    ("conversations", "is_active"),
]


@pytest.mark.parametrize("table", CONTRACT)
async def test_a_table_has_the_columns_of_the_contract(store, sql, table):
    there = {row["name"]: row["type"] for row in sql(f"PRAGMA table_info({table})")}
    assert CONTRACT[table].items() <= there.items()


@pytest.mark.parametrize(("table", "column"), INDEXED)
async def test_an_index_of_the_contract_answers_for_its_column(store, sql, table, column):
    indexes = [row["name"] for row in sql(f"PRAGMA index_list({table})")]
    assert [column] in [[row["name"] for row in sql(f"PRAGMA index_info({name})")] for name in indexes]


@pytest.mark.parametrize("table", schema.TABLES)
def test_the_document_explains_every_column(table):
    document = (Path(__file__).parents[2] / "docs" / "schema.md").read_text(encoding="utf-8")
    names = {schema.name_of(column) for column in schema.TABLES[table]}
    families = {name for name in names if name.endswith(("_count", "_sum")) and name != "access_count"}
    assert [name for name in sorted(names - families) if f"`{name}`" not in document] == []


async def test_the_query_for_high_quality_conversations_means_what_it_says(store, sql):
    good = await begin(store)
    await say(store, good, "assistant", "word " * 30, processing_time=1.0, memory_context="[1]")
    fair = await begin(store)
    await say(store, fair, "assistant", "short", emotion_confidence=0.9)
    await talk(store, "nobody answered")
    done = await begin(store)
    await say(store, done, "assistant", "word " * 30, processing_time=1.0, memory_context="[1]")
    await store.exporter.mark(done.id)
    rows = sql(
        """SELECT * FROM conversations
           WHERE conversation_quality > 0.7
           AND training_data_exported = 0
           ORDER BY conversation_quality DESC
           LIMIT 100;"""
    )
    assert [row["id"] for row in rows] == [good.id]


async def test_the_query_for_messages_with_voice_means_what_it_says(store, sql):
    conversation = await begin(store)
    voiced = await say(store, conversation, "user", "hello", voice_pitch=180.5)
    await say(store, conversation, "user", "typed")
    refused = await say(store, conversation, "user", "not this", voice_pitch=100.0)
    await store.edit_message(refused.message_id, MessageChange(training=False))
    rows = sql("SELECT * FROM messages WHERE voice_pitch IS NOT NULL AND training_flag = 1;")
    assert [row["id"] for row in rows] == [voiced.message_id]


async def test_the_query_for_memories_by_relevance_means_what_it_says(store, sql):
    for number, (relevance, importance) in enumerate([(0.9, 0.2), (0.8, 1.0), (0.95, 0.7), (None, 1.0)]):
        await store.add_memory(
            NewMemory(
                user_id="ada", content=f"fact {number}", training_relevance=relevance, importance=importance
            )
        )
    rows = sql(
        """SELECT * FROM memories
           WHERE training_relevance > 0.8
           ORDER BY importance DESC, access_count DESC;"""
    )
    assert [row["content"] for row in rows] == ["fact 2", "fact 0"]


BAD_ROWS = [
    "INSERT INTO messages (conversation_id, role, content, created_at) VALUES (1, 'bot', '', '')",
    "INSERT INTO messages (conversation_id, role, content, created_at) VALUES (99, 'user', '', '')",
    "UPDATE messages SET quality_score = 1.5",
    "UPDATE messages SET user_feedback = 0.5",
    "UPDATE messages SET agent_outputs = '{'",
    "UPDATE messages SET training_flag = 2",
    "UPDATE messages SET end_ms = 1, start_ms = 2",
    "UPDATE conversations SET topics_discussed = 'work, hobbies'",
    "UPDATE conversations SET conversation_quality = -0.1",
    "INSERT INTO memories (user_id, tier, content, created_at) VALUES ('ada', 'core', '', '')",
]


@pytest.mark.parametrize("statement", BAD_ROWS)
async def test_the_file_itself_refuses_bad_rows(store, path, statement):
    await talk(store, "hello", "hi")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    connection.close()


HOT = [
    (
        "SELECT * FROM memories WHERE user_id = ? AND tier = ? ORDER BY importance DESC, access_count DESC LIMIT 2",
        2,
    ),
    ("SELECT * FROM messages WHERE conversation_id = ? AND seq > ? ORDER BY seq LIMIT 200", 2),
    ("SELECT id FROM conversations WHERE user_id = ?", 1),
    ("SELECT id FROM conversations WHERE session_id = ?", 1),
    ("DELETE FROM agent_logs WHERE message_id = ?", 1),
    ("SELECT 1 FROM messages WHERE audio_sha256 = ?", 1),
]


@pytest.mark.parametrize(("statement", "values"), HOT)
async def test_hot_paths_neither_scan_nor_sort(store, sql, statement, values):
    plan = " ".join(row["detail"] for row in sql(f"EXPLAIN QUERY PLAN {statement}", *["x"] * values))
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


def test_tiers_go_from_short_to_long():
    assert TIERS == ("short_term", "medium_term", "long_term")
