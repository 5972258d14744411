"""A backup is one moment of the file, taken while people talk."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from storage import backup as command
from storage.backup import backup
from storage.errors import Unusable
from storage.store import Store
from tests.storage.talk import begin, say, talk, tone


async def test_a_copy_opens_as_a_store_with_its_recordings(store, path, tmp_path):
    conversation = await begin(store)
    saved = await say(store, conversation, "user", "hello", audio=tone())
    out = tmp_path / "copy" / "earshot.db"
    out.parent.mkdir()
    assert backup(path, out, audio_dir=path.parent / "audio") == 1
    async with Store.open(out) as copy:
        assert [message.content for message in await copy.messages(conversation.id)] == ["hello"]
        assert await copy.recording(saved.message_id) == await store.recording(saved.message_id)


async def test_a_copy_taken_while_people_talk_is_one_moment(store, path, tmp_path):
    conversations = [await begin(store) for _ in range(10)]
    talking = [
        asyncio.create_task(say(store, one, "user", "hello")) for one in conversations for _ in range(100)
    ]
    out = tmp_path / "copy.db"
    await asyncio.to_thread(backup, path, out, audio_dir=None)
    await asyncio.gather(*talking)
    with closing(sqlite3.connect(out)) as connection:
        (messages,) = connection.execute("SELECT count(*) FROM messages").fetchone()
        assert connection.execute("SELECT sum(total_messages) FROM conversations").fetchone() == (messages,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_second_backup_copies_only_new_recordings(store, path, tmp_path):
    conversation = await begin(store)
    await say(store, conversation, "user", "hello", audio=tone(1))
    audio = path.parent / "audio"
    backup(path, tmp_path / "monday.db", audio_dir=audio)
    await say(store, conversation, "user", "hello", audio=tone(2))
    assert backup(path, tmp_path / "tuesday.db", audio_dir=audio) == 1


async def test_no_file_is_written_over(store, path, tmp_path):
    await talk(store, "hello")
    out = tmp_path / "copy.db"
    out.write_text("precious")
    with pytest.raises(Unusable):
        backup(path, out, audio_dir=None)
    assert out.read_text() == "precious"


async def test_the_command_tells_its_size(store, path, tmp_path, capsys):
    await talk(store, "hello")
    out = tmp_path / "copy.db"
    assert command.main([str(out), "--db", str(path)]) == 0
    assert capsys.readouterr().out == f"{out}: {out.stat().st_size} bytes, 0 new recordings\n"
    assert command.main([str(out), "--db", str(path)]) == 2
    assert capsys.readouterr().err == f"{path}: {out} is there already\n"
