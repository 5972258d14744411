"""How soon a client that says "finalize" has its final, in every protocol that has a word for it.

    python -m tests.bench.dialects [--streams 4] [--rounds 10]

Paced clients with the tiny Vosk model break off after the last word of a recording, with the utterance still open,
ask for the final and wait for it. It is flushed, annotated and committed before it is told. The baseline is our own
protocol in the same rounds. Wyoming's clients end their stream, so its figure holds the end of a session, too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.client import connect

from audio.values import RATE
from tests.fixtures.speech_files import speech
from tests.process import Process, started
from tests.wyoming_package import AsyncClient, AudioChunk, AudioStop, Transcript

PIECE_S = 0.02
CLIP = speech("digits-16k")
SAID = CLIP.samples[: int(CLIP.end * RATE)].tobytes()


@dataclass(frozen=True)
class Dialect:
    """How a protocol's client speaks 16 kHz PCM16."""

    path: str
    finalize: str
    final: Callable[[dict[str, Any]], bool]
    """Tells the answer to `finalize` from other messages."""
    opening: Sequence[str] = ()
    audio: Callable[[bytes], str | bytes] = bytes


_COMMITS = {"input": {"format": {"type": "audio/pcm", "rate": 16_000}, "turn_detection": None}}

DIALECTS = {
    "native": Dialect(
        "/v1/stream",
        '{"type": "finalize"}',
        lambda message: message["type"] == "final",
        opening=['{"type": "start"}'],
    ),
    "deepgram": Dialect(
        "/v1/listen?encoding=linear16&sample_rate=16000&interim_results=true&endpointing=1000",
        '{"type": "Finalize"}',
        lambda message: message.get("from_finalize", False),
    ),
    "openai": Dialect(
        "/v1/realtime?intent=transcription",
        '{"type": "input_audio_buffer.commit"}',
        lambda message: message["type"] == "conversation.item.input_audio_transcription.completed",
        opening=[
            json.dumps({"type": "session.update", "session": {"type": "transcription", "audio": _COMMITS}})
        ],
        audio=lambda pcm: json.dumps({"type": "input_audio_buffer.append", "audio": b64encode(pcm).decode()}),
    ),
    "vosk-server": Dialect(
        "/",
        '{"reset" : 1}',
        lambda message: "text" in message,
        opening=['{"config" : {"sample_rate" : 16000}}'],
    ),
}


async def pace(send: Callable[[bytes], Awaitable[None]]) -> None:
    """Speak as fast as one does."""
    loop = asyncio.get_running_loop()
    step = int(PIECE_S * RATE) * 2
    began = loop.time()
    for number in range(len(SAID) // step):
        await send(SAID[number * step : (number + 1) * step])
        await asyncio.sleep(max(0.0, began + (number + 1) * PIECE_S - loop.time()))


async def wait_s(address: str, dialect: Dialect) -> float:
    """Speak, ask for the final; return seconds until it is there."""
    loop = asyncio.get_running_loop()
    async with connect(address + dialect.path, compression=None) as socket:
        for message in dialect.opening:
            await socket.send(message)
        await pace(lambda piece: socket.send(dialect.audio(piece)))
        asked = loop.time()
        await socket.send(dialect.finalize)
        async for text in socket:
            if dialect.final(json.loads(text)):
                return loop.time() - asked
    raise AssertionError("the server closed without a final")


async def wait_wyoming_s(address: str) -> float:
    """Speak, end the stream; return seconds until its transcript is there."""
    loop = asyncio.get_running_loop()
    async with AsyncClient.from_uri(address) as client:
        await pace(lambda piece: client.write_event(AudioChunk(RATE, 2, 1, piece).event()))
        asked = loop.time()
        await client.write_event(AudioStop().event())
        while event := await client.read_event():
            if Transcript.is_type(event.type):
                return loop.time() - asked
    raise AssertionError("the server closed without a transcript")


async def after(delay: float, wait: Callable[[], Awaitable[float]]) -> float:
    """Begin `delay` seconds later: clients don't come at once."""
    await asyncio.sleep(delay)
    return await wait()


async def measure(server: Process, streams: int, rounds: int) -> dict[str, list[float]]:
    """All protocols in turn, so that a busy minute hits each."""
    delays = np.random.default_rng(1).uniform(0, 1, streams)
    waits: dict[str, Callable[[], Awaitable[float]]] = {
        name: partial(wait_s, server.voice, dialect) for name, dialect in DIALECTS.items()
    }
    [wyoming] = [line.split()[1] for line in server.lines if line.startswith("wyoming")]
    waits["wyoming"] = partial(wait_wyoming_s, wyoming)
    found: dict[str, list[float]] = {name: [] for name in waits}
    for _ in range(rounds):
        for name, wait in waits.items():
            found[name] += await asyncio.gather(*(after(delay, wait) for delay in delays))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    port = {"EARSHOT_SERVER_WYOMING": "true", "EARSHOT_SERVER_WYOMING_PORT": "0"}
    with tempfile.TemporaryDirectory() as folder, started(Path(folder), **port) as server:
        found = asyncio.run(measure(server, options.streams, options.rounds))
    base = np.percentile(found["native"], (50, 95))
    print(f"{options.rounds * options.streams} utterances each, {options.streams} at once\n")
    print("| finalize → final | P50 ms | P95 ms | ratio P50 | ratio P95 |\n|---|---|---|---|---|")
    for name, waits in found.items():
        p50, p95 = np.percentile(waits, (50, 95))
        print(f"| {name} | {1000 * p50:.0f} | {1000 * p95:.0f} | {p50 / base[0]:.2f} | {p95 / base[1]:.2f} |")


if __name__ == "__main__":
    main()
