"""Raw PCM from a file descriptor: `arecord -t raw … | python -m server.client -`."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable

from audio.values import AudioFormat
from server.client.errors import Mistake

_READ = 65_536
"""Bytes: a pipe's whole buffer on Linux."""

_QUEUED = 4
"""Reads ahead of sending; more would only hide that the server is behind."""


class PipedSound:
    """Sound from a descriptor, which stays open."""

    def __init__(self, descriptor: int, audio_format: AudioFormat, *, frame_ms: int) -> None:
        self.format = audio_format
        self._descriptor = descriptor
        self._block = max(1, audio_format.sample_rate * frame_ms // 1000) * audio_format.stride

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """Yield what comes as soon as it comes, in pieces of a message at most; see `source.Source`."""
        queue: asyncio.Queue[bytes | OSError] = asyncio.Queue()
        room = threading.Semaphore(_QUEUED)
        arguments = (self._descriptor, room, queue.put_nowait, asyncio.get_running_loop())
        # A thread of our own, since asyncio can't wait for regular files and its own pool would keep the process
        # alive until the pipe's other end closes.
        threading.Thread(target=_pump, args=arguments, daemon=True).start()
        data = await queue.get()
        if not data:
            raise Mistake("nothing came through standard input")
        while data:
            if isinstance(data, OSError):
                raise Mistake(f"standard input can't be read: {data.strerror}")
            for start in range(0, len(data), self._block):
                yield data[start : start + self._block]
            room.release()
            data = await queue.get()


def _pump(
    descriptor: int,
    room: threading.Semaphore,
    put: Callable[[bytes | OSError], None],
    loop: asyncio.AbstractEventLoop,
) -> None:
    """Read to the end, which is put as an empty read, or an error; ends quietly once the loop is gone."""
    data: bytes | OSError = b" "
    while data and not isinstance(data, OSError):
        room.acquire()
        try:
            data = os.read(descriptor, _READ)
        except OSError as error:
            data = error
        try:
            loop.call_soon_threadsafe(put, data)
        except RuntimeError:  # closed
            return
