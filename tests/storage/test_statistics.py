"""Statistics stay right under any interleaving of inserts, ratings, edits and deletions."""

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.errors import NotFound
from storage.offline import connected
from storage.repair import repair
from storage.rows import MessageChange, NewMessage
from storage.store import Store
from tests.storage.talk import begin, say

share = st.none() | st.floats(0, 1)
inserts = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "assistant", "system"]),
        "content": st.sampled_from(["", "word " * 30, "two words"]),
        "emotion_confidence": share,
        "processing_time": st.none() | st.floats(0, 1e6),
        "memory_context": st.sampled_from([None, "[]", "[1, 2]", '{"a": 1}']),
    }
)
some_message = st.integers(1, 5)  # three are there from the beginning
steps = st.one_of(
    st.tuples(st.just("insert"), inserts),
    st.tuples(st.just("rate"), some_message, st.floats(1, 5)),
    st.tuples(st.just("edit"), some_message, st.sampled_from(["", "word " * 50]), share),
    st.tuples(st.just("erase"), some_message),
)


async def take(store, conversation, step):
    match step:
        case "insert", columns:
            await store.add_message(NewMessage(conversation_id=conversation.id, **columns))
        case "rate", message, rating:
            await store.rate_message(message, rating)
        case "edit", message, content, confidence:
            await store.edit_message(message, MessageChange(content=content, emotion_confidence=confidence))
        case "erase", message:
            await store.eraser.message(message, actor="test")


@settings(max_examples=40, deadline=None)
@given(st.lists(steps, max_size=25), st.booleans())
def test_what_is_kept_is_what_a_recount_gives(taken, at_once):
    async def scenario():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "earshot.db"
            async with Store.open(path, synchronous="OFF") as store:
                conversation = await begin(store)
                for role in ("assistant", "user", "assistant"):
                    await say(store, conversation, role, "word " * 30, processing_time=1.0)
                if at_once:
                    steps = [take(store, conversation, step) for step in taken]
                    outcomes = await asyncio.gather(*steps, return_exceptions=True)
                    assert all(outcome is None or isinstance(outcome, NotFound) for outcome in outcomes)
                else:
                    for step in taken:
                        with suppress(NotFound):
                            await take(store, conversation, step)
                after = await store.conversation(conversation.id)
                messages = await store.messages(conversation.id, limit=100)
            answers = [message.quality_score or 0.0 for message in messages if message.role == "assistant"]
            assert after is not None
            assert after.total_messages == len(messages)
            assert after.conversation_quality == (pytest.approx(mean(answers), abs=1e-6) if answers else None)
            with connected(path) as connection:
                assert list(repair(connection, path.parent / "audio", dry_run=True)) == []

    asyncio.run(scenario())
