"""What an export holds: filters, cursors, consent."""

import json

import pytest

from storage.errors import Invalid, NotFound
from storage.exports.formats import FORMATS
from storage.exports.selection import Options, Selection
from storage.rows import MessageChange, NewMemory
from tests.storage.talk import begin, exported, say, talk, tone


async def ids(store, **asked):
    found = json.loads(await exported(store, "json", Selection(**asked)))
    return [one["conversation_id"] for one in found]


async def contents(store, **asked):
    found = json.loads(await exported(store, "json", Selection(**asked)))
    return [message["content"] for one in found for message in one["messages"]]


async def test_conversations_are_chosen_by_user_platform_model_and_time(store):
    made = [
        (await talk(store, "hello", user_id=user, platform=platform, model_used=model, started_at=at)).id
        for user, platform, model, at in [
            ("ada", "web", "m1", "2026-01-01T00:00:00Z"),
            ("eve", "web", "m2", "2026-01-02T00:00:00Z"),
            ("ada", "app", "m2", "2026-01-03T00:00:00Z"),
        ]
    ]
    assert await ids(store, user_id="ada") == [made[0], made[2]]
    assert await ids(store, platform="web") == made[:2]
    assert await ids(store, model_used="m2") == made[1:]
    assert await ids(store, since="2026-01-02") == made[1:]
    assert await ids(store, until="2026-01-02") == made[:1]
    assert await ids(store, since="2026-01-02T01:00:00+01:00", until="2026-01-03", user_id="eve") == [made[1]]
    assert await ids(store, user_id="nobody") == []


async def test_conversations_are_chosen_by_quality(store):
    low = await begin(store)
    await say(store, low, "assistant", "short")
    high = await begin(store)
    await say(store, high, "assistant", "word " * 30, processing_time=1.0)
    for one in (low, high, await talk(store, "nobody answered")):
        await store.end_conversation(one.id)
    assert await ids(store, min_conversation_quality=0.7) == [high.id]
    assert await ids(store, min_conversation_quality=0.5) == [low.id, high.id]


async def test_messages_are_chosen_by_quality_emotion_role_and_voice(store):
    conversation = await begin(store)
    await say(store, conversation, "user", "voiced", voice_pitch=200.0, voice_emotion="sad")
    await say(store, conversation, "assistant", "word " * 30, emotion="happy")
    await say(store, conversation, "assistant", "brief", emotion="sad")
    await store.end_conversation(conversation.id)
    assert await contents(store, min_quality=0.6) == ["word " * 30]
    assert await contents(store, emotion="sad") == ["voiced", "brief"]
    assert await contents(store, role="user") == await contents(store, has_voice=True) == ["voiced"]
    assert await contents(store, has_voice=False, emotion="sad") == ["brief"]


async def test_a_conversation_without_a_fitting_message_is_left_out_but_not_when_asked_for_by_id(store):
    conversation = await talk(store, "hello")
    assert await ids(store, role="assistant") == []
    assert await ids(store, role="assistant", conversation_id=conversation.id) == [conversation.id]


async def test_memories_are_chosen_by_verification(store):
    conversation = await talk(store, "hello")
    for content, verified in (("one", True), ("two", False)):
        await store.add_memory(
            NewMemory(user_id="ada", content=content, conversation_id=conversation.id, verified=verified)
        )
    await store.add_memory(NewMemory(user_id="ada", content="of no conversation"))

    async def remembered(**asked):
        (found,) = json.loads(await exported(store, "json", Selection(**asked)))
        return [memory["content"] for memory in found["memories"]]

    assert await remembered() == ["one", "two"]
    assert await remembered(verified=True) == ["one"]
    assert await remembered(verified=False) == ["two"]


async def test_active_conversations_are_left_out_unless_asked_for(store):
    ended = await talk(store, "hello")
    active = await begin(store)
    await say(store, active, "user", "still here")
    assert await ids(store) == [ended.id]
    assert await ids(store, include_active=True) == [ended.id, active.id]
    assert await ids(store, conversation_id=active.id) == [active.id]


async def test_limit_counts_conversations_that_hold_something_and_the_cursor_goes_on(store):
    made = [(await talk(store, content)).id for content in ("a", "b", "c")]
    empty = await begin(store)
    await store.end_conversation(empty.id)
    made += [(await talk(store, content)).id for content in ("d", "e")]
    async with store.exporter.open("jsonl", Selection(limit=4)) as download:
        async for _ in download.blocks():
            pass
    assert download.receipt.last_id == made[3]
    assert await ids(store, after_id=download.receipt.last_id, limit=4) == [made[4]]
    assert await ids(store, after_id=made[4]) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limit", 0),
        ("limit", -1),
        ("limit", 1.5),
        ("after_id", -1),
        ("since", "soon"),
        ("until", 7),
        ("role", "bot"),
        ("min_quality", 1.5),
        ("min_conversation_quality", "high"),
        ("user_id", 3),
    ],
)
async def test_a_bad_filter_is_refused_by_field_before_the_first_byte(store, field, value):
    with pytest.raises(Invalid) as refusal:
        await exported(store, "json", Selection(**{field: value}))
    assert refusal.value.field == field


async def test_an_unknown_format_is_refused_with_the_known_ones(store):
    with pytest.raises(Invalid, match="json, jsonl, openai, sharegpt, csv, parquet, audiofolder, nemo"):
        await exported(store, "xml")


async def test_an_unknown_conversation_is_not_found(store):
    with pytest.raises(NotFound):
        await exported(store, "json", Selection(conversation_id=7))


@pytest.mark.parametrize("format", FORMATS)
async def test_whoever_said_no_is_in_no_export(store, sql, format):
    """By the session's consent, by the message's flag, or because nobody ever asked."""
    secret = "xylophone"
    refused = await begin(store, training=False, user_id=secret)
    for role in ("user", "assistant"):
        await say(store, refused, role, secret, audio=tone(1))
    await store.add_memory(NewMemory(user_id=secret, content=secret, conversation_id=refused.id))
    flagged = await begin(store)
    await say(store, flagged, "user", "hello", audio=tone(2))
    await say(store, flagged, "assistant", "hi")
    taken_back = await say(store, flagged, "user", secret, audio=tone(3))
    await store.edit_message(taken_back.message_id, MessageChange(training=False))
    sql(
        "INSERT INTO conversations (session_id, user_id, started_at, is_active) VALUES (?, ?, '', 0)",
        secret,
        secret,
    )
    sql(
        "INSERT INTO messages (conversation_id, seq, role, content, created_at, training_flag)"
        " VALUES (3, 1, 'user', ?, '', NULL)",
        secret,
    )
    for conversation in (refused, flagged):
        await store.end_conversation(conversation.id)
    data = await exported(store, format, Selection(include_active=True), Options(audio=True))
    assert secret.encode() not in data
    assert data
    for conversation_id in (refused.id,):
        with pytest.raises(NotFound):
            await exported(store, format, Selection(conversation_id=conversation_id))
