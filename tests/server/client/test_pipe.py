import asyncio
import os
import threading

import numpy as np
import pytest

from audio.values import AudioFormat, Encoding
from server.client.errors import Mistake
from server.client.pipe import PipedSound
from server.client.source import PATIENCE_S
from tests.server.client.sounds import blocks_of

PCM16, MULAW = AudioFormat(16_000), AudioFormat(8_000, Encoding.MULAW)


class Pipe:
    """Both ends of a pipe; `write` doesn't wait for the reader."""

    def __init__(self):
        self.reading, self._writing = os.pipe()

    def write(self, *pieces):
        threading.Thread(target=self._write, args=(pieces,), daemon=True).start()

    def _write(self, pieces):
        with open(self._writing, "wb", buffering=0) as end:
            for piece in pieces:
                end.write(piece)


@pytest.fixture
def pipe():
    pipe = Pipe()
    yield pipe
    os.close(pipe.reading)


async def test_every_byte_comes_through_however_it_was_written(pipe):
    data = bytes(range(256)) * 1000 + b"\x01"
    pipe.write(data[:3], data[3:4], data[4:70_001], data[70_001:])
    assert b"".join(await blocks_of(PipedSound(pipe.reading, PCM16, frame_ms=20, tell=print))) == data


async def test_nothing_is_longer_than_a_message(pipe):
    pipe.write(bytes(100_000))
    blocks = await blocks_of(PipedSound(pipe.reading, MULAW, frame_ms=20, tell=print))
    assert max(map(len, blocks)) == 160


async def test_what_is_there_is_not_held_back_until_a_message_is_full(pipe):
    started = threading.Event()

    def write():
        with open(pipe._writing, "wb", buffering=0) as end:
            end.write(b"abc")
            started.wait(20)

    threading.Thread(target=write, daemon=True).start()
    blocks = PipedSound(pipe.reading, PCM16, frame_ms=20, tell=print).blocks()
    assert await anext(blocks) == b"abc"
    started.set()
    assert [block async for block in blocks] == []


async def test_a_regular_file_is_read_as_well(tmp_path):
    path = tmp_path / "a.raw"
    path.write_bytes(bytes(200_000))
    with path.open("rb") as file:
        blocks = await blocks_of(PipedSound(file.fileno(), PCM16, frame_ms=20, tell=print))
    assert sum(map(len, blocks)) == 200_000


async def test_an_empty_pipe_is_a_mistake(pipe):
    pipe.write()
    with pytest.raises(Mistake, match="nothing came through standard input"):
        await blocks_of(PipedSound(pipe.reading, PCM16, frame_ms=20, tell=print))


async def test_what_cannot_be_read_is_named(tmp_path):
    folder = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(Mistake, match="standard input can't be read: Is a directory"):
        await blocks_of(PipedSound(folder, PCM16, frame_ms=20, tell=print))
    os.close(folder)


class Recorder:
    """The writing end of a pipe, and a clock that shows how long its sound lasts: as live as can be."""

    def __init__(self, pipe, audio_format):
        self._pipe = pipe
        self._bytes_per_s = audio_format.bytes_per_s
        self.written = 0

    def now(self):
        return self.written / self._bytes_per_s

    def record(self, data):
        with open(self._pipe._writing, "wb", buffering=0) as end:
            for start in range(0, len(data), 9_999):
                piece = data[start : start + 9_999]
                self.written += len(piece)
                end.write(piece)


STEREO = AudioFormat(8_000, channels=2)
KEPT = int(PATIENCE_S * 8_000) * STEREO.stride


def numbered(size):
    """Stereo PCM16 whose frames are numbered."""
    return np.arange(size // STEREO.stride, dtype="<u4").tobytes()


async def test_a_live_pipe_that_nobody_hears_loses_whole_samples_and_says_how_much(pipe):
    said: list[str] = []
    recorder = Recorder(pipe, STEREO)
    data = numbered(KEPT + 10 * 32_000)
    blocks = PipedSound(pipe.reading, STEREO, frame_ms=20, tell=said.append, now=recorder.now).blocks()
    recording = asyncio.create_task(asyncio.to_thread(recorder.record, data))
    first = await anext(blocks)
    await recording  # it never waits for us
    sound = first + b"".join([block async for block in blocks])
    kept = len(sound)
    heard = np.frombuffer(sound[: kept - kept % STEREO.stride], "<u4")
    # When we begin to hear, the pipe may still hold a read, and the thread that empties it another.
    assert len(data) - KEPT - 2 * 65_536 < len(data) - kept <= len(data) - KEPT + 65_536
    # Cut inside a frame, the numbers after the gap would be noise.
    assert np.all(np.diff(heard.astype(np.int64)) > 0)
    assert set(said[::2]) == {"sound is being lost: the line or the server has been behind for too long"}
    lost_s = [float(told.removesuffix(" s of sound were lost")) for told in said[1::2]]
    assert sum(lost_s) == pytest.approx((len(data) - kept) / 32_000, abs=0.01 * len(lost_s))


async def test_a_pipe_that_can_wait_loses_nothing(pipe):
    said: list[str] = []
    data = numbered(KEPT + 3 * 32_000)
    pipe.write(data)
    source = PipedSound(pipe.reading, STEREO, frame_ms=20, tell=said.append, now=lambda: 0.0)
    assert b"".join(await blocks_of(source)) == data
    assert said == []
