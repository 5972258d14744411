import asyncio
from typing import Any

import pytest

from audio.values import Encoding
from server.client.errors import Failed, LineLost, Mistake
from server.client.messages import Final, Ready, Stopped
from server.client.unheard import WINDOW_S
from server.wire.native_messages import Start
from tests.server.client.scripted import FINAL, connected, scripted

START = Start(sample_rate=8000)
WINDOW = int(8000 * WINDOW_S) * 2
"""Bytes of PCM16 that may be under way at 8 kHz."""


async def everything(client):
    return [heard.message async for heard in client.events()]


async def test_a_session_from_start_to_stopped():
    async def script(server):
        await server.open()
        await server.until("stop")
        await server.say(FINAL, server.stopped())

    async with scripted(script) as url, connected(url, START) as client:
        await client.send(bytes(320))
        await client.stop()
        ready, _, final, stopped = await everything(client)
    assert isinstance(ready, Ready)
    assert isinstance(final, Final)
    assert stopped == Stopped(received_samples=160)
    assert (client.sent, client.acknowledged) == (160, 160)


async def test_the_first_message_says_what_is_wanted():
    started: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def script(server):
        await started.put(await server.open())

    wanted = Start(sample_rate=44_100, encoding=Encoding.PCM_F32LE, channels=2, user_id="ann", words=True)
    async with scripted(script) as url, connected(url, wanted):
        start = await started.get()
    asked = {
        name: start[name] for name in ("type", "sample_rate", "encoding", "channels", "user_id", "words")
    }
    assert asked == {
        "type": "start",
        "sample_rate": 44_100,
        "encoding": "pcm_f32le",
        "channels": 2,
        "user_id": "ann",
        "words": True,
    }


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (
            {"type": "error", "code": "invalid", "message": "phrases: too many", "fatal": False},
            Mistake,
            "the server doesn't accept this: phrases: too many",
        ),
        (
            {"type": "error", "code": "unavailable", "message": "no conversation 9", "fatal": True},
            Failed,
            "the server can't open a session: no conversation 9",
        ),
        ({"type": "pong"}, Failed, "not with ready"),
        ({"partial": ""}, Failed, "isn't Earshot's protocol"),  # vosk-server
    ],
)
async def test_a_session_that_does_not_open_says_why(answer, kind, said):
    async def script(server):
        await server.until("start")
        await server.say(answer)

    async with scripted(script) as url:
        with pytest.raises(kind, match=said):
            await connected(url, START).__aenter__()


async def test_half_samples_are_not_counted():
    async def script(server):
        await server.open()
        await server.until("stop")

    async with scripted(script) as url, connected(url, START) as client:
        await client.send(b"abc")
        assert client.sent == 1
        await client.send(b"d")
        assert client.sent == 2


async def sending(client):
    """Send for ever, a tenth of a second at a time."""
    while True:
        await client.send(bytes(1600))


async def test_sending_runs_ahead_by_a_window_and_no_more():
    seen: asyncio.Queue[int] = asyncio.Queue()

    async def script(server):
        await server.open()
        await server.until("ping")
        await seen.put(len(server.audio))
        await server.say({"type": "ack", "received_samples": len(server.audio) // 2})
        await server.until("ping")
        await seen.put(len(server.audio))

    async with scripted(script) as url, connected(url, START) as client:
        listener = asyncio.create_task(everything(client))
        sender = asyncio.create_task(sending(client))
        first = await seen.get()
        assert WINDOW < first <= WINDOW + 1600
        assert await seen.get() == 2 * first
        sender.cancel()
        await asyncio.gather(listener, sender, return_exceptions=True)


async def test_a_pong_makes_room_where_acks_were_left_out():
    pings: asyncio.Queue[int] = asyncio.Queue()

    async def script(server):
        await server.open()
        for _ in range(3):
            await server.until("ping")
            await pings.put(len(server.audio))
            await server.say({"type": "pong"})

    async with scripted(script) as url, connected(url, START) as client:
        listener = asyncio.create_task(everything(client))
        sender = asyncio.create_task(sending(client))
        sizes = [await pings.get() for _ in range(3)]
        assert sizes == [sizes[0] * n for n in (1, 2, 3)]
        sender.cancel()
        await asyncio.gather(listener, sender, return_exceptions=True)


async def test_a_full_window_does_not_outlive_the_line():
    async def script(server):
        await server.open()
        await server.until("ping")
        await server.leave()

    async with scripted(script) as url, connected(url, START) as client:
        sender = asyncio.create_task(sending(client))
        with pytest.raises(LineLost):
            await everything(client)
        with pytest.raises(LineLost):
            await sender


async def test_an_end_without_stopped_is_a_lost_line_after_all_that_was_said():
    async def script(server):
        await server.open()
        await server.say({"type": "ack", "received_samples": 0}, FINAL)
        await server.leave(1001, "bye")

    heard = []

    async def listen(client):
        async for one in client.events():
            heard.append(one.message)

    async with scripted(script) as url, connected(url, START) as client:
        with pytest.raises(LineLost, match="the server is going away: bye"):
            await listen(client)
    assert isinstance(heard[-1], Final)
