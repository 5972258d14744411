"""Frames that RFC 6455 doesn't allow, messages that are too large, floods: each closes its own connection only."""

import asyncio
import struct
import zlib

import pytest

from tests.server.security.raw import BINARY, CLOSE, CONTINUED, PING, TEXT, frame, opening, raw, upgraded
from tests.server.test_abuse import a_neighbour_is_well

START = frame(TEXT, b'{"type": "start"}')
MIB = 1 << 20


def deflated(data):
    packer = zlib.compressobj(wbits=-15)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


@pytest.mark.parametrize(
    ("code", "data"),
    [
        pytest.param(1002, frame(TEXT, b"{}", masked=False), id="unmasked"),
        pytest.param(
            1002, frame(BINARY, deflated(bytes(MIB)), reserved=0x40), id="deflated without a word about it"
        ),
        pytest.param(1002, frame(TEXT, b"{}", reserved=0x20), id="second reserved bit"),
        pytest.param(1002, frame(TEXT, b"{}", reserved=0x10), id="third reserved bit"),
        pytest.param(1002, frame(3), id="unknown data frame"),
        pytest.param(1002, frame(11), id="unknown control frame"),
        pytest.param(1002, frame(PING, bytes(126)), id="long ping"),
        pytest.param(1002, frame(PING, fin=False), id="ping in fragments"),
        pytest.param(1002, frame(CONTINUED, b"x"), id="continuation of nothing"),
        pytest.param(1002, frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"), id="message within a message"),
        pytest.param(1002, frame(CLOSE, b"\0"), id="half a close code"),
        pytest.param(1002, frame(CLOSE, struct.pack("!H", 999)), id="close code that isn't one"),
        pytest.param(
            1007, frame(CLOSE, struct.pack("!H", 1000) + b"\xff"), id="close reason that isn't UTF-8"
        ),
        pytest.param(1007, frame(TEXT, b'{"type": "\xff"}'), id="text that isn't UTF-8"),
        pytest.param(1007, frame(TEXT, b'"\xed\xa0\x80"'), id="lone surrogate in UTF-8"),
        pytest.param(1009, frame(BINARY, bytes(MIB + 1)), id="audio over 1 MiB"),
        pytest.param(
            1009, frame(BINARY, bytes(MIB), fin=False) + frame(CONTINUED, b"x"), id="in fragments, too"
        ),
        pytest.param(1009, b"\x82\xff" + struct.pack("!Q", 1 << 62) + bytes(4), id="4 EiB announced"),
        pytest.param(1009, b"\x81\xff" + struct.pack("!Q", (1 << 63) + 5) + bytes(4), id="negative length"),
        pytest.param(1009, frame(TEXT, b" " * 65_537), id="text over 64 KiB"),
        pytest.param(
            1009, frame(BINARY, fin=False) + frame(CONTINUED, fin=False) * 5000, id="5000 fragments"
        ),
        pytest.param(1008, frame(PING) * 20_000, id="ping flood"),
        pytest.param(1008, frame(10) * 20_000, id="pong flood"),
    ],
)
async def test_what_must_not_be_sent_closes_the_connection_with_a_reason(server, code, data):
    for first in (b"", START):
        async with upgraded(server) as client:
            await client.send(first + data)
            closed, reason = await client.close_frame()
            assert (closed, bool(reason)) == (code, True)
    await server.running.voice.deserted()
    await a_neighbour_is_well(server)
    assert server.running.voice.sessions == 0


async def test_compression_is_declined(server):
    async with raw(server.running.voice.port) as client:
        await client.send(
            opening("/v1/stream", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")
        )
        answer = await client.head()
    assert " 101 " in answer
    assert "xtensions" not in answer


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(b"GET /" + b"a" * MIB + b" HTTP/1.1\r\n\r\n", 414, id="a request line of 1 MiB"),
        pytest.param(b"GET / HTTP/1.1\r\na: " + b"a" * MIB + b"\r\n\r\n", 431, id="a header of 1 MiB"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 10_000 + b"\r\n", 431, id="ten thousand headers"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 426, id="no upgrade"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", 0, id="not GET"),
        pytest.param(
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 0, id="TLS where there is none"
        ),
        pytest.param(bytes(100_000), 414, id="zeros"),
    ],
)
async def test_what_isnt_a_handshake_is_refused(server, data, status):
    async with raw(server.running.voice.port) as client:
        await client.send(data)
        answer = await client.rest()
    assert (int(answer.split()[1]) if answer else 0) in (status, 400, 405, 426)
    for secret in (b"Traceback", b"/", b"site-packages"):
        assert secret not in answer.partition(b"\r\n\r\n")[2]
    await a_neighbour_is_well(server)


async def test_the_oldest_of_many_half_open_handshakes_gives_way(tmp_path):
    from audio.recognizers.scripted import ScriptedEngine
    from tests.running import running

    async with running(tmp_path, ScriptedEngine(), server={"max_sessions_per_address": 20}) as server:
        async with asyncio.TaskGroup() as group:
            release, opened = asyncio.Event(), asyncio.Semaphore(0)

            async def half_open():
                async with raw(server.running.voice.port) as client:
                    await client.send(b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n")
                    opened.release()
                    await release.wait()

            for _ in range(200):
                group.create_task(half_open())
            for _ in range(200):
                await opened.acquire()
            await a_neighbour_is_well(server)
            release.set()
        await server.running.voice.deserted()
