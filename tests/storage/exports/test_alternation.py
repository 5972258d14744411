"""`openai` and `sharegpt`: strict turns out of real talk."""

import asyncio
import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.exports.selection import Selection
from storage.rows import MessageChange
from storage.store import Store
from tests.storage.exports.chat_rules import faults
from tests.storage.talk import begin, exported, say, talk


async def openai(store, **asked):
    data = await exported(store, "openai", Selection(**asked))
    assert faults(data) == []
    return [json.loads(line)["messages"] for line in data.splitlines()]


async def sharegpt(store, **asked):
    return [json.loads(line) for line in (await exported(store, "sharegpt", Selection(**asked))).splitlines()]


async def spoken(store, *turns):
    conversation = await begin(store)
    saved = [await say(store, conversation, role, content) for role, content in turns]
    await store.end_conversation(conversation.id)
    return saved


async def test_a_plain_conversation_comes_as_it_is(store):
    await talk(store, "Hello", "Hi", "Bye", "See you")
    assert await openai(store) == [
        [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hi"},
            {"role": "user", "content": "Bye"},
            {"role": "assistant", "content": "See you"},
        ]
    ]
    assert await sharegpt(store) == [
        {
            "conversations": [
                {"from": "human", "value": "Hello"},
                {"from": "gpt", "value": "Hi"},
                {"from": "human", "value": "Bye"},
                {"from": "gpt", "value": "See you"},
            ]
        }
    ]


async def test_turns_are_joined_and_loose_ends_left_out(store):
    await spoken(
        store,
        ("system", "Be kind."),
        ("system", "Be brief."),
        ("assistant", "Welcome!"),
        ("user", "Hello"),
        ("user", "Are you there?"),
        ("assistant", "Yes."),
        ("system", "Later orders."),
        ("assistant", "I am."),
        ("user", "  "),
        ("user", "Thanks"),
    )
    assert await openai(store) == [
        [
            {"role": "system", "content": "Be kind.\nBe brief."},
            {"role": "user", "content": "Hello\nAre you there?"},
            {"role": "assistant", "content": "Yes.\nI am."},
        ]
    ]
    (found,) = await sharegpt(store)
    assert (found["system"], len(found["conversations"])) == ("Be kind.\nBe brief.", 2)


async def test_conversations_without_an_answer_are_left_out(store):
    await talk(store, "Hello")
    await spoken(store, ("assistant", "Welcome!"), ("user", "Hello"))
    await spoken(store, ("system", "Be kind."))
    assert await openai(store) == await sharegpt(store) == []


async def test_an_answer_below_the_filter_is_context_here_and_left_out_there(store):
    await spoken(store, ("user", "one"), ("assistant", "short"), ("user", "two"), ("assistant", "word " * 30))
    (messages,) = await openai(store, min_quality=0.6)
    assert [message.get("weight") for message in messages] == [None, 0, None, None]
    (found,) = await sharegpt(store, min_quality=0.6)
    assert [one["value"] for one in found["conversations"]] == ["two", "word " * 30]


async def test_an_unflagged_answer_is_context_unless_only_flagged_ones_are_asked_for(store):
    saved = await spoken(store, ("user", "one"), ("assistant", "bad"), ("user", "two"), ("assistant", "good"))
    await store.edit_message(saved[1].message_id, MessageChange(training=False))
    (messages,) = await openai(store)
    assert [message.get("weight") for message in messages] == [None, 0, None, None]
    (messages,) = await openai(store, flagged=True)
    assert [message["content"] for message in messages] == ["one\ntwo", "good"]


async def test_awkward_text_stays_on_its_line_and_comes_back(store):
    awkward = "Grüße 你好 🎧\u2028two\u2029three\x85four\x0bfive\x1csix\r\nseven\x00"
    await talk(store, awkward, awkward)
    ((user, assistant),) = await openai(store)
    assert user["content"] == assistant["content"] == awkward


turns = st.tuples(
    st.sampled_from(["user", "assistant", "system"]),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=8),
    st.booleans(),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(turns, max_size=8), max_size=4))
def test_whatever_was_said_the_rules_hold(conversations):
    async def scenario():
        with tempfile.TemporaryDirectory() as folder:
            async with Store.open(Path(folder) / "e.db", synchronous="OFF") as store:
                for conversation in conversations:
                    begun = await begin(store)
                    for role, content, training in conversation:
                        await say(store, begun, role, content, training=training)
                    await store.end_conversation(begun.id)
                assert faults(await exported(store, "openai")) == []
                for line in (await exported(store, "sharegpt")).decode().splitlines():
                    sides = [one["from"] for one in json.loads(line)["conversations"]]
                    assert sides == ["human", "gpt"] * (len(sides) // 2)
                    assert sides

    asyncio.run(scenario())
