"""A server that is told to stop: nothing that was said is lost, nobody has to wait for it, and twice means now."""

import asyncio
import http.client
import json
import signal
import socket
import sqlite3
from contextlib import AsyncExitStack, closing, contextmanager
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from storage.rows import NewConversation, NewMessage
from storage.store import Store
from tests.fixtures.speech_files import speech
from tests.process import logged, started
from tests.running import Client

CLIP = speech("two-utterances").samples.tobytes()
MESSAGES = 1000
"""A megabyte and more to download."""

PATIENCE_S = 60
"""Whatever takes longer than this hangs; nothing here is about speed."""


def narrow(url):
    """Connect with buffers so small that a reader's pause is felt at once."""
    address = urlsplit(url)
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # what a sender buffers goes by this
    sock.connect((address.hostname, address.port))
    return sock


async def talking(stack, url, **options):
    """A session in the middle of an utterance."""
    socket = await stack.enter_async_context(connect(f"{url}/v1/stream", compression=None, **options))
    client = Client(socket)
    await client.start(silence_ms=5000)  # the longest: it sends no more, and is to be stopped, not stalled
    await client.stream(CLIP[:48_000])
    await client.until("partial")
    return client


def kept(folder):
    with closing(sqlite3.connect(folder / "earshot.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT COUNT(*) FROM conversations WHERE is_active = 1").fetchone() == (0,)
        return [text for (text,) in connection.execute("SELECT content FROM messages WHERE role = 'user'")]


async def fill(folder):
    async with Store.open(folder / "earshot.db", synchronous="OFF") as store:
        conversation = await store.open_conversation(NewConversation(session_id="old", platform="test"))
        row = NewMessage(conversation_id=conversation.id, role="assistant", content="word " * 200)
        await asyncio.gather(*(store.add_message(row) for _ in range(MESSAGES)))
        await store.end_conversation(conversation.id)


@contextmanager
def download(url):
    """Begin an export, of which nothing is read yet but its head."""
    with closing(http.client.HTTPConnection(urlsplit(url).netloc)) as connection:
        connection.sock = narrow(url)
        wish = json.dumps({"format": "jsonl"})
        connection.request("POST", "/api/training/export", wish, {"Content-Type": "application/json"})
        with connection.getresponse() as response:
            assert response.status == 200
            yield response


async def ended(server):
    return await asyncio.to_thread(server.popen.wait, PATIENCE_S)


async def test_every_open_utterance_is_kept_and_told_and_a_download_ends_whole(tmp_path):
    await fill(tmp_path)
    with logged(tmp_path, EARSHOT_SERVER_DRAIN_S=str(PATIENCE_S)) as server:
        async with AsyncExitStack() as stack:
            clients = [await talking(stack, server.voice) for _ in range(4)]
            lost = await talking(stack, server.voice)
            lost.socket.transport.abort()  # its session waits for it, or soon will
            response = stack.enter_context(download(server.http))
            server.popen.send_signal(signal.SIGTERM)
            told = await asyncio.gather(*(client.rest() for client in clients))
            whole = await asyncio.to_thread(response.read)
        assert await ended(server) == 0
    for client, messages in zip(clients, told, strict=True):
        assert messages[-1]["type"] == "stopped"
        assert client.of("error")[0]["code"] == "going_away"
        [final] = client.of("final")
        assert final["reason"] in (
            "stop",
            "stalled",
        )  # the latter where the machine is too busy to be in time
        assert client.socket.close_code == 1001
    finals = [client.of("final")[0]["text"] for client in clients]
    texts = kept(tmp_path)
    assert len(texts) == len(clients) + 1
    assert not set(finals) - set(texts)
    first, *others = whole.decode().splitlines()  # the others are of those who were just talking
    assert len(json.loads(first)["messages"]) == MESSAGES
    assert all(json.loads(line) for line in others)


async def test_a_download_that_nobody_reads_breaks_off_where_everybody_can_see_it(tmp_path):
    await fill(tmp_path)
    with started(tmp_path, EARSHOT_SERVER_DRAIN_S="1") as server, download(server.http) as response:
        server.popen.send_signal(signal.SIGTERM)
        assert await ended(server) == 0
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            response.read()


async def test_a_client_that_does_not_read_neither_holds_up_the_stop_nor_loses_its_words(tmp_path):
    with logged(tmp_path, EARSHOT_SERVER_DRAIN_S="8") as server:
        async with AsyncExitStack() as stack:
            client = await talking(stack, server.voice, sock=narrow(server.voice), max_queue=1)
            for _ in range(
                3000
            ):  # an error for each, with all that is allowed, fills the buffers between here and there
                await client.socket.send('{"type": "unknown"}')
            server.popen.send_signal(signal.SIGTERM)
            assert await ended(server) == 0
            client.socket.transport.abort()
        assert server.popen.stderr
        assert "not over" not in server.popen.stderr.read()
    assert len(kept(tmp_path)) == 1


async def test_without_time_to_stop_it_says_whom_it_left_and_what_was_committed_stays(tmp_path):
    with logged(tmp_path, EARSHOT_SERVER_DRAIN_S="0") as server:
        async with AsyncExitStack() as stack:
            client = await talking(stack, server.voice)
            await client.send({"type": "message", "role": "assistant", "content": "committed"})
            await client.until("message_saved")
            server.popen.send_signal(signal.SIGTERM)
            line = await asyncio.to_thread(server.until_logged, "not over")
            assert "sessions not over in 0 s: 1; see server.drain_s" in line
            assert await ended(server) == 0
    with closing(sqlite3.connect(tmp_path / "earshot.db")) as connection:
        assert ("committed",) in connection.execute("SELECT content FROM messages").fetchall()


async def test_whoever_comes_while_it_stops_is_told_so(tmp_path):
    with logged(tmp_path, EARSHOT_SERVER_DRAIN_S="600") as server:
        async with AsyncExitStack() as stack:
            client = await talking(stack, server.voice)
            client.socket.transport.pause_reading()  # so that it never answers the close
            server.popen.send_signal(signal.SIGTERM)
            await asyncio.to_thread(server.until_logged, "stopping")
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"{server.voice}/v1/stream")
            client.socket.transport.abort()
        assert await ended(server) == 0
    assert refused.value.response.status_code == 503
    assert "Retry-After" in refused.value.response.headers


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_twice_it_ends_at_once_and_what_was_committed_stays(tmp_path, number):
    with logged(tmp_path, EARSHOT_SERVER_DRAIN_S="600") as server:
        async with AsyncExitStack() as stack:
            client = await talking(stack, server.voice)
            await client.send({"type": "finalize"})
            final = await client.until("final")
            client.socket.transport.pause_reading()  # so that it never answers the close
            server.popen.send_signal(signal.SIGTERM)
            await asyncio.to_thread(server.until_logged, "stopping")
            server.popen.send_signal(number)
            assert await ended(server) == 128 + number
            client.socket.transport.abort()
    with closing(sqlite3.connect(tmp_path / "earshot.db")) as connection:
        assert connection.execute("SELECT content FROM messages").fetchall() == [(final["text"],)]
