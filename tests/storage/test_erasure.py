"""Erasure: no byte of what went is left in the database's files or the recordings' folder."""

import json

import pytest

from storage.errors import NotFound
from storage.exports.selection import Selection
from storage.rows import NewAgentLog, NewMemory
from storage.store import Store
from tests.storage.talk import begin, say, tone

SECRET = "xylophone"


def bytes_left(path):
    return b"".join(file.read_bytes() for file in path.parent.rglob("*") if file.is_file())


async def confide(store, user_id, secret, *, messages=40):
    """A conversation whose every text and label holds `secret`."""
    conversation = await begin(store, user_id=f"{user_id}", metadata=json.dumps({"note": secret}))
    saved = []
    for number in range(messages):
        saved.append(
            await say(
                store,
                conversation,
                "assistant" if number % 2 else "user",
                f"{secret} {number} " * (1 + number * 7 % 60),
                emotion=secret,
                agent_outputs=json.dumps({"about": secret}),
                words=json.dumps([{"word": secret}]),
                context_embedding=[0.5] * 16,
                audio=tone(number + 1) if number % 10 == 0 else None,
            )
        )
    await store.add_memory(
        NewMemory(user_id=user_id, content=f"knows a {secret}", conversation_id=conversation.id)
    )
    await store.add_memory(NewMemory(user_id=user_id, content=f"plays the {secret}", context=secret))
    await store.add_agent_log(
        NewAgentLog(
            conversation_id=conversation.id,
            agent_name="tone",
            message_id=saved[0].message_id,
            output_data=json.dumps(secret),
        )
    )
    await store.end_conversation(conversation.id)
    return conversation, saved


async def test_of_a_person_nothing_is_left_but_the_count(store, path, sql):
    for number in range(25):
        await confide(store, "ada-lovelace", f"{SECRET}{number}", messages=12)
        await confide(store, "eve", "bassoon", messages=12)
    assert SECRET.encode() in bytes_left(path)
    erased = await store.eraser.user("ada-lovelace", actor="the operator")
    assert (erased.conversations, erased.messages, erased.memories, erased.agent_logs) == (25, 300, 50, 25)
    left = bytes_left(path)
    assert SECRET.encode() not in left
    assert b"ada-lovelace" not in left
    assert left.count(b"bassoon") > 300
    (row,) = sql("SELECT actor, action, counts FROM audit")
    assert (row["actor"], row["action"], json.loads(row["counts"])["messages"]) == (
        "the operator",
        "erase_user",
        300,
    )
    assert sql("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    assert sql("PRAGMA foreign_key_check") == []


async def test_of_a_conversation_nothing_is_left(store, path, sql):
    conversation, _ = await confide(store, "ada", SECRET)
    await confide(store, "ada", "bassoon")
    await store.eraser.memory(2, actor="test")
    erased = await store.eraser.conversation(conversation.id, actor="test")
    assert (erased.messages, erased.memories, erased.agent_logs, erased.recordings) == (40, 1, 1, 4)
    assert SECRET.encode() not in bytes_left(path)
    assert sql("SELECT count(*) AS n FROM message_embeddings") == [{"n": 40}]


async def test_of_a_message_nothing_is_left_and_the_statistics_forget_it(store, path):
    conversation = await begin(store)
    for number in range(30):
        await say(store, conversation, "user", f"something else {number}")
    await say(store, conversation, "assistant", "word " * 30, processing_time=1.0)
    said = await say(store, conversation, "assistant", f"{SECRET} {SECRET}", audio=tone())
    await store.end_conversation(conversation.id)
    await store.eraser.message(said.message_id, actor="test")
    assert SECRET.encode() not in bytes_left(path)
    after = await store.conversation(conversation.id)
    assert (after.total_messages, after.conversation_quality, after.topics_discussed) == (31, 0.7, None)
    assert list((path.parent / "audio").rglob("*.flac")) == []


async def test_an_erased_messages_number_is_not_given_again(store):
    conversation = await begin(store)
    saved = [await say(store, conversation, "user", "hello") for _ in range(2)]
    await store.eraser.message(saved[1].message_id, actor="test")
    after = await say(store, conversation, "user", "hello")
    assert (after.seq, after.message_id) == (3, 3)


async def test_a_recording_that_another_message_has_stays(store):
    conversation = await begin(store)
    first = await say(store, conversation, "user", "hello", audio=tone())
    second = await say(store, conversation, "user", "hello", audio=tone())
    await store.eraser.message(first.message_id, actor="test")
    assert await store.recording(second.message_id) is not None


async def test_erasing_while_somebody_exports_waits_for_no_download(store, path):
    for _ in range(30):
        await confide(store, "ada", SECRET, messages=20)
    async with store.exporter.open("jsonl", Selection()) as download:
        blocks = download.blocks()
        await anext(blocks)
        await store.eraser.user("ada", actor="test")
        rest = [block async for block in blocks]
    assert SECRET.encode() not in bytes_left(path)
    assert len(rest) <= 2


async def test_erasing_nobody_is_noted_too(store, sql):
    erased = await store.eraser.user("nobody", actor="test")
    assert erased.conversations == 0
    assert [row["action"] for row in sql("SELECT action FROM audit")] == ["erase_user"]


async def test_what_is_not_there_cannot_be_erased(store):
    for erase in (store.eraser.message, store.eraser.conversation, store.eraser.memory):
        with pytest.raises(NotFound):
            await erase(7, actor="test")


async def test_a_recording_without_a_row_is_swept_at_the_start(path):
    async with Store.open(path) as store:
        conversation = await begin(store)
        saved = await say(store, conversation, "user", "hello", audio=tone())
    folder = path.parent / "audio" / "ab" / "cd"
    folder.mkdir(parents=True)
    orphan, part = folder / f"abcd{'0' * 60}.flac", folder / "x.flac.1.part"
    orphan.write_bytes(b"fLaC")
    part.write_bytes(b"fL")
    async with Store.open(path) as store:
        assert not orphan.exists()
        assert not part.exists()
        assert await store.recording(saved.message_id) is not None
