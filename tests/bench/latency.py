"""How late words are: speech onset to first partial, and end of speech to final less the silence window.

    python -m tests.bench.latency [--streams 8] [--rounds 3]

Paced clients with the tiny Vosk model, on recordings whose words' true times are known. The baseline is the wait
that nothing can take away: the silence window itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

import numpy as np
from websockets.asyncio.client import connect

from audio.values import RATE
from tests.fixtures.speech_files import speech
from tests.process import started
from tests.quiet import quiet

CLIPS = ("digits-16k", "pauses-inside", "abrupt-end")
FRAME_S = 0.02
WINDOW_S = 1.0


async def speak(url: str, name: str, delay: float) -> tuple[float, float]:
    """Stream one recording as live; return seconds from onset to first partial, and from the end to the final."""
    clip = speech(name)
    data = clip.samples.tobytes() + quiet(2)
    loop = asyncio.get_running_loop()
    seen: dict[str, float] = {}
    async with connect(url, compression=None) as socket:
        await socket.send('{"type": "start", "record": false}')
        await asyncio.sleep(delay)

        async def listen() -> None:
            async for text in socket:
                seen.setdefault(json.loads(text)["type"], loop.time())
                if "final" in seen:
                    return

        listener = asyncio.create_task(listen())
        began = loop.time()
        step = int(FRAME_S * RATE) * 2
        for number in range(len(data) // step):
            await socket.send(data[number * step : (number + 1) * step])
            await asyncio.sleep(max(0.0, began + (number + 1) * FRAME_S - loop.time()))
        await listener
    return seen["partial"] - began - clip.onset, seen["final"] - began - clip.end - WINDOW_S


async def measure(url: str, streams: int, rounds: int) -> np.ndarray:
    delays = np.random.default_rng(1).uniform(0, 1, streams)
    found = []
    for turn in range(rounds):
        names = [CLIPS[(turn + number) % len(CLIPS)] for number in range(streams)]
        found += await asyncio.gather(*(speak(url, name, d) for name, d in zip(names, delays, strict=True)))
    return np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, started(Path(folder)) as server:
        began = time.monotonic()
        found = asyncio.run(measure(f"{server.voice}/v1/stream", options.streams, options.rounds))
    print(f"{len(found)} utterances, {options.streams} at once, {time.monotonic() - began:.0f} s\n")
    print("| seconds | P50 | P95 | of the window |\n|---|---|---|---|")
    for name, column in (("onset → first partial", 0), ("end of speech + window → final", 1)):
        p50, p95 = np.percentile(found[:, column], (50, 95))
        print(f"| {name} | {p50:.3f} | {p95:.3f} | {p95 / WINDOW_S:.2f} |")


if __name__ == "__main__":
    main()
