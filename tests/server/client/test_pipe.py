import os
import threading

import pytest

from audio.values import AudioFormat, Encoding
from server.client.errors import Mistake
from server.client.pipe import PipedSound
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
