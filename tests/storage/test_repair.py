"""Repair says what differed and mends it, once."""

from storage import repair as command
from storage.offline import connected
from storage.repair import repair
from tests.storage.old_files import make
from tests.storage.talk import begin, say, talk, tone


def differences(path, **options):
    with connected(path) as connection:
        return list(repair(connection, path.parent / "audio", **options))


async def test_nothing_differs_where_nothing_was_tampered_with(store, path):
    await talk(store, "hello", "hi")
    assert differences(path, scores=True) == []


async def test_statistics_are_recounted(store, path, sql):
    conversation = await begin(store)
    await say(store, conversation, "assistant", "word " * 30, processing_time=1.0)
    right = await store.conversation(conversation.id)
    sql("UPDATE conversations SET total_messages = 9, conversation_quality = 0.1, quality_sum = 5")
    said = differences(path, dry_run=True)
    assert differences(path) == said
    assert said == [
        "conversation 1: total_messages 9 is now 1",
        "conversation 1: quality_sum 5 is now 700000",
        "conversation 1: conversation_quality 0.1 is now 0.7",
    ]
    assert differences(path) == []
    mended = await store.conversation(conversation.id)
    assert (mended.total_messages, mended.conversation_quality) == (1, right.conversation_quality)


async def test_messages_from_elsewhere_are_numbered_and_scored(store, path, sql):
    conversation = await talk(store, "hello")
    sql(
        "INSERT INTO messages (conversation_id, role, content, created_at) VALUES (?, 'assistant', 'hi', '')",
        conversation.id,
    )
    said = differences(path, scores=True)
    assert said[:2] == ["message 2: seq None is now 2", "message 2: quality_score None is now 0.5"]
    assert [message.seq for message in await store.messages(conversation.id)] == [1, 2]
    assert differences(path, scores=True) == []


async def test_a_recording_that_is_gone_is_no_longer_named(store, path):
    conversation = await begin(store)
    saved = await say(store, conversation, "user", "hello", audio=tone())
    next(iter((path.parent / "audio").rglob("*.flac"))).unlink()
    (said,) = differences(path)
    assert said.endswith("is missing, no longer named")
    assert (await store.message(saved.message_id)).audio_path is None
    assert differences(path) == []


def test_the_command_tells_and_counts(path, capsys):
    make(path, "bare")
    assert command.main(["--db", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"{path}: ")


async def test_the_command_says_how_many(store, path, sql, capsys):
    await talk(store, "hello")
    sql("UPDATE conversations SET total_messages = 9")
    assert command.main(["--db", str(path), "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 differences, none mended"
    assert command.main(["--db", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 differences"
