"""How much an export would be is told beforehand."""

import pytest

from storage.errors import NotFound
from storage.exports.estimate import SAMPLE, Estimate
from storage.exports.formats import FORMATS
from storage.exports.selection import Options, Selection
from tests.storage.talk import begin, exported, say, talk, tone


@pytest.mark.parametrize("format", FORMATS)
async def test_what_is_soon_counted_is_what_the_export_gives(store, format):
    for number in range(3):
        conversation = await begin(store, record=True)
        await say(store, conversation, "user", "a question", audio=tone(1000 + number))
        await say(store, conversation, "assistant", "an answer")
        await store.end_conversation(conversation.id)
    await talk(store, "no answer and no sound")
    told = await store.exporter.estimate(format, Selection(), Options())
    async with store.exporter.open(format, Selection()) as download:
        size = sum([len(block) async for block in download.blocks()])
        assert told == Estimate(download.receipt.conversations, download.receipt.messages, size, exact=True)


async def test_nothing_is_nothing(store):
    told = await store.exporter.estimate("csv", Selection(user_id="nobody"))
    assert (told.conversations, told.messages, told.exact) == (0, 0, True)


async def test_much_is_estimated_from_its_beginning(store):
    for number in range(2 * SAMPLE):
        await talk(store, f"question {number:3}", f"answer {number:3}")
    told = await store.exporter.estimate("jsonl", Selection())
    assert (told.conversations, told.messages, told.exact) == (2 * SAMPLE, 4 * SAMPLE, False)
    assert told.bytes == pytest.approx(len(await exported(store, "jsonl")), rel=0.01)
    half = await store.exporter.estimate("jsonl", Selection(limit=SAMPLE + SAMPLE // 2))
    assert (half.conversations, half.exact) == (SAMPLE + SAMPLE // 2, False)
    some = await store.exporter.estimate("jsonl", Selection(limit=SAMPLE))
    assert (some.conversations, some.exact) == (SAMPLE, True)


async def test_one_that_is_not_there_is_refused(store):
    with pytest.raises(NotFound):
        await store.exporter.estimate("json", Selection(conversation_id=7))
