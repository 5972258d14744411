"""vosk-server's own client habits: send one message, wait for one reply, for ever."""

import asyncio
import json
import sqlite3

import pytest
from websockets.exceptions import ConnectionClosed

from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.running import DEADLINE_S, running


async def ask(socket, message):
    """Send and wait for the one reply."""
    await socket.send(message)
    async with asyncio.timeout(DEADLINE_S):
        return json.loads(await socket.recv())


async def transcribe(socket, data, rate, size=8000):
    """What websocket/test.py of vosk-server does, its spelling included."""
    await socket.send('{ "config" : { "sample_rate" : %d } }' % rate)  # noqa: UP031  as it does
    replies = [await ask(socket, data[i : i + size]) for i in range(0, len(data), size)]
    return [*replies, await ask(socket, '{"eof" : 1}')]


@pytest.mark.parametrize("name", ["digits-8k", "digits-16k", "commands-8k", "two-utterances"])
async def test_test_py_gets_its_transcript(tmp_path, vosk, name):
    clip = speech(name)
    data = clip.samples.tobytes() + quiet(0.3, clip.rate)
    async with running(tmp_path, vosk) as server, server.client("/") as client:
        replies = await transcribe(client.socket, data, clip.rate)
        with pytest.raises(ConnectionClosed):
            await client.socket.recv()
        assert client.socket.close_code == 1000
    texts = [reply["text"] for reply in replies if reply.get("text")]
    assert " ".join(texts) == clip.text
    assert any(reply.get("partial") for reply in replies)
    words = [word for reply in replies for word in reply.get("result", [])]
    assert [word["word"] for word in words] == clip.text.split()
    assert set(words[0]) == {"conf", "start", "end", "word"}


async def test_what_it_hears_is_kept(tmp_path, vosk):
    clip = speech("digits-8k")
    async with running(tmp_path, vosk) as server, server.client("/") as client:
        await transcribe(client.socket, clip.samples.tobytes(), clip.rate)
        connection = sqlite3.connect(server.database)
        kept = connection.execute(
            "SELECT content, platform FROM messages JOIN conversations c ON c.id=conversation_id"
        )
        assert kept.fetchall() == [(clip.text, "vosk")]
        connection.close()


async def test_a_reset_gives_the_final_and_the_stream_goes_on(tmp_path, vosk):
    clip = speech("digits-16k")
    async with running(tmp_path, vosk) as server, server.client("/") as client:
        await client.socket.send('{"config": {"sample_rate": 16000}}')
        for _ in range(2):
            assert "partial" in await ask(client.socket, clip.samples.tobytes())
            assert (await ask(client.socket, '{"reset":1}'))["text"] == clip.text
        assert await ask(client.socket, '{"reset":1}') == {"text": ""}
        assert await ask(client.socket, '{"eof":1}') == {"text": ""}


async def test_clients_that_push_without_waiting_get_as_many_replies(tmp_path, vosk):
    clip = speech("digits-16k")
    data = clip.samples.tobytes()
    pieces = [data[i : i + 640] for i in range(0, len(data), 640)]
    async with running(tmp_path, vosk) as server, server.client("/") as client:
        await client.socket.send('{"config": {"sample_rate": 16000}}')
        for piece in pieces:
            await client.socket.send(piece)
        await client.socket.send('{"eof" : 1}')
        replies = [json.loads(text) async for text in client.socket]
    assert len(replies) == len(pieces) + 1
    assert replies[-1]["text"] == clip.text


async def test_a_minute_in_one_message_is_one_reply(tmp_path, vosk):
    clip = speech("two-utterances")
    data = (clip.samples.tobytes() + quiet(1.2)) * 3
    async with running(tmp_path, vosk) as server, server.client("/") as client:
        await client.socket.send('{"config": {"sample_rate": 16000}}')
        reply = await ask(client.socket, data)
        assert reply["text"] == " ".join([clip.text] * 3)
        assert await ask(client.socket, '{"eof" : 1}') == {"text": ""}


async def test_alternatives_on_request(tmp_path, vosk):
    clip = speech("digits-16k")
    async with running(tmp_path, vosk) as server, server.client("/") as client:
        await client.socket.send('{"config": {"sample_rate": 16000, "max_alternatives": 3}}')
        await ask(client.socket, clip.samples.tobytes())
        reply = await ask(client.socket, '{"eof" : 1}')
        assert reply["alternatives"][0]["text"] == clip.text
        assert "confidence" in reply["alternatives"][0]


@pytest.mark.parametrize(
    "message", ["nonsense", '{"config": {"model": "/etc"}}', '{"config": {"sample_rate": 0}}']
)
async def test_what_the_protocol_has_no_word_for_closes_with_the_reason(tmp_path, vosk, message):
    async with running(tmp_path, vosk) as server, server.client("/") as client:
        await client.socket.send(message)
        with pytest.raises(ConnectionClosed):
            await client.socket.recv()
        assert client.socket.close_code == 1003
        assert client.socket.close_reason


async def test_an_abrupt_close_keeps_what_was_said(tmp_path, vosk):
    clip = speech("digits-16k")
    async with running(tmp_path, vosk) as server:
        async with server.client("/") as client:
            await client.socket.send('{"config": {"sample_rate": 16000}}')
            await ask(client.socket, clip.samples.tobytes())
            client.socket.transport.abort()
        await server.running.voice.deserted()
    connection = sqlite3.connect(server.database)
    assert connection.execute("SELECT content, reason FROM messages").fetchall() == [
        (clip.text, "disconnect")
    ]
    connection.close()
