"""The baseline: a server in the manner of vosk-server. `python -m tests.bench.capacity.plain MODEL` prints its port.

Each message goes to `AcceptWaveform` in a thread pool, and its answer back. No gating, no annotation, nothing kept.
"""

from __future__ import annotations

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import uvloop
import vosk
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


def accept(kaldi: vosk.KaldiRecognizer, message: str | bytes) -> str:
    """Hear one message; return the answer to it."""
    return str(kaldi.Result() if kaldi.AcceptWaveform(message) else kaldi.PartialResult())


async def _main(folder: str) -> None:
    vosk.SetLogLevel(-1)
    model = vosk.Model(folder)
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    loop = asyncio.get_running_loop()

    async def hear(socket: ServerConnection) -> None:
        kaldi = await loop.run_in_executor(pool, vosk.KaldiRecognizer, model, 16_000.0)
        kaldi.SetWords(True)
        try:
            async for message in socket:
                await socket.send(await loop.run_in_executor(pool, accept, kaldi, message))
        except ConnectionClosed:
            pass

    async with serve(hear, "127.0.0.1", 0, compression=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await server.wait_closed()


if __name__ == "__main__":
    uvloop.run(_main(sys.argv[1]))
