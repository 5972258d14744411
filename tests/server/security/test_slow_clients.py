"""Clients that trickle, hang or don't read are closed in a stated time, and keep nobody else out."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse

from audio.recognizers.scripted import ScriptedEngine
from server.access import Door
from server.app import dialects
from server.config import ServerSettings
from server.http.port import HttpPort, Limits
from server.ports.voice import VoicePort
from tests.running import DEADLINE_S, running
from tests.server.security.raw import exchange, opening, raw

SHORT = Limits(head_s=0.2, body_s=0.2, idle_s=0, stall_s=0.2, waiting=10)
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


async def app(scope, receive, send):
    """Answers with the body's length."""
    await PlainTextResponse(str(len(await Request(scope, receive).body())))(scope, receive, send)


@asynccontextmanager
async def port(limits=SHORT):
    async with HttpPort(app, ServerSettings(http_port=0), limits=limits) as http:
        yield http.port


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(b"", 408, id="says nothing"),
        pytest.param(b"\r\n\r\n", 408, id="line ends"),
        pytest.param(b"GET / HTT", 408, id="half a line"),
        pytest.param(HEAD, 408, id="half a head"),
        pytest.param(HEAD + b"Content-Length: 9\r\n\r\n1234", 0, id="half a body"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n", 0, id="a body without end"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 200, id="idle after an answer"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n\r\n", 200, id="line end after a request"),
    ],
)
async def test_whoever_is_waited_for_in_vain_is_closed(data, status):
    async with port() as number, raw(number) as client:
        await client.send(data)
        answer = await client.rest()
        assert (int(answer.split()[1]) if answer else 0) == status


async def test_a_trickle_extends_nothing():
    async with port() as number, raw(number) as client:

        async def trickle():
            while True:
                await client.send(b"a: b\r\n")
                await asyncio.sleep(0.01)

        await client.send(HEAD)
        trickling = asyncio.create_task(trickle())
        await client.rest()
        trickling.cancel()


async def test_a_download_that_nobody_takes_is_cut():
    over = asyncio.Event()

    async def endless(scope, receive, send):
        async def blocks():
            try:
                while True:
                    await asyncio.sleep(0)  # as every export waits for its next block
                    yield bytes(65_536)
            finally:
                over.set()

        await StreamingResponse(blocks())(scope, receive, send)

    async with HttpPort(endless, ServerSettings(http_port=0), limits=SHORT) as http, raw(http.port) as client:
        await client.send(b"GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with asyncio.timeout(DEADLINE_S):
            await over.wait()


async def test_many_waiting_connections_keep_nobody_out():
    async with port(Limits(waiting=10)) as number, asyncio.TaskGroup() as group:
        release, opened = asyncio.Event(), asyncio.Semaphore(0)

        async def half_open(data):
            async with raw(number) as client:
                await client.send(data)
                opened.release()
                await release.wait()

        for data in (b"", HEAD, HEAD + b"Content-Length: 9\r\n\r\n1234"):
            for _ in range(50):
                group.create_task(half_open(data))
        for _ in range(150):
            await opened.acquire()
        for _ in range(5):
            assert await exchange(number, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") == 200
        release.set()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n", 431, id="a request line of 1 MB"),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: localhost\r\na: " + b"a" * 1_000_000, 431, id="a header of 1 MB"
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"a: b\r\n" * 101 + b"\r\n", 431, id="101 headers"
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"a: b\r\n" * 99 + b"\r\n", 200, id="100 headers"
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: x\r\na: " + b"a" * 32_768 + b"\r\n\r\n", 431, id="just too long"
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: x\r\na: " + b"a" * 32_000 + b"\r\n\r\n", 200, id="just not too long"
        ),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, id="HTTP/2"),
        pytest.param(b"CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, id="proxy"),
        pytest.param(b"FOO / HTTP/1.1\r\n\r\n", 400, id="unknown method"),
        pytest.param(
            HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, id="two lengths"
        ),
        pytest.param(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n12", 400, id="length twice"),
        pytest.param(HEAD + b"Content-Length: -1\r\n\r\n", 400, id="negative length"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, id="TLS where there is none"),
    ],
)
async def test_heads_that_nobody_needs_are_refused(data, status):
    async with port() as number:
        assert await exchange(number, data) == status


async def test_requests_come_in_any_pieces():
    data = (
        HEAD
        + b"Content-Length: 9\r\n\r\n123456789"
        + b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    async with port(Limits()) as number, raw(number) as client:
        for byte in data:
            await client.send(bytes([byte]))
        answers = await client.rest()
        assert answers.count(b"HTTP/1.1 200 OK") == 2
        assert b"\r\n\r\n9HTTP" in answers


@pytest.mark.parametrize("data", [b"", b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n", opening()[:-2]])
async def test_a_handshake_that_trickles_is_closed(tmp_path, data):
    async with running(tmp_path, ScriptedEngine()) as server:
        house = server.running.house
        door = Door({}, frozenset(), frozenset())
        slow = VoicePort(house, door, dialects(house.config), handshake_s=0.2)
        async with slow, raw(slow.port) as client:
            await client.send(data)
            assert b"101" not in await client.rest()
