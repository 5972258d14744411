"""Tables that demand what our rows can't give still take our rows."""

import sqlite3
from contextlib import closing

import pytest

from storage.relax import lifted
from storage.store import Store
from tests.storage.talk import begin, row, say

DEMANDING = """
CREATE TABLE "conversations" (
    id INTEGER NOT NULL,
    "session_id" VARCHAR(36) NOT NULL,
    user_id VARCHAR(50) NOT NULL,
    model_used VARCHAR DEFAULT 'gpt' NOT NULL, -- theirs, not null
    mood TEXT NOT NULL,
    colour TEXT DEFAULT 'red, mostly' NOT NULL,
    PRIMARY KEY (id), UNIQUE (session_id)
);
CREATE TABLE messages (id INTEGER NOT NULL PRIMARY KEY, conversation_id INTEGER NOT NULL, role VARCHAR(9) NOT NULL,
    content TEXT NOT NULL, emotion TEXT NOT NULL, [their stamp] DATETIME NOT NULL,
    `kind` TEXT NOT NULL CHECK (kind IS NOT NULL OR length(kind) > 1), FOREIGN KEY (conversation_id) REFERENCES
    conversations (id));
INSERT INTO conversations VALUES (1, 's', 'u', 'm', 'calm', 'blue');
INSERT INTO messages VALUES (1, 1, 'user', 'hello', 'happy', '2020-01-01', 'said');
"""


@pytest.mark.parametrize(
    ("sql", "name", "result"),
    [
        ("CREATE TABLE t (a TEXT NOT NULL)", "a", "CREATE TABLE t (a TEXT)"),
        ("CREATE TABLE t (a TEXT NOT NULL)", "b", "CREATE TABLE t (a TEXT NOT NULL)"),
        ('CREATE TABLE t ("A b" TEXT not\nnull DEFAULT 1)', "a B", 'CREATE TABLE t ("A b" TEXT DEFAULT 1)'),
        ("CREATE TABLE t (a NUMERIC(1, 2) NOT NULL, b)", "a", "CREATE TABLE t (a NUMERIC(1, 2), b)"),
        ("CREATE TABLE t (a CHECK (a IS NOT NULL))", "a", "CREATE TABLE t (a CHECK (a IS NOT NULL))"),
        ("CREATE TABLE t (a NOT NULL ON CONFLICT IGNORE, b)", "a", "CREATE TABLE t (a, b)"),
        (
            "CREATE TABLE t (x DEFAULT ', a NOT NULL', a NOT NULL)",
            "a",
            "CREATE TABLE t (x DEFAULT ', a NOT NULL', a)",
        ),
    ],
)
def test_not_null_is_lifted_where_it_is_declared(sql, name, result):
    assert lifted(sql, [name]) == result


async def test_a_demanding_table_takes_our_rows_and_keeps_its_own(path, sql):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(DEMANDING)
    async with Store.open(path) as store:
        assert "column messages.their stamp may be NULL now" in store.migrated.changes
        conversation = await begin(store, user_id=None)
        await say(store, conversation, "user", "hello")
        assert (await row(store, conversation)).total_messages == 1
    async with Store.open(path) as store:
        await say(store, await row(store, 1), "user", "hello again")
    old = sql("SELECT emotion, [their stamp], kind FROM messages WHERE id = 1")
    assert old == [{"emotion": "happy", "their stamp": "2020-01-01", "kind": "said"}]
    assert sql("SELECT mood, colour FROM conversations") == [
        {"mood": "calm", "colour": "blue"},
        {"mood": None, "colour": "red, mostly"},
    ]
    assert sql("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
