"""Raw PCM from a file descriptor: `arecord -t raw … | python -m server.client -`.

Some pipes can wait and some can't: `cat` does, a recorder loses sound where nobody knows of it. They are told apart by
their pace. What was ever further ahead of real time than pipes hold can wait; what wasn't is read on, come what may,
and what can't be kept is lost here, where it is counted and said.
"""

from __future__ import annotations

import asyncio
import os
import select
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress

from audio.values import AudioFormat
from server.client.errors import Mistake
from server.client.loss import Loss
from server.client.source import PATIENCE_S, Tell

_READ = 65_536
"""Bytes: a pipe's whole buffer on Linux."""

_AHEAD = 2 * _READ
"""Bytes: what gathers in a pipe before it is first read, and as much again for a recorder that delivers in bursts."""


class PipedSound:
    """Sound from a descriptor, which stays open."""

    def __init__(
        self,
        descriptor: int,
        audio_format: AudioFormat,
        *,
        frame_ms: int,
        tell: Tell,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`now` gives seconds; it is asked from another thread."""
        self.format = audio_format
        self._block = max(1, audio_format.sample_rate * frame_ms // 1000) * audio_format.stride
        self._loss = Loss(audio_format, tell)
        self._room = _Room(int(PATIENCE_S * audio_format.sample_rate) * audio_format.stride)
        self._pump = _Pump(descriptor, audio_format, self._room, now)

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """Yield what comes as soon as it comes, in pieces of a message at most; see `source.Source`."""
        queue: asyncio.Queue[bytes | OSError] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def put(data: bytes | OSError) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, data)

        def lose(size: int) -> None:
            loop.call_soon_threadsafe(self._loss.count, size)

        # A thread of our own, since asyncio can't wait for regular files and its own pool would keep the process
        # alive until the pipe's other end closes.
        threading.Thread(target=self._pump.run, args=(put, lose), daemon=True).start()
        data = await queue.get()
        if not data:
            raise Mistake("nothing came through standard input")
        try:
            while data:
                if isinstance(data, OSError):
                    raise Mistake(f"standard input can't be read: {data.strerror}")
                for start in range(0, len(data), self._block):
                    yield data[start : start + self._block]
                self._room.give(len(data))
                if self._room.half_free:
                    self._loss.over()
                data = await queue.get()
        finally:
            self._loss.over()


class _Room:
    """Bytes of room between a thread that fills it and one that empties it."""

    def __init__(self, size: int) -> None:
        self._size = self._free = size
        self._changed = threading.Condition()

    @property
    def half_free(self) -> bool:
        return self._free > self._size // 2

    def take(self, size: int, *, wait: bool) -> bool:
        """Tell whether there is room for `size` bytes, which are taken then; `wait` until there is."""
        with self._changed:
            if wait:
                self._changed.wait_for(lambda: self._free >= size)
            fits = self._free >= size
            self._free -= size * fits
            return fits

    def give(self, size: int) -> None:
        """Make room."""
        with self._changed:
            self._free += size
            self._changed.notify()


class _Pump:
    """Reads a descriptor to its end, in a thread."""

    def __init__(
        self, descriptor: int, audio_format: AudioFormat, room: _Room, now: Callable[[], float]
    ) -> None:
        self._descriptor = descriptor
        self._stride = audio_format.stride
        self._bytes_per_s = audio_format.bytes_per_s
        self._room = room
        self._now = now
        self._began = 0.0
        self._read = 0
        self._live = True
        self._losing = False

    def run(self, put: Callable[[bytes | OSError], None], lose: Callable[[int], None]) -> None:
        """Read to the end, which is put as an empty read, or an error; ends quietly once the loop is gone."""
        with suppress(RuntimeError):  # the loop is closed
            try:
                # The clock starts with the first sound, not when we come to read it: what gathers meanwhile is live.
                select.select([self._descriptor], [], [])
                self._began = self._now()
                while data := os.read(self._descriptor, _READ):
                    self._judge(len(data))
                    self._pass_on(data, put, lose)
                put(b"")
            except OSError as error:
                put(error)

    def _judge(self, size: int) -> None:
        self._read += size
        if self._read - (self._now() - self._began) * self._bytes_per_s > _AHEAD:
            self._live = False

    def _pass_on(self, data: bytes, put: Callable[[bytes], None], lose: Callable[[int], None]) -> None:
        """Put what there is room for; what is lost is lost in whole frames, or noise would follow."""
        begun = (len(data) - self._read) % self._stride  # bytes that belong to a frame begun before
        whole = data[begun:] if self._losing else data
        if whole and self._room.take(len(whole), wait=not self._live):
            put(whole)
            lost = len(data) - len(whole)
            self._losing = False
        else:
            end = b"" if self._losing else data[:begun]
            if end:
                self._room.give(-len(end))  # so little more than there is room for
                put(end)
            lost = len(data) - len(end)
            self._losing = True
        if lost:
            lose(lost)
