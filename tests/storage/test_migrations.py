"""Old files become ours in place: every row and column stays, twice is once, two at once are one."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from storage import schema
from storage.errors import Unusable
from storage.migrations import MIGRATIONS, Migration, migrate
from storage.offline import connected
from storage.repair import repair
from storage.rows import NewMemory
from storage.store import Store
from tests.storage.old_files import SHAPES, contents, make
from tests.storage.talk import begin, exported, row, say

ROOT = Path(__file__).parents[2]


def upgrade(path, **options):
    with connected(path) as connection:
        return migrate(connection, **options)


def shape(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
        ).fetchall()


@pytest.mark.parametrize("old", SHAPES)
def test_an_old_file_keeps_every_row_and_column_and_gets_ours(path, old):
    make(path, old)
    before = contents(path)
    done = upgrade(path)
    after = contents(path)
    counted = {"total_messages", "avg_response_time"}
    for table, rows in before.items():
        assert len(after[table]) == len(rows)
        for was, now in zip(rows, after[table], strict=True):
            assert {name: now[name] for name in was.keys() - counted} == {
                name: was[name] for name in was.keys() - counted
            }
        ours = {schema.name_of(column).lower() for column in schema.TABLES[table]}
        assert ours <= {name.lower() for name in after[table][0]}
    assert (done.before, done.after) == (0, len(MIGRATIONS))
    assert contents(done.backup) == before


@pytest.mark.parametrize("old", SHAPES)
def test_messages_are_numbered_and_counted_and_nobody_is_made_to_consent(path, old):
    make(path, old)
    upgrade(path)
    after = contents(path)
    for conversation in after["conversations"]:
        mine = [message for message in after["messages"] if message["conversation_id"] == conversation["id"]]
        assert [message["seq"] for message in mine] == list(range(1, len(mine) + 1))
        assert (conversation["total_messages"], conversation["last_seq"]) == (len(mine), len(mine))
    if old != "halfway":
        assert {message["training_flag"] for message in after["messages"]} == {None}
    numbered = [message["uid"] for message in after["messages"] if message["conversation_id"] is not None]
    assert len(set(numbered)) == len(numbered)


def test_averages_that_an_old_file_has_stay(path):
    make(path, "halfway")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE conversations SET conversation_quality = 0.9 WHERE id = 1")
        connection.execute("UPDATE messages SET quality_score = 0.25 WHERE conversation_id = 5")
        connection.commit()
    upgrade(path)
    qualities = {row["id"]: row["conversation_quality"] for row in contents(path)["conversations"]}
    assert qualities == {1: 0.9, 5: 0.25}


def test_times_are_read_from_where_the_old_file_keeps_them(path):
    make(path, "other names")
    upgrade(path)
    assert all(message["created_at"] == message["timestamp"] for message in contents(path)["messages"])


@pytest.mark.parametrize("old", SHAPES)
async def test_an_old_file_serves(path, old):
    make(path, old)
    async with Store.open(path) as store:
        old_one = await row(store, 1)
        saved = await say(store, old_one, "assistant", "word " * 30, processing_time=1.0)
        await store.add_memory(NewMemory(user_id="ada", content="tea", conversation_id=1))
        new_one = await begin(store, session_id="s-2")
        await store.end_conversation(1)
        old_one = await row(store, 1)
        rows = await store.messages(1, limit=100)
        everything = await exported(store, "json")
    assert old_one.total_messages == saved.seq == len(rows)
    assert old_one.conversation_quality == 0.7
    assert new_one.id == 5
    assert "Grüße".encode() not in everything or old == "halfway"
    with connected(path) as connection:
        assert list(repair(connection, path.parent / "audio", dry_run=True)) == []


def test_flagging_old_rows_takes_the_operators_word(path):
    make(path, "bare")
    upgrade(path)
    done = upgrade(path, flag_legacy=True)
    assert done.changes == ("25 old messages flagged for training",)
    assert {message["training_flag"] for message in contents(path)["messages"]} == {1}
    assert upgrade(path, flag_legacy=True).changes == ()


def test_twice_is_once(path):
    make(path, "halfway")
    upgrade(path)
    before = path.read_bytes()
    again = upgrade(path)
    assert (again.changes, again.backup) == ((), None)
    assert path.read_bytes() == before


def test_a_dry_run_says_it_all_and_changes_nothing(path):
    make(path, "other names")
    before = shape(path), contents(path)
    said = upgrade(path, dry_run=True)
    assert (shape(path), contents(path)) == before
    assert list(path.parent.iterdir()) == [path]
    assert upgrade(path, backup=False).changes == said.changes


def test_every_column_index_and_count_is_told(path):
    make(path, "bare")
    changes = upgrade(path).changes
    assert "column messages.voice_pitch added" in changes
    assert "table message_embeddings added" in changes
    assert "index idx_messages_emotion added" in changes
    assert "24 messages numbered and counted in 3 conversations" in changes


def test_a_fresh_file_and_an_upgraded_one_have_the_same_columns_and_indexes(path, tmp_path):
    fresh = tmp_path / "fresh.db"
    make(path, "bare")
    upgrade(path)
    with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
        assert migrate(connection).backup is None

    def names(file):
        with closing(sqlite3.connect(file)) as connection:
            columns = {
                table: {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
                for table in schema.TABLES
            }
        return columns, {name for kind, name, _, _ in shape(file) if kind == "index"}

    assert names(path) == names(fresh)


def test_a_newer_file_is_refused_and_left_alone(path):
    make(path, "bare")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = path.read_bytes()
    with pytest.raises(Unusable, match="newer than this program"):
        upgrade(path)
    assert path.read_bytes() == before


def test_a_table_without_an_id_is_refused_and_left_alone(path):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE messages (content TEXT)")
    before = shape(path)
    with pytest.raises(Unusable, match="messages has no id column"):
        upgrade(path)
    assert shape(path) == before


def test_a_later_step_runs_alone_on_a_file_that_has_the_first(path):
    def widen(connection):
        connection.execute("ALTER TABLE messages ADD COLUMN later TEXT")
        yield "column messages.later added"

    make(path, "bare")
    upgrade(path)
    steps = (*MIGRATIONS, Migration("widen", widen))
    assert upgrade(path, migrations=steps).changes == ("column messages.later added",)
    assert upgrade(path, migrations=steps).changes == ()
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT version, name FROM schema_migrations").fetchall()
    assert rows == [(1, "adopt"), (2, "widen")]


def test_a_step_that_fails_leaves_the_file_as_it_was(path):
    def break_down(connection):
        connection.execute("ALTER TABLE messages ADD COLUMN half TEXT")
        yield "column messages.half added"
        raise sqlite3.OperationalError("no more")

    make(path, "bare")
    upgrade(path)
    before = shape(path)
    with pytest.raises(Exception, match="no more"):
        upgrade(path, migrations=(*MIGRATIONS, Migration("break", break_down)))
    assert shape(path) == before


def test_two_at_once_are_one(path):
    make(path, "other names", messages=2000)
    done, barrier = [], threading.Barrier(2)

    def run():
        barrier.wait()
        done.append(upgrade(path))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bool(one.changes) for one in done) == [False, True]


def test_killed_halfway_it_begins_again_and_ends_the_same(path):
    """The process is stopped for good at its last step, with everything written but the commit."""
    make(path, "other names", messages=500)
    before = contents(path)
    dying = f"""
import os, signal, sqlite3
from storage import migrations
def die(connection):
    os.kill(os.getpid(), signal.SIGKILL)
    yield ""
connection = sqlite3.connect({str(path)!r}, isolation_level=None)
connection.execute("PRAGMA cache_size = 5")
migrations.migrate(connection, migrations=(*migrations.MIGRATIONS, migrations.Migration("die", die)))
"""
    dead = subprocess.run([sys.executable, "-c", dying], cwd=ROOT, env=os.environ, check=False)
    assert dead.returncode == -signal.SIGKILL
    assert contents(path) == before
    assert "504 messages numbered and counted in 3 conversations" in upgrade(path).changes
    assert len(contents(path)["messages"]) == 505
