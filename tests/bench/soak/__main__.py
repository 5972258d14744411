"""A day of sessions in minutes: does anything grow?

    python -m tests.bench.soak [--sessions 10000] [--at-once 16] [--spoken 40] [--out docs/images/soak.png]

Sessions of every kind in `sessions.KINDS`, at random, against a server with the scripted recognizer; at 8.6 s each,
10,000 are a day. Now and then everybody leaves and the server tells what it still holds. Then `--spoken` sessions with
PocketSphinx, whose worker processes are killed in mid-utterance: each final must be what it would have been.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.client import connect

from tests.bench.soak.house import Held, serve
from tests.bench.soak.picture import draw
from tests.bench.soak.sessions import KINDS, run
from tests.fixtures.speech_files import speech

_SAMPLES = 40
"""Times that the server is looked at: ten a quarter, enough for a slope."""


@dataclass(frozen=True, slots=True)
class House:
    """A server in another process."""

    voice: str
    pipe: Connection

    async def ask(self, what: str) -> Any:
        self.pipe.send(what)
        return await asyncio.to_thread(self.pipe.recv)


@asynccontextmanager
async def house(engine: str) -> AsyncIterator[House]:
    """Start a server and end it in the end."""
    ours, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        process = multiprocessing.get_context("spawn").Process(
            target=serve, args=(theirs, Path(folder), engine)
        )
        process.start()
        try:
            yield House(await asyncio.to_thread(ours.recv), ours)
            ours.send("stop")
            await asyncio.to_thread(process.join, 60)
        finally:
            process.kill()


async def soak(count: int, at_once: int) -> tuple[list[int], list[Held], Counter[str], list[str]]:
    """Run `count` sessions; return how many were done at each look, what was held, their kinds and the troubles."""
    rng = np.random.default_rng(1)
    room = asyncio.Semaphore(at_once)
    done: list[int] = []
    samples: list[Held] = []
    kinds = Counter[str]()
    troubles: list[str] = []

    async def one(server: str) -> None:
        kind = KINDS[rng.integers(len(KINDS))]
        async with room:
            kinds[kind.__name__] += 1
            if trouble := await run(server, kind):
                troubles.append(trouble)

    async with house("scripted") as server:
        for until in np.linspace(0, count, _SAMPLES + 1).astype(int):
            await asyncio.gather(*(one(server.voice) for _ in range(until - (done[-1] if done else 0))))
            done.append(int(until))
            samples.append(await server.ask("held"))
    return done, samples, kinds, troubles


async def spoken(count: int) -> tuple[int, int]:
    """Read a sentence to PocketSphinx `count` times, two at once; return kills, and finals that say something else."""
    wrong = 0
    async with house("pocketsphinx") as server:
        for _ in range(count // 2):
            texts = await asyncio.gather(*(_read(server.voice) for _ in range(2)))
            wrong += sum(text != speech("real-ss").text for text in texts)
        return await server.ask("kills"), wrong


async def _read(server: str) -> str:
    """Say a sentence; return what was understood."""
    clip = speech("real-ss")
    async with connect(server + "/v1/stream", compression=None) as socket:
        await socket.send(json.dumps({"type": "start", "phrases": [clip.text]}))
        await socket.send(clip.samples.tobytes())
        await socket.send('{"type": "stop"}')
        told = [json.loads(text) async for text in socket]
    return " ".join(message["text"] for message in told if message["type"] == "final")


def slope(done: Sequence[int], values: Sequence[float]) -> float:
    """Return the growth per 1000 sessions."""
    return float(np.polyfit(done, values, 1)[0] * 1000)


def report(done: list[int], samples: list[Held]) -> None:
    """Print first against last quarter."""
    quarter = len(done) // 4
    print(
        "| held | at first | at last | growth per 1000 sessions, first quarter | last quarter |\n|---|---|---|---|---|"
    )
    for field in fields(Held):
        values = [getattr(sample, field.name) for sample in samples]
        first, last = slope(done[:quarter], values[:quarter]), slope(done[-quarter:], values[-quarter:])
        print(f"| {field.name} | {values[0]:.4g} | {values[-1]:.4g} | {first:+.3f} | {last:+.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--spoken", type=int, default=40, help="sessions with PocketSphinx")
    parser.add_argument("--out", type=Path, help="where to draw the curves")
    options = parser.parse_args()
    began = time.monotonic()
    done, samples, kinds, troubles = asyncio.run(soak(options.sessions, options.at_once))
    print(
        f"{done[-1]} sessions in {time.monotonic() - began:.0f} s: {dict(sorted(kinds.items()))}\n",
        flush=True,
    )
    report(done, samples)
    print(f"\nwent wrong: {len(troubles)} {sorted(set(troubles))[:5]}", flush=True)
    if options.out:
        draw(done, samples, options.out)
    if options.spoken:
        kills, wrong = asyncio.run(spoken(options.spoken))
        print(
            f"PocketSphinx: {options.spoken} sessions, {kills} workers killed, {wrong} finals other than without"
        )


if __name__ == "__main__":
    main()
