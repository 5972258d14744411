"""How exports are streamed and marked, by the server and from the command line."""

import hashlib
import json

import pytest

from storage.errors import NotFound
from storage.exports.formats import FORMATS
from storage.exports.selection import Selection
from storage.exports.tofile import export_to_file
from tests.storage.talk import begin, exported, say, talk, tone


async def drained(download):
    return b"".join([block async for block in download.blocks()])


async def test_the_receipt_tells_what_went_out(store):
    for _ in range(3):
        await talk(store, "hello", "hi")
    async with store.exporter.open("jsonl", Selection()) as download:
        data = await drained(download)
    receipt = download.receipt
    assert (receipt.conversations, receipt.messages, receipt.bytes, receipt.last_id) == (3, 6, len(data), 3)
    assert receipt.sha256 == hashlib.sha256(data).hexdigest()


async def test_an_export_alone_marks_nothing(store):
    conversation = await talk(store, "hello")
    await exported(store, "json")
    assert not (await store.conversation(conversation.id)).training_data_exported


async def test_marking_tells_what_it_speaks_of_and_twice_is_once(store):
    conversation = await talk(store, "hello", "hi")
    first = await store.exporter.mark(conversation.id)
    again = await store.exporter.mark(conversation.id)
    assert (first.already, again.already, first.through_message_id) == (False, True, 2)
    assert again.exported_at == first.exported_at
    with pytest.raises(NotFound):
        await store.exporter.mark(99)


async def test_a_later_message_takes_the_mark_away_and_the_next_export_finds_it(store):
    conversation = await talk(store, "hello")
    other = await talk(store, "hello")
    for one in (conversation, other):
        await store.exporter.mark(one.id)
    await say(store, conversation, "user", "one more thing")
    found = json.loads(await exported(store, "json", Selection(exported=False)))
    assert [one["conversation_id"] for one in found] == [conversation.id]
    assert (await store.exporter.mark(conversation.id)).already is False


async def test_what_changed_while_it_was_exported_stays_unmarked(store):
    conversations = [await talk(store, f"hello {number}") for number in range(3)]
    async with store.exporter.open("json", Selection()) as download:
        await drained(download)
        await say(store, conversations[1], "user", "too late")
        assert await download.mark() == 2
    marks = [(await store.conversation(one.id)).training_data_exported for one in conversations]
    assert marks == [True, False, True]


async def test_no_read_is_open_between_two_blocks(store, sql):
    for _ in range(60):
        await talk(store, *["a long enough sentence to fill blocks with " * 5] * 10)
    async with store.exporter.open("json", Selection()) as download:
        blocks = download.blocks()
        await anext(blocks)
        (outcome,) = sql("PRAGMA wal_checkpoint(TRUNCATE)")
        assert outcome["busy"] == 0
        assert [block async for block in blocks]


async def test_what_begins_after_the_export_is_not_in_it(store):
    for _ in range(30):
        await talk(store, *["a long enough sentence to fill blocks with " * 5] * 20)
    async with store.exporter.open("jsonl", Selection()) as download:
        blocks = download.blocks()
        first = await anext(blocks)
        await talk(store, "too late")
        data = first + b"".join([block async for block in blocks])
    assert len(data.splitlines()) == 30


@pytest.mark.parametrize("format", FORMATS)
async def test_the_command_writes_the_same_bytes_as_the_server(store, path, tmp_path, format):
    conversation = await begin(store)
    await say(store, conversation, "user", "hello", audio=tone())
    await say(store, conversation, "assistant", "hi")
    await store.end_conversation(conversation.id)
    out = tmp_path / "out"
    steps = []
    receipt = export_to_file(
        path, out, format=format, selection=Selection(), progress=lambda done, of: steps.append((done, of))
    )
    assert out.read_bytes() == await exported(store, format)
    assert (receipt.conversations, steps[-1]) == (1, (1, 1))
    assert not (tmp_path / "out.part").exists()


async def test_the_command_marks_beside_a_running_server(store, path, tmp_path):
    conversation = await talk(store, "hello")
    export_to_file(path, tmp_path / "a", format="json", selection=Selection(exported=False), mark=True)
    assert (await store.conversation(conversation.id)).training_data_exported
    second = export_to_file(path, tmp_path / "b", format="json", selection=Selection(exported=False))
    assert second.conversations == 0


async def test_a_command_that_fails_leaves_no_file(store, path, tmp_path):
    conversation = await begin(store)
    await say(store, conversation, "user", "hello", audio=tone())
    await store.end_conversation(conversation.id)
    next(iter((path.parent / "audio").rglob("*.flac"))).unlink()
    with pytest.raises(Exception, match="missing"):
        export_to_file(path, tmp_path / "out.zip", format="nemo", selection=Selection())
    assert [file.name for file in tmp_path.iterdir()] == ["data"]
