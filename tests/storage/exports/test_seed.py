"""`json` and `jsonl`: the data contract's shape, key by key."""

import json

import pytest

from storage.exports.selection import Options, Selection
from storage.rows import NewAgentLog, NewMemory
from tests.storage.talk import begin, exported, say, talk

AWKWARD = "Grüße 你好 🎧 \u2028\u2029\x85\x00\r\n\t\"quoted\", 'and'"


async def whole(store):
    """A conversation like the contract's sample."""
    conversation = await begin(
        store, session_id="uuid", user_id="user123", model_used="ollama", platform="web"
    )
    user = await say(
        store,
        conversation,
        "user",
        "Hello!",
        emotion="happy",
        voice_pitch=180.5,
        agent_outputs='{"tone": {"warm": 0.9}}',
        emotion_confidence=0.75,
    )
    await say(
        store,
        conversation,
        "assistant",
        "Hi there!",
        emotion="happy",
        processing_time=1.2,
        memory_context='[{"id": 1}]',
    )
    await store.add_memory(
        NewMemory(user_id="user123", content="greets", conversation_id=conversation.id, tags=["a", "b"])
    )
    await store.add_agent_log(
        NewAgentLog(
            conversation_id=conversation.id,
            agent_name="tone",
            message_id=user.message_id,
            output_data="[1.5]",
        )
    )
    await store.set_topics(conversation.id, ["work", "hobbies"])
    await store.end_conversation(conversation.id)
    return conversation


async def test_one_conversation_has_the_contracts_keys_in_the_contracts_places(store):
    conversation = await whole(store)
    found = json.loads(
        await exported(store, "json", Selection(conversation_id=conversation.id), Options(single=True))
    )
    assert list(found) == [
        "conversation_id",
        "session_id",
        "user_id",
        "metadata",
        "messages",
        "memories",
        "agent_logs",
    ]
    assert (found["conversation_id"], found["session_id"], found["user_id"]) == (1, "uuid", "user123")
    assert list(found["metadata"].items())[:5] == [
        ("model_used", "ollama"),
        ("total_messages", 2),
        ("avg_response_time", 1.2),
        ("conversation_quality", 0.7),
        ("topics_discussed", ["work", "hobbies"]),
    ]
    user, assistant = found["messages"]
    sample_user = {
        "role": "user",
        "content": "Hello!",
        "emotion": "happy",
        "voice_pitch": 180.5,
        "agent_outputs": {"tone": {"warm": 0.9}},
        "quality_score": 0.55,
    }
    sample_assistant = {
        "role": "assistant",
        "content": "Hi there!",
        "emotion": "happy",
        "processing_time": 1.2,
        "memory_context": [{"id": 1}],
        "quality_score": 0.7,
    }
    assert {key: user[key] for key in sample_user} == sample_user
    assert {key: assistant[key] for key in sample_assistant} == sample_assistant
    assert user.keys() == assistant.keys()
    (memory,), (log,) = found["memories"], found["agent_logs"]
    assert (memory["content"], memory["tags"], memory["verified"]) == ("greets", ["a", "b"], False)
    assert (log["agent_name"], log["message_id"], log["output_data"]) == ("tone", 1, [1.5])


async def test_many_conversations_are_an_array_in_order(store):
    ids = [(await talk(store, f"hello {number}")).id for number in range(30)]
    assert [one["conversation_id"] for one in json.loads(await exported(store, "json"))] == ids


async def test_no_conversation_is_an_empty_array(store):
    assert json.loads(await exported(store, "json")) == []
    assert await exported(store, "jsonl") == b""


async def test_jsonl_says_the_same_one_a_line(store):
    for content in ("hello", AWKWARD, "hello"):
        await talk(store, content, content)
    lines = (await exported(store, "jsonl")).decode().splitlines()
    assert [json.loads(line) for line in lines] == json.loads(await exported(store, "json"))
    assert json.loads(lines[1])["messages"][0]["content"] == AWKWARD


async def test_embeddings_are_shown_when_asked_for(store):
    conversation = await begin(store)
    await say(
        store, conversation, "user", "hello", context_embedding="[0.1, -2, 3e5]", embedding_model="mini"
    )
    await say(store, conversation, "user", "hello")
    await store.end_conversation(conversation.id)
    plain = json.loads(await exported(store, "json"))[0]["messages"]
    shown = json.loads(await exported(store, "json", options=Options(embeddings=True)))[0]["messages"]
    assert "context_embedding" not in plain[0]
    assert [message["context_embedding"] for message in shown] == [[0.1, -2, 300000], None]


async def test_json_columns_can_be_text_for_readers_that_want_one_type(store):
    await whole(store)
    message = json.loads(await exported(store, "jsonl", options=Options(strings=True)))["messages"][0]
    assert message["agent_outputs"] == '{"tone":{"warm":0.9}}'


async def test_rows_that_somebody_else_wrote_come_out_as_what_they_are(store, sql):
    conversation = await talk(store, "hello")
    sql(
        "INSERT INTO messages (conversation_id, seq, role, content, created_at, agent_outputs)"
        " VALUES (?, 2, 'assistant', 'from outside', '', '{\n \"a\": 1\n}')",
        conversation.id,
    )
    sql(
        "INSERT INTO messages (conversation_id, seq, role, content, created_at) VALUES (?, 3, 'user', x'4142ff', '')",
        conversation.id,
    )
    lines = (await exported(store, "jsonl")).splitlines()
    assert len(lines) == 1
    messages = json.loads(lines[0])["messages"]
    assert messages[1]["agent_outputs"] == {"a": 1}
    assert messages[2]["content"] == "AB\ufffd"


@pytest.mark.parametrize("format", ["json", "jsonl"])
async def test_a_long_conversation_and_many_short_ones_are_all_there(store, format):
    await talk(store, *[f"turn {number}" for number in range(450)])
    for _ in range(250):
        await talk(store, "hello", "hi")
    data = await exported(store, format)
    found = json.loads(data) if format == "json" else [json.loads(line) for line in data.splitlines()]
    assert [len(one["messages"]) for one in found] == [450] + [2] * 250
    assert [message["content"] for message in found[0]["messages"]] == [
        f"turn {number}" for number in range(450)
    ]
