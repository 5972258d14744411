"""Recordings whose headers lie: the client says what is wrong in one line, and never crashes."""

import contextlib
import random
import struct

import pytest

from server.client.errors import Mistake
from server.client.sound_file import open_sound

SAMPLES = struct.pack("<1600h", *range(1600))


def chunk(name, data, size=None):
    return name + struct.pack("<I", len(data) if size is None else size) + data


def fmt(rate=16_000, channels=1, bits=16, tag=1):
    block = channels * bits // 8 & 0xFFFF
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * block & 0xFFFFFFFF, block, bits))


def wav(*chunks, size=None):
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


DATA = chunk(b"data", SAMPLES)
SOUND = wav(fmt(), DATA)

REFUSED = {
    "nothing": b"",
    "four bytes": b"RIFF",
    "a header without chunks": wav(),
    "no format": wav(DATA),
    "no data": wav(fmt()),
    "data of no length": wav(fmt(), chunk(b"data", b"")),
    "a rate of zero": wav(fmt(rate=0), DATA),
    "a rate of 4 GHz": wav(fmt(rate=0xFFFFFFFF), DATA),
    "no channels": wav(fmt(channels=0), DATA),
    "65535 channels": wav(fmt(channels=65_535), DATA),
    "no bits": wav(fmt(bits=0), DATA),
    "an unknown coding": wav(fmt(tag=0x7777), DATA),
    "half a format": wav(chunk(b"fmt ", bytes(5)), DATA),
    "an empty format": wav(chunk(b"fmt ", b""), DATA),
    "text": b"my dear diary\n" * 100,
    "a FLAC that ends with its magic": b"fLaC",
    "an Ogg of zeros": b"OggS" + bytes(500),
    "an AIFF without chunks": b"FORM" + struct.pack(">I", 4) + b"AIFF",
}

HEARD = {
    "as it should be": SOUND,
    "4 GiB announced": wav(fmt(), chunk(b"data", SAMPLES, size=0xFFFFFFFF), size=0xFFFFFFFF),
    "more data announced than there is": wav(fmt(), chunk(b"data", SAMPLES, size=1 << 20)),
    "no size in the header": wav(fmt(), DATA, size=0),
    "half a sample at the end": wav(fmt(), chunk(b"data", SAMPLES + b"\1")),
    "unknown chunks": wav(chunk(b"LIST", bytes(100)), fmt(), chunk(b"junk", bytes(7) + b"\0"), DATA),
}


async def heard(path):
    with open_sound(path, frame_ms=20, loop=1, tell=lambda line: None) as sound:
        return b"".join([block async for block in sound.blocks()])


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_heard_is_refused_in_one_line(tmp_path, name):
    path = tmp_path / "x.wav"
    path.write_bytes(REFUSED[name])
    with pytest.raises(Mistake) as mistake:
        await heard(path)
    assert str(mistake.value).startswith(f"{path}: ")
    assert "\n" not in str(mistake.value)


@pytest.mark.parametrize("name", HEARD)
async def test_what_is_there_is_heard_whatever_the_header_says(tmp_path, name):
    path = tmp_path / "x.wav"
    path.write_bytes(HEARD[name])
    assert await heard(path) == SAMPLES


async def test_a_file_cut_anywhere_is_heard_as_far_as_it_goes_or_refused(tmp_path):
    path = tmp_path / "x.wav"
    for end in [*range(0, 60), 1000, len(SOUND) - 1]:
        path.write_bytes(SOUND[:end])
        try:
            assert SAMPLES.startswith(await heard(path))
        except Mistake:
            assert end < 60


async def test_damaged_bytes_crash_nothing(tmp_path):
    path, dice = tmp_path / "x.wav", random.Random(1)
    for _ in range(300):
        damaged = bytearray(SOUND)
        for _ in range(dice.randint(1, 8)):
            damaged[dice.randrange(48)] = dice.randrange(256)
        path.write_bytes(damaged)
        with contextlib.suppress(Mistake):
            assert len(await heard(path)) < 1 << 20
