"""A lost line is no end: the client comes back, and the transcript is what it would have been."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.running import running

DATA = speech("two-utterances").samples.tobytes() + quiet(1.6)
WINDOW = {"resume_window_s": 20}


async def drop(client):
    """Lose the line as a network does: without a word."""
    client.socket.transport.abort()
    await client.rest()


def told(messages):
    return [
        {key: value for key, value in message.items() if key not in ("latency_ms", "message_id", "uid")}
        for message in messages
        if message["type"] == "final"
    ]


async def unbroken(server):
    async with server.client() as client:
        await client.start()
        await client.stream(DATA)
        await client.send({"type": "stop"})
        return told(await client.rest())


async def broken(server, drops, size):
    """Stream DATA, losing the line after each of `drops` bytes; return the finals and how many times it came back."""
    seen, ready, position = [], None, 0
    for end in [*sorted(drops), None]:
        async with server.client() as client:
            if ready is None:
                ready = await client.start()
            else:
                last = max((final["utterance"] for final in told(seen)), default=0)
                await client.resume(ready, after_utterance=last)
                ready = await client.until("ready")
                position = ready["received_samples"] * 2
            chunk = DATA[position:end]
            await client.stream(chunk, size)
            if end is None:
                await client.send({"type": "stop"})
                await client.rest()
            else:
                await drop(client)
            seen += client.seen
    return told(seen)


@given(
    drops=st.lists(st.integers(0, len(DATA)), min_size=1, max_size=3),
    size=st.sampled_from([641, 3200, 50_001]),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_often_the_line_breaks_every_sample_is_heard_once(tmp_path_factory, vosk, drops, size):
    import asyncio

    async def compare():
        folder = tmp_path_factory.mktemp("resume")
        async with running(folder, vosk, session=WINDOW) as server:
            assert await broken(server, drops, size) == await unbroken(server)
            conversations = await server.running.store.conversations()
            assert [conversation.total_messages for conversation in conversations] == [2, 2]

    asyncio.run(compare())


async def test_a_final_that_the_client_missed_is_told_once(tmp_path, vosk):
    async with running(tmp_path, vosk, session=WINDOW) as server:
        async with server.client() as client:
            ready = await client.start()
            client.socket.transport.pause_reading()  # it hears nothing more
            await client.stream(DATA)
            client.socket.transport.abort()
        async with server.client() as client:
            await client.resume(ready, after_utterance=0)
            await client.finish(DATA, await client.until("ready"))
            assert [final["text"] for final in client.of("final")] == ["hello thank you", "goodbye"]


async def test_a_client_that_comes_back_early_takes_its_line_from_the_half_open_one(tmp_path, vosk):
    async with running(tmp_path, vosk, session=WINDOW) as server, server.client() as first:
        ready = await first.start()
        await first.stream(DATA[:40_000])
        await first.until("ack")
        async with server.client() as second:
            await second.resume(ready)
            again = await second.until("ready")
            assert again["session_id"] == ready["session_id"]
            await first.rest()
            await second.finish(DATA, again)
            assert [final["text"] for final in second.of("final")] == ["hello thank you", "goodbye"]
            assert server.running.voice.sessions == 0


@pytest.mark.parametrize("wrong", [{"resume_token": "guess"}, {"session_id": "nobody"}])
async def test_only_the_token_opens_a_session_again(tmp_path, vosk, wrong):
    async with running(tmp_path, vosk, session=WINDOW) as server:
        async with server.client() as client:
            ready = await client.start()
            await drop(client)
        async with server.client() as client:
            await client.resume(ready | wrong)
            error = await client.until("error")
            assert (error["code"], error["fatal"]) == ("not_resumable", False)
            assert (await client.start())["session_id"] != ready["session_id"]


async def test_nobody_coming_back_ends_the_utterance_and_keeps_it(tmp_path, vosk):
    clip = speech("abrupt-end")
    async with running(tmp_path, vosk, session={"resume_window_s": 0.2}) as server:
        async with server.client() as client:
            await client.start()
            await client.stream(clip.samples.tobytes())
            await drop(client)
        await server.running.voice.deserted()
        [message] = await server.running.store.messages(1)
        assert (message.content, message.reason) == (clip.text, "disconnect")


async def test_a_sample_cut_in_two_by_the_drop_is_heard_whole(tmp_path, vosk):
    async with running(tmp_path, vosk, session=WINDOW) as server:
        assert await broken(server, [30_001], 30_001) == await unbroken(server)


async def test_a_full_server_still_takes_its_own_back(tmp_path, vosk):
    async with running(tmp_path, vosk, session=WINDOW, server={"max_sessions": 1}) as server:
        async with server.client() as client:
            ready = await client.start()
            await drop(client)
        async with server.client() as client:
            await client.resume(ready)
            assert json.dumps(await client.until("ready"))


async def test_what_follows_a_resume_at_once_is_heard(tmp_path, vosk):
    async with running(tmp_path, vosk, session=WINDOW) as server:
        async with server.client() as first:
            ready = await first.start()
            await drop(first)
        async with server.client() as again:
            await again.resume(ready)
            await again.send({"type": "ping"})
            await again.send({"type": "stop"})
            told = [message["type"] for message in await again.rest()]
            assert told[-2:] == ["pong", "stopped"]


async def test_a_client_that_comes_back_twice_at_once_is_served_on_one_line(tmp_path, vosk):
    async with running(tmp_path, vosk, session=WINDOW) as server:
        async with server.client() as first:
            ready = await first.start()
            await drop(first)
        async with server.client() as one, server.client() as other:
            await one.resume(ready)
            await other.resume(ready)
            served, cut = [], []
            for client in (one, other):
                try:
                    await client.until("ready")
                    await client.send({"type": "stop"})
                    await client.until("stopped")
                    served.append(client)
                except ConnectionClosed:
                    cut.append(client)
            assert (len(served), len(cut)) == (1, 1)
        await server.running.voice.deserted()


async def test_a_client_whose_line_breaks_at_the_goodbye_comes_back_for_it(tmp_path, vosk):
    async with running(tmp_path, vosk, session=WINDOW) as server:
        async with server.client() as client:
            ready = await client.start()
            await client.stream(DATA)
            await client.until("ack")
            client.socket.transport.pause_reading()  # it will not see the goodbye
            await client.send({"type": "stop"})
            client.socket.transport.abort()
        async with server.client() as client:
            await client.resume(ready, after_utterance=0)
            again = await client.until("ready")
            with suppress(
                ConnectionClosed
            ):  # the server says goodbye at once where the stop had come through
                await client.stream(DATA[2 * again["received_samples"] :])
                await client.send({"type": "stop"})
            await client.rest()
            assert client.of("stopped")
            assert [final["text"] for final in client.of("final")] == ["hello thank you", "goodbye"]
