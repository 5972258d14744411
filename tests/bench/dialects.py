"""How soon a client that says "finalize" has its final, in every protocol that has a word for it.

    python -m tests.bench.dialects [--streams 4] [--rounds 10]

Paced clients with the tiny Vosk model break off after the last word of a recording, with the utterance still open,
ask for the final and wait for it. It is flushed, annotated and committed before it is told. The baseline is our own
protocol in the same rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.client import connect

from audio.values import RATE
from tests.fixtures.speech_files import speech
from tests.process import started

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


async def wait_s(server: str, dialect: Dialect, delay: float) -> float:
    """Speak, ask for the final; return seconds until it is there."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(delay)
    async with connect(server + dialect.path, compression=None) as socket:
        for message in dialect.opening:
            await socket.send(message)
        step = int(PIECE_S * RATE) * 2
        began = loop.time()
        for number in range(len(SAID) // step):
            await socket.send(dialect.audio(SAID[number * step : (number + 1) * step]))
            await asyncio.sleep(max(0.0, began + (number + 1) * PIECE_S - loop.time()))
        asked = loop.time()
        await socket.send(dialect.finalize)
        async for text in socket:
            if dialect.final(json.loads(text)):
                return loop.time() - asked
    raise AssertionError("the server closed without a final")


async def measure(server: str, streams: int, rounds: int) -> dict[str, list[float]]:
    """All protocols in turn, so that a busy minute hits each."""
    delays = np.random.default_rng(1).uniform(0, 1, streams)
    found: dict[str, list[float]] = {name: [] for name in DIALECTS}
    for _ in range(rounds):
        for name, dialect in DIALECTS.items():
            found[name] += await asyncio.gather(*(wait_s(server, dialect, delay) for delay in delays))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, started(Path(folder)) as server:
        found = asyncio.run(measure(server.voice, options.streams, options.rounds))
    base = np.percentile(found["native"], (50, 95))
    print(f"{options.rounds * options.streams} utterances each, {options.streams} at once\n")
    print("| finalize → final | P50 ms | P95 ms | ratio P50 | ratio P95 |\n|---|---|---|---|---|")
    for name, waits in found.items():
        p50, p95 = np.percentile(waits, (50, 95))
        print(f"| {name} | {1000 * p50:.0f} | {1000 * p95:.0f} | {p50 / base[0]:.2f} | {p95 / base[1]:.2f} |")


if __name__ == "__main__":
    main()
