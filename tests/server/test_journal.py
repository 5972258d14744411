"""The server is killed: what it had acknowledged becomes messages at its next start, and the client may go on."""

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect

from storage.errors import Full
from tests.fixtures.speech_files import speech
from tests.process import started
from tests.quiet import quiet
from tests.running import DEADLINE_S, Client, running

DATA = speech("two-utterances").samples.tobytes() + quiet(1.6)
"""Says "hello thank you", is silent for more than a second, says "goodbye"."""

WINDOW = {"resume_window_s": 20}
RATE = 16_000


async def say(client, data, size=3200):
    """Send `data` and wait until it is acknowledged, but for the last half second at most."""
    before = max((ack["received_samples"] for ack in client.of("ack")), default=0)
    await client.stream(data, size)
    while before + RATE // 2 <= len(data) // 2:
        before = (await client.until("ack"))["received_samples"]


def crash(folder, into):
    """Leave in `into` what kill -9 would leave of a server that runs in `folder`."""
    with closing(sqlite3.connect(folder / "earshot.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")  # nothing is half written while we copy
        shutil.copytree(folder, into, ignore=shutil.ignore_patterns("*-shm", "*-owner"))
    return into


def journals(folder: Path):
    return sorted(path.name for path in (folder / "journal").glob("*"))


async def rows_of(server, conversation_id=1):
    return await server.running.store.messages(conversation_id)


async def kept(folder, engine):
    """What the next server keeps of `folder`, if no client comes back."""
    async with running(folder, engine, session={"resume_window_s": 0}) as server:
        async with asyncio.timeout(DEADLINE_S):
            await server.running.voice.deserted()
        assert journals(folder) == []
        return await rows_of(server)


async def go_on(server, ready, after, data=DATA):
    """Come back, send what wasn't acknowledged, stop; return the client."""
    async with server.client() as client:
        await client.resume(ready, after_utterance=after)
        again = await client.until("ready")
        assert again["resume_token"] == ready["resume_token"]
        await client.finish(data, again)
        return client


async def test_the_open_utterance_of_a_killed_server_is_kept_as_recovered(tmp_path, vosk):
    async with running(tmp_path / "first", vosk, session=WINDOW) as server, server.client() as client:
        await client.start()
        await say(client, DATA[: 2 * RATE])  # in mid-sentence
        left = crash(tmp_path / "first", tmp_path / "second")
    [row] = await kept(left, vosk)
    assert row.reason == "recovered"
    assert "hello" in row.content
    assert row.audio_path


async def test_a_client_goes_on_over_a_restart_and_no_word_is_lost_or_doubled(tmp_path, vosk):
    async with running(tmp_path / "first", vosk, session=WINDOW) as server, server.client() as client:
        ready = await client.start()
        await say(client, DATA[: len(DATA) // 2])  # between the utterances
        left = crash(tmp_path / "first", tmp_path / "second")
    async with running(left, vosk, session=WINDOW) as server:
        client = await go_on(server, ready, after=0)
        assert [final["text"] for final in client.of("final")] == ["hello thank you", "goodbye"]
        assert [row.content for row in await rows_of(server)] == ["hello thank you", "goodbye"]
        assert all(final["latency_ms"] < 1000 * DEADLINE_S for final in client.of("final"))
        assert journals(left) == []


@given(part=st.floats(0.05, 0.95), size=st.sampled_from([640, 3200, 16_000]))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_wherever_the_kill_falls_every_word_is_in_one_message(tmp_path_factory, vosk, part, size):
    cut = int(len(DATA) * part) // 2 * 2

    async def compare():
        folder = tmp_path_factory.mktemp("journal")
        async with running(folder / "first", vosk, session=WINDOW) as server:
            async with server.client() as client:
                ready = await client.start()
                await say(client, DATA[:cut], size)
                left = crash(folder / "first", folder / "second")
                last = max((final["utterance"] for final in client.of("final")), default=0)
            async with server.client() as client:
                await client.start(words=True)
                await client.stream(DATA)
                await client.send({"type": "stop"})
                await client.rest()
                words = [word for final in client.of("final") for word in final["words"]]
        async with running(left, vosk, session=WINDOW) as server:
            await go_on(server, ready, last)
            rows = await rows_of(server)
        for earlier, later in pairwise(rows):
            assert earlier.end_ms <= later.start_ms
        for word in words:
            middle = (word["start_ms"] + word["end_ms"]) / 2
            assert sum(row.start_ms <= middle < row.end_ms for row in rows) == 1, (word, rows)

    asyncio.run(compare())


async def test_killed_twice_nothing_is_kept_twice(tmp_path, vosk):
    async with running(tmp_path / "first", vosk, session=WINDOW) as server, server.client() as client:
        await client.start()
        await say(client, DATA[: 2 * RATE])
        left = crash(tmp_path / "first", tmp_path / "second")
        before = shutil.copytree(left / "journal", tmp_path / "before")
    [row] = await kept(left, vosk)
    # The journal as it was: as if the second kill had come before it was let go.
    shutil.copytree(before, left / "journal", dirs_exist_ok=True)
    [again] = await kept(left, vosk)
    assert again == row


async def test_a_final_that_cannot_be_kept_now_is_kept_at_the_next_start(tmp_path, vosk, monkeypatch):
    async with running(tmp_path, vosk, session=WINDOW) as server, server.client() as client:

        async def refuse(new):
            raise Full("the disk is full")

        with monkeypatch.context() as patch:
            patch.setattr(server.running.store, "add_message", refuse)
            await client.start()
            await client.stream(DATA[: len(DATA) // 2])
            assert (await client.until("error"))["code"] == "not_saved"
        await client.stream(DATA[len(DATA) // 2 :])
        await client.send({"type": "stop"})
        await client.rest()
        assert [final["text"] for final in client.of("final")] == ["goodbye"]
    assert [row.content for row in await kept(tmp_path, vosk)] == ["goodbye", "hello thank you"]


async def test_kill_minus_nine_and_the_same_file_again(tmp_path):
    environment = {"EARSHOT_SESSION_RESUME_WINDOW_S": "20"}
    with started(tmp_path, **environment) as server:
        async with connect(server.voice + "/v1/stream", compression=None) as socket:
            client = Client(socket)
            ready = await client.start()
            await say(client, DATA[: len(DATA) // 2])
            server.kill()
    with started(tmp_path, **environment) as server:
        async with connect(server.voice + "/v1/stream", compression=None) as socket:
            client = Client(socket)
            await client.resume(ready, after_utterance=0)
            await client.finish(DATA, await client.until("ready"))
            assert [final["text"] for final in client.of("final")] == ["hello thank you", "goodbye"]


async def test_the_journal_is_the_owners_alone_and_holds_no_token(tmp_path, vosk):
    async with running(tmp_path, vosk, session=WINDOW) as server, server.client() as client:
        ready = await client.start()
        await say(client, DATA[:RATE])
        [path] = (tmp_path / "journal").glob("*")
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert ready["resume_token"].encode() not in path.read_bytes()


async def test_who_declines_to_be_recorded_leaves_no_sound_on_disk(tmp_path, vosk):
    async with running(tmp_path, vosk, session=WINDOW) as server, server.client() as client:
        await client.start(record=False)
        await say(client, DATA[:RATE])
        assert journals(tmp_path) == []


async def test_without_a_journal_everything_else_works(tmp_path, vosk):
    async with running(tmp_path, vosk, journal={"enabled": False}) as server, server.client() as client:
        await client.start()
        await say(client, DATA)
        await client.send({"type": "stop"})
        await client.rest()
        assert len(client.of("final")) == 2
        assert not (tmp_path / "journal").exists()


async def test_a_journal_that_cannot_be_read_is_put_aside_and_the_server_starts(tmp_path, vosk):
    folder = tmp_path / "journal"
    folder.mkdir()
    (folder / "abc.1.journal").write_bytes(b"\xff\x00 nonsense")
    (folder / "def.1.journal").write_text(json.dumps({"about": {}, "received": 0, "heard": {}}) + "\n")
    async with running(tmp_path, vosk) as server, server.client() as client:
        await client.start()
        assert {"abc.1.unreadable", "def.1.journal"} < set(journals(tmp_path))


async def test_an_erased_conversation_does_not_come_back(tmp_path, vosk):
    async with running(tmp_path / "first", vosk, session=WINDOW) as server, server.client() as client:
        ready = await client.start()
        await say(client, DATA[: 2 * RATE])
        left = crash(tmp_path / "first", tmp_path / "second")
    async with running(left, vosk, journal={"enabled": False}) as server:
        await server.running.store.eraser.conversation(ready["conversation_id"], actor="test")
    async with running(left, vosk, session=WINDOW) as server:
        await server.running.voice.deserted()
        async with server.client() as client:
            await client.resume(ready)
            assert (await client.until("error"))["code"] == "not_resumable"
        assert await server.running.store.conversations() == []
        assert journals(left) == []
