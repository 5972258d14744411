"""The verbs of conversations and messages."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.conversations import Listing
from storage.errors import Invalid, NotFound, Unusable
from storage.rows import MessageChange, NewConversation, NewMessage, Recording
from storage.store import Store
from tests.storage.talk import begin, say, talk, tone


async def test_a_conversation_comes_back_as_it_was_given(store):
    new = NewConversation(
        session_id="s-1",
        user_id="ada",
        platform="web",
        model_used="ollama",
        language="en-gb",
        training=False,
        record=True,
        metadata=b'{"app": {"version": 3}}',
        started_at="2026-01-31T12:00:00+01:00",
    )
    opened = await store.open_conversation(new)
    assert opened == await store.conversation(opened.id)
    assert (opened.session_id, opened.user_id, opened.platform) == ("s-1", "ada", "web")
    assert (opened.model_used, opened.language, opened.metadata) == (
        "ollama",
        "en-gb",
        '{"app":{"version":3}}',
    )
    assert (opened.training_consent, opened.recording_consent, opened.is_active) == (False, True, True)
    assert (opened.started_at, opened.ended_at) == ("2026-01-31T11:00:00.000Z", None)
    assert (opened.total_messages, opened.conversation_quality, opened.topics_discussed) == (0, None, None)


async def test_a_session_id_used_again_is_the_same_conversation(store):
    first = await store.open_conversation(NewConversation(session_id="same", user_id="ada"))
    again = await store.open_conversation(NewConversation(session_id="same", user_id="eve"))
    assert again == first


@pytest.mark.parametrize(("field", "value"), [("metadata", "[]"), ("session_id", ""), ("user_id", 7)])
async def test_a_bad_conversation_is_refused_by_field(store, field, value):
    with pytest.raises(Invalid) as refusal:
        await begin(store, **{field: value})
    assert refusal.value.field == field


async def test_nothing_is_found_where_nothing_is(store):
    assert await store.conversation(1) is None
    assert await store.message(1) is None
    assert await store.messages(1) == []
    assert await store.recording(1) is None


async def test_a_message_comes_back_as_it_was_given(store):
    conversation = await begin(store)
    given = {
        "emotion": "happy",
        "emotion_confidence": 0.75,
        "processing_time": 1.25,
        "agent_outputs": '{"tone":{"warm":0.9}}',
        "memory_context": "[1,2]",
        "voice_pitch": 180.5,
        "voice_emotion": "happy",
        "audio_quality": 0.8,
        "start_ms": 100,
        "end_ms": 2100,
        "confidence": 0.93,
        "words": '[{"word":"hi","start_ms":100}]',
        "voice": '{"snr_db":21.5}',
        "reason": "silence",
        "interrupted": True,
        "created_at": "2026-01-31T12:00:00.000Z",
    }
    saved = await say(store, conversation, "assistant", "Grüße 你好 \u2028\x00 🎧", uid="mine", **given)
    kept = await store.message(saved.message_id)
    assert kept is not None
    assert (kept.uid, kept.seq, kept.role, kept.content) == (
        "mine",
        1,
        "assistant",
        "Grüße 你好 \u2028\x00 🎧",
    )
    assert {name: getattr(kept, name) for name in given} == given
    assert (kept.quality_score, kept.training_flag, kept.user_feedback) == (saved.quality_score, True, None)


async def test_a_repeated_uid_is_the_same_message_within_its_conversation(store):
    one, other = await begin(store), await begin(store)
    first = await say(store, one, "user", "hello", uid="u-1")
    again = await say(store, one, "user", "something else", uid="u-1")
    elsewhere = await say(store, other, "user", "hello", uid="u-1")
    assert (again.message_id, again.seq, again.existed) == (first.message_id, first.seq, True)
    assert (first.existed, elsewhere.existed) == (False, False)
    assert (await store.conversation(one.id)).total_messages == 1


async def test_the_same_uid_sent_many_times_at_once_is_kept_once(store):
    conversation = await begin(store)
    saved = await asyncio.gather(*[say(store, conversation, "user", "hello", uid="once") for _ in range(50)])
    assert len({one.message_id for one in saved}) == 1
    assert [one.existed for one in saved].count(False) == 1


async def test_order_numbers_are_dense_under_load(store):
    conversations = [await begin(store) for _ in range(5)]
    await asyncio.gather(*[say(store, one, "user", "hello") for one in conversations for _ in range(40)])
    for one in conversations:
        assert [message.seq for message in await store.messages(one.id, limit=100)] == list(range(1, 41))


async def test_the_statistics_tell_of_a_message_when_it_is_answered(store):
    conversation = await begin(store)
    await say(store, conversation, "user", "hello", emotion_confidence=0.5)
    await say(store, conversation, "assistant", "word " * 30, processing_time=1.0, emotion_confidence=1.0)
    saved = await say(store, conversation, "assistant", "short", processing_time=2.0)
    await store.rate_message(saved.message_id, 4)
    after = await store.conversation(conversation.id)
    assert (after.total_messages, after.avg_response_time, after.avg_emotion_score) == (3, 1.5, 0.75)
    assert (after.conversation_quality, after.user_satisfaction) == (0.7, 4.0)


async def test_a_message_needs_its_conversation(store):
    with pytest.raises(NotFound):
        await store.add_message(NewMessage(conversation_id=7, role="user", content="hello"))


async def test_the_last_rating_counts(store):
    conversation = await begin(store)
    saved = await say(store, conversation, "assistant", "hello")
    await store.rate_message(saved.message_id, 1)
    await store.rate_message(saved.message_id, 4.5, conversation_id=conversation.id)
    assert (await store.conversation(conversation.id)).user_satisfaction == 4.5


@pytest.mark.parametrize("rating", [0, 5.01, float("nan"), None, "4"])
async def test_a_rating_is_from_1_to_5(store, rating):
    conversation = await begin(store)
    saved = await say(store, conversation, "assistant", "hello")
    with pytest.raises(Invalid, match="a number from 1 to 5"):
        await store.rate_message(saved.message_id, rating)


async def test_a_message_of_another_conversation_cannot_be_rated_through_this_one(store):
    mine, theirs = await begin(store), await begin(store)
    saved = await say(store, theirs, "assistant", "hello")
    with pytest.raises(NotFound):
        await store.rate_message(saved.message_id, 5, conversation_id=mine.id)


async def test_an_edit_scores_anew_and_makes_the_conversation_unexported(store):
    conversation = await begin(store)
    saved = await say(store, conversation, "assistant", "short", memory_context="[1]")
    await store.exporter.mark(conversation.id)
    edited = await store.edit_message(saved.message_id, MessageChange(content="word " * 30))
    assert (saved.quality_score, edited.quality_score) == (0.6, 0.7)
    assert edited == await store.message(saved.message_id)
    after = await store.conversation(conversation.id)
    assert (after.conversation_quality, after.training_data_exported) == (0.7, False)


async def test_an_edit_must_change_something(store):
    conversation = await begin(store)
    saved = await say(store, conversation, "user", "hello")
    with pytest.raises(Invalid):
        await store.edit_message(saved.message_id, MessageChange())


async def test_consent_is_the_conversations_unless_the_message_says_no(store):
    willing, unwilling = await begin(store), await begin(store, training=False)
    flags = []
    for conversation in (willing, unwilling):
        for training in (None, True, False):
            saved = await say(store, conversation, "user", "hello", training=training)
            flags.append((await store.message(saved.message_id)).training_flag)
    assert flags == [True, True, False, False, False, False]


async def test_ending_twice_changes_nothing(store):
    conversation = await talk(store, "garden, garden")
    first = await store.conversation(conversation.id)
    await store.end_conversation(conversation.id)
    assert await store.conversation(conversation.id) == first
    assert (first.is_active, first.topics_discussed, first.topics_source) == (False, '["garden"]', "keywords")


async def test_topics_that_the_client_names_stand(store):
    conversation = await begin(store)
    await say(store, conversation, "user", "garden, garden")
    await store.set_topics(conversation.id, ["work", "hobbies"])
    await store.end_conversation(conversation.id)
    ended = await store.conversation(conversation.id)
    assert (ended.topics_discussed, ended.topics_source) == ('["work","hobbies"]', "client")


async def test_a_conversation_can_be_taken_up_again(store):
    conversation = await talk(store, "hello", "hi")
    again = await store.resume_conversation(conversation.id)
    assert (again.is_active, again.ended_at, again.total_messages) == (True, None, 2)
    with pytest.raises(NotFound):
        await store.resume_conversation(99)


async def test_pages_go_on_where_the_last_one_ended(store):
    made = [await begin(store, user_id=user) for user in ("ada", "eve", "ada")]
    assert [one.id for one in await store.conversations(Listing(limit=2))] == [made[0].id, made[1].id]
    assert [one.id for one in await store.conversations(Listing(after_id=made[1].id))] == [made[2].id]
    assert [one.id for one in await store.conversations(Listing(user_id="ada", active=True))] == [
        made[0].id,
        made[2].id,
    ]
    assert await store.conversations(Listing(active=False)) == []
    for limit in (0, 501):
        with pytest.raises(Invalid):
            await store.conversations(Listing(limit=limit))


async def test_what_a_crash_left_active_ends_at_its_last_message(path):
    async with Store.open(path) as store:
        spoken = await begin(store, started_at="2026-01-31T12:00:00.000Z")
        for second in (1, 5, 3):
            await say(store, spoken, "user", "hello", created_at=f"2026-01-31T12:00:0{second}.000Z")
        silent = await begin(store, started_at="2026-01-31T13:00:00.000Z")
    async with Store.open(path) as store:
        ended = [await store.conversation(one.id) for one in (spoken, silent)]
    assert [(one.is_active, one.ended_at) for one in ended if one] == [
        (False, "2026-01-31T12:00:05.000Z"),
        (False, "2026-01-31T13:00:00.000Z"),
    ]


async def test_a_recording_is_kept_lossless_and_once(store, path):
    conversation = await begin(store, record=True)
    first = await say(store, conversation, "user", "hello", audio=tone(1000))
    second = await say(store, conversation, "user", "hello", audio=tone(1000))
    third = await say(store, conversation, "user", "hello", audio=tone(2000))
    rows = [await store.message(saved.message_id) for saved in (first, second, third)]
    assert rows[0].audio_sha256 == rows[1].audio_sha256 != rows[2].audio_sha256
    assert [row.audio_ms for row in rows] == [100, 100, 100]
    assert len(list((path.parent / "audio").rglob("*.flac"))) == 2
    assert (await store.recording(first.message_id))[:4] == b"fLaC"


async def test_a_recording_of_a_message_that_is_not_kept_goes(store, path):
    conversation = await begin(store)
    saved = await say(store, conversation, "user", "hello", uid="u-1", audio=tone(1))
    await say(store, conversation, "user", "hello", uid="u-1", audio=tone(2))
    with pytest.raises(NotFound):
        await store.add_message(NewMessage(conversation_id=99, role="user", content="hello", audio=tone(3)))
    with pytest.raises(NotFound):
        await store.add_message(NewMessage(conversation_id=99, role="user", content="hello", audio=tone(1)))
    assert len(list((path.parent / "audio").rglob("*.flac"))) == 1
    assert await store.recording(saved.message_id) is not None


@pytest.mark.parametrize("pcm", [b"", b"x"])
async def test_a_recording_is_whole_samples(store, pcm):
    conversation = await begin(store)
    with pytest.raises(Invalid, match="audio"):
        await say(store, conversation, "user", "hello", audio=Recording(pcm=pcm))


async def test_the_figures_count_what_is_there(store):
    conversation = await begin(store, platform="web")
    await say(
        store,
        conversation,
        "user",
        "hello",
        emotion="happy",
        voice_pitch=200.0,
        start_ms=300,
        end_ms=500,
        audio_quality=0.9,
        audio=tone(),
    )
    saved = await say(
        store, conversation, "assistant", "word " * 30, processing_time=1.0, memory_context="[1]"
    )
    await store.rate_message(saved.message_id, 5)
    await begin(store, training=False)
    figures = await store.training_stats()
    assert figures["total_conversations"] == 2
    assert (figures["total_messages"], figures["training_messages"], figures["voice_messages"]) == (2, 2, 1)
    assert (figures["rated_messages"], figures["spoken_ms"], figures["recorded_ms"]) == (1, 200, 100)
    assert (figures["high_quality_conversations"], figures["avg_user_satisfaction"]) == (1, 5.0)
    assert (figures["messages_by_rating"], figures["conversations_by_quality"]) == ({"5": 1}, {"0.8": 1})
    assert figures["messages_by_role"] == {"assistant": 1, "user": 1}
    assert (figures["messages_by_emotion"], figures["conversations_by_platform"]) == (
        {"happy": 1},
        {"web": 1},
    )


@pytest.mark.parametrize(
    "content", [b"this is no database, whatever it is called", b"SQLite format 3\x00" + b"\xff" * 5000]
)
async def test_a_file_that_is_no_database_is_refused_in_one_line(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(Unusable) as refusal:
        async with Store.open(path):
            pass
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert path.read_bytes() == content


async def test_a_file_of_a_newer_program_is_refused_in_one_line(path):
    async with Store.open(path):
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(Unusable) as refusal:
        async with Store.open(path):
            pass
    assert str(refusal.value) == f"{path}: the database is of version 99, newer than this program's 1"


async def test_a_folder_in_place_of_the_file_is_refused(path):
    path.mkdir(parents=True)
    with pytest.raises(Unusable):
        async with Store.open(path):
            pass


@pytest.mark.parametrize("place", ["/dev/null/earshot.db", "/proc/earshot.db"])
async def test_a_place_that_cannot_be_written_is_refused_in_one_line(place):
    with pytest.raises(Unusable) as refusal:
        async with Store.open(Path(place)):
            pass
    assert str(refusal.value).startswith(place)
    assert "another" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


async def test_a_second_store_on_the_same_file_is_refused_until_the_first_is_closed(path):
    async with Store.open(path) as store:
        conversation = await begin(store)
        with pytest.raises(Unusable, match="in use by another Earshot"):
            async with Store.open(path):
                pass
        assert (await store.conversation(conversation.id)) == conversation
    async with Store.open(path) as store:
        assert await store.conversations() != []


async def test_an_unknown_durability_is_refused(path):
    with pytest.raises(Invalid, match="OFF, NORMAL, FULL, EXTRA"):
        async with Store.open(path, synchronous="SOMETIMES"):
            pass


async def test_a_fault_of_the_callers_own_stays_the_callers(path):
    with pytest.raises(OSError, match="theirs"):
        async with Store.open(path):
            raise OSError("theirs")
