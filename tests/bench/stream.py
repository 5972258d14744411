"""What one live stream costs the server, the recognizer aside: CPU on speech and on silence, and memory.

    python -m tests.bench.stream [--streams 40] [--seconds 10]

Paced clients in a process of their own send 20 ms messages to a server with the scripted recognizer; the figures
are the server process's CPU time and resident memory by /proc. The baseline is the websockets library alone,
receiving the same messages in the same minute.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from audio.values import RATE
from tests.fixtures.speech_files import speech
from tests.process import started
from tests.quiet import quiet

MESSAGE = 640
"""Bytes of 20 ms."""


def talk(seconds: float) -> bytes:
    """Unbroken speech, with a pause of 1.2 s about every 5 s so that utterances end."""
    words = speech("digits-16k")
    spoken = words.samples[int(words.onset * RATE) : int(words.end * RATE)].tobytes()
    return (spoken * 2 + quiet(1.2)) * (int(seconds / 4.9) + 1)


def half(seconds: float) -> bytes:
    """Talk that is half silence, as in a conversation."""
    words = speech("digits-16k").samples.tobytes()
    return (words + quiet(2.6)) * (int(seconds / 5.2) + 1)


SOUNDS = {"speech": talk, "half silence": half, "silence": quiet}


# ---------------------------------------------------------------- load


async def _speak(url: str, data: bytes, seconds: float, delay: float, greeting: str | None) -> None:
    async with connect(url, compression=None) as socket:
        if greeting:
            await socket.send(greeting)
            reader = asyncio.create_task(_drain(socket))
        await asyncio.sleep(delay)  # clients don't speak in step
        began = time.monotonic()
        for number in range(int(seconds * 50)):
            await socket.send(data[number * MESSAGE : (number + 1) * MESSAGE])
            await asyncio.sleep(max(0.0, began + (number + 1) / 50 - time.monotonic()))
        if greeting:
            await socket.send('{"type": "stop"}')
            await reader


async def _drain(socket) -> None:
    async for _ in socket:
        pass


async def _load(url: str, sound: str, streams: int, seconds: float, greeting: str | None) -> None:
    data = SOUNDS[sound](seconds + 1)
    delays = np.random.default_rng(1).uniform(0, 1, streams)
    await asyncio.gather(*(_speak(url, data, seconds, delay, greeting) for delay in delays))


def load(url: str, sound: str, streams: int, seconds: float, greeting: str | None) -> None:
    """Run the clients to their end; the body of their process."""
    asyncio.run(_load(url, sound, streams, seconds, greeting))


# ---------------------------------------------------------------- measuring


def cpu_s(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kb(pid: int) -> int:
    """Resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def measure(pid: int, url: str, sound: str, streams: int, seconds: float, greeting: str | None) -> float:
    """Return the percent of a core that one stream takes."""
    before = cpu_s(pid)
    clients = multiprocessing.get_context("spawn").Process(
        target=load, args=(url, sound, streams, seconds, greeting)
    )
    clients.start()
    clients.join()
    return 100 * (cpu_s(pid) - before) / (streams * seconds)


BARE = "--bare"


async def _bare() -> None:
    async def swallow(socket) -> None:
        async for _ in socket:
            pass

    async with serve(swallow, "127.0.0.1", 0, compression=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await server.wait_closed()


@contextmanager
def bare_server() -> Iterator[tuple[int, str]]:
    """The library alone, on the loop that Earshot runs on."""
    popen = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.stream", BARE], stdout=subprocess.PIPE, text=True
    )
    assert popen.stdout
    try:
        yield popen.pid, f"ws://127.0.0.1:{popen.stdout.readline().strip()}"
    finally:
        popen.kill()
        popen.communicate()


async def _idle(url: str, count: int, pid: int) -> float:
    """Return the kilobytes that one idle connection takes."""
    before = resident_kb(pid)
    sockets = [await connect(url, compression=None) for _ in range(count)]
    grown = resident_kb(pid) - before
    await asyncio.gather(*(socket.close() for socket in sockets))
    return grown / count


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--streams", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--idle", type=int, default=500, help="idle connections for the memory figure")
    options = parser.parse_args()
    start = '{"type": "start", "record": false}'
    print(f"{options.streams} paced streams for {options.seconds:g} s, 20 ms messages, scripted recognizer\n")
    with bare_server() as (pid, url):
        baseline = measure(pid, url, "silence", options.streams, options.seconds, None)
        idle_baseline = asyncio.run(_idle(url, options.idle, pid))
    print("| server, sound | % of a core per stream | ratio |\n|---|---|---|")
    print(f"| websockets alone | {baseline:.3f} | 1.0 |")
    environment = {"EARSHOT_RECOGNIZER_ENGINE": "scripted", "EARSHOT_RECOGNIZER_MODEL": ""}
    places = {"EARSHOT_SERVER_MAX_SESSIONS": "5000", "EARSHOT_SERVER_MAX_SESSIONS_PER_ADDRESS": "5000"}
    with tempfile.TemporaryDirectory() as folder, started(Path(folder), **environment, **places) as server:
        pid, url = server.popen.pid, f"{server.voice}/v1/stream"
        empty = resident_kb(pid)
        idle = asyncio.run(_idle(url, options.idle, pid))
        before = resident_kb(pid)
        for sound in SOUNDS:
            share = measure(pid, url, sound, options.streams, options.seconds, start)
            print(f"| earshot, {sound} | {share:.3f} | {share / baseline:.1f} |")
        grown = resident_kb(pid) - before
    print(
        f"\nmemory: {empty / 1024:.0f} MB after the start, {idle:.0f} KB an idle connection"
        f" (websockets alone {idle_baseline:.0f} KB), {grown / options.streams:.0f} KB a stream after speech"
    )


if __name__ == "__main__":
    if BARE in sys.argv:
        import uvloop

        uvloop.run(_bare())
    else:
        main()
