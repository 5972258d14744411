"""What becomes of sound while the line is down."""

import asyncio
import os

from audio.values import AudioFormat
from server.client.pipe import PipedSound
from server.client.unheard import WINDOW_S
from tests.server.client.scripted import OPEN, connected, in_turn, scripted
from tests.server.client.test_returning import SOUND, START, everything
from tests.server.client.test_talking import Heard, talking


async def test_sound_is_kept_while_the_line_is_down_but_no_more_than_a_window():
    down, full = asyncio.Event(), asyncio.Event()
    window = int(WINDOW_S * 8000)
    again = bytearray()

    async def vanish(server):
        await server.open(OPEN)
        server.vanish()

    async def comes_back_late(server):
        down.set()
        await full.wait()
        await server.resume(0)
        await server.take(2 * window)
        again.extend(server.audio)
        await server.say({**server.stopped(), "received_samples": window})

    async with (
        scripted(in_turn(vanish, comes_back_late)) as url,
        connected(url, START, window_s=30) as client,
    ):
        listening = asyncio.create_task(everything(client))
        await down.wait()
        for _ in range(window // 1600):
            await client.send(SOUND)
        assert client.sent == window
        waiting = asyncio.create_task(client.send(SOUND))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
        full.set()
        await asyncio.gather(listening, waiting)
    assert again[: 2 * window] == SOUND * (window // 1600)


async def test_a_live_pipe_is_read_on_while_the_line_is_down():
    reading, writing = os.pipe()
    data = SOUND * 300  # 60 s at 8 kHz: far more than the window, the pipe and the kernel hold
    source = PipedSound(reading, AudioFormat(8000), frame_ms=100, tell=print, now=lambda: 0.0)
    received = bytearray()

    async def vanish(server):
        await server.open(OPEN)
        await server.take(3200)
        server.vanish()

    async def comes_back(server):
        await asyncio.to_thread(fill)  # returns once the client has read all but what a pipe holds
        await server.resume(0)
        while len(server.audio) < len(data):
            await server.take(min(len(server.audio) + 8000, len(data)))
            await server.say({"type": "ack", "received_samples": len(server.audio) // 2})
        received.extend(server.audio)
        await server.until("stop")
        await server.say(server.stopped())

    def fill():
        with open(writing, "wb", buffering=0) as end:
            for start in range(3200, len(data), 3200):
                end.write(data[start : start + 3200])

    async with scripted(in_turn(vanish, comes_back)) as url, connected(url, START, window_s=30) as client:
        os.write(writing, data[:3200])
        await talking(client, source, Heard()).run()
    os.close(reading)
    assert received == data
