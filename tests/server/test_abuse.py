"""Clients that misbehave harm themselves only."""

import asyncio
import gc
import os
import socket

import numpy as np
import pytest

from audio.recognizers.scripted import ScriptedEngine
from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.running import running

NONSENSE = (
    "\x00",
    "null",
    '"start"',
    "[" * 60_000,
    "9" * 400,
    '{"type": null}',
    '{"type": "start", "metadata": []}',
)


def open_files():
    return len(os.listdir("/proc/self/fd"))


async def a_neighbour_is_well(server):
    """Another client gets its final as if nothing were going on."""
    async with server.client() as client:
        await client.start()
        await client.stream(speech("digits-16k").samples.tobytes() + quiet(1.3))
        assert (await client.until("final"))["reason"] == "silence"
        await client.send({"type": "stop"})
        await client.rest()


async def test_two_thousand_connections_opened_and_dropped_leave_nothing(tmp_path):
    async with running(
        tmp_path, ScriptedEngine(), server={"max_sessions": 3000, "max_sessions_per_address": 3000}
    ) as server:
        host, port = "127.0.0.1", server.running.voice.port
        before = open_files()
        for _ in range(20):
            raw = [socket.create_connection((host, port)) for _ in range(50)]
            for one in raw[::2]:
                one.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n")
            for one in raw:
                one.close()
            clients = [server.client() for _ in range(50)]
            opened = await asyncio.gather(*(client.__aenter__() for client in clients))
            for client in opened[::2]:
                client.socket.transport.abort()
            await asyncio.gather(*(client.__aexit__(None, None, None) for client in clients))
        await a_neighbour_is_well(server)
        await server.running.voice.deserted()
        gc.collect()
        assert open_files() <= before + 5


async def test_a_client_that_never_reads_is_heard_and_harms_nobody(tmp_path):
    async with running(tmp_path, ScriptedEngine(), session={"resume_window_s": 0.1}) as server:
        async with server.client(max_queue=1) as deaf:
            await deaf.send({"type": "start", "voice_events": True})
            deaf.socket.transport.pause_reading()
            clip = speech("all-words").samples.tobytes() + quiet(1.3)
            flood = asyncio.create_task(deaf.stream(clip * 8, 640))
            await a_neighbour_is_well(server)
            await asyncio.wait([flood], timeout=10)
            flood.cancel()
            deaf.socket.transport.abort()
        await server.running.voice.deserted()
        conversations = await server.running.store.conversations()
    assert [conversation.is_active for conversation in conversations] == [False, False]
    assert all(conversation.total_messages for conversation in conversations)


@pytest.mark.parametrize("encoding", ["pcm_s16le", "pcm_f32le", "mulaw", "alaw"])
async def test_random_bytes_are_just_noise(tmp_path, vosk, encoding):
    async with running(tmp_path, vosk) as server, server.client() as client:
        await client.start(encoding=encoding, channels=2, voice_events=True)
        await client.stream(np.random.default_rng(1).bytes(150_000), 997)
        await client.send({"type": "stop"})
        messages = await client.rest()
        assert messages[-1]["type"] == "stopped"
        assert not client.of("error")


async def test_silence_for_ever_is_no_message(tmp_path, vosk):
    async with running(tmp_path, vosk) as server, server.client() as client:
        await client.start()
        await client.stream(bytes(60 * 32_000), 32_000)
        await client.send({"type": "stop"})
        await client.rest()
        assert {message["type"] for message in client.seen} <= {"ready", "ack", "stopped", "warning"}
        assert client.seen[-1]["utterances"] == 0


async def test_every_kind_of_nonsense_is_survived(tmp_path):
    async with running(tmp_path, ScriptedEngine()) as server:
        for nonsense in NONSENSE:
            async with server.client() as client:
                await client.socket.send(nonsense)
                assert (await client.until("error"))["message"]
                await client.start()
        async with server.client() as client:
            await client.start()
            await client.socket.send(b"")
            await client.send({"type": "ping"})
            await client.until("pong")
            client.socket.transport.write(b"\xff\xff\xff\xff not a frame")
            await client.rest()
        await a_neighbour_is_well(server)
