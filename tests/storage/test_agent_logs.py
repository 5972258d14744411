"""Agent logs hang on a conversation, and may hang on one of its messages."""

from typing import Any

import pytest

from storage.errors import Invalid, NotFound
from storage.rows import NewAgentLog
from tests.storage.talk import begin, say


async def test_a_log_comes_back_as_it_was_given(store):
    conversation = await begin(store)
    message = await say(store, conversation, "assistant", "hi")
    given: dict[str, Any] = {
        "agent_name": "tone",
        "action": "classify",
        "message_id": message.message_id,
        "input_data": '"hi"',
        "output_data": '{"tone":"warm"}',
        "processing_time": 0.2,
        "success": True,
        "error": None,
        "confidence_score": 0.9,
        "accuracy_score": 0.8,
        "training_quality": 0.7,
    }
    log_id = await store.add_agent_log(NewAgentLog(conversation_id=conversation.id, **given))
    (log,) = await store.agent_logs(conversation.id)
    assert (log.id, log.conversation_id) == (log_id, conversation.id)
    assert {name: getattr(log, name) for name in given} == given


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agent_name", ""),
        ("input_data", "{"),
        ("output_data", "nothing"),
        ("processing_time", -1),
        ("confidence_score", 2),
        ("accuracy_score", "high"),
        ("training_quality", -0.1),
        ("message_id", 99),
        ("error", b"bytes"),
    ],
)
async def test_a_bad_log_is_refused_by_field(store, field, value):
    conversation = await begin(store)
    with pytest.raises(Invalid) as refusal:
        await store.add_agent_log(
            NewAgentLog(**{"conversation_id": conversation.id, "agent_name": "tone"} | {field: value})
        )
    assert refusal.value.field == field
    assert await store.agent_logs(conversation.id) == []


async def test_a_log_cannot_hang_on_a_message_of_another_conversation(store):
    mine, theirs = await begin(store), await begin(store)
    message = await say(store, theirs, "user", "hello")
    with pytest.raises(Invalid, match="message_id"):
        await store.add_agent_log(
            NewAgentLog(conversation_id=mine.id, agent_name="tone", message_id=message.message_id)
        )


async def test_a_log_needs_its_conversation(store):
    with pytest.raises(NotFound):
        await store.add_agent_log(NewAgentLog(conversation_id=9, agent_name="tone"))


async def test_a_check_scores_a_log_and_leaves_what_it_does_not_say(store):
    conversation = await begin(store)
    log_id = await store.add_agent_log(
        NewAgentLog(conversation_id=conversation.id, agent_name="tone", accuracy_score=0.5)
    )
    scored = await store.score_agent_log(log_id, training_quality=0.9)
    assert (scored.accuracy_score, scored.training_quality) == (0.5, 0.9)
    with pytest.raises(Invalid):
        await store.score_agent_log(log_id, accuracy_score=7)
    with pytest.raises(NotFound):
        await store.score_agent_log(99, accuracy_score=0.5)
