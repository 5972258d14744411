import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.decode import Decoder, int16
from audio.resample import Resampler
from audio.values import AudioFormat, Encoding
from server.client.errors import Mistake
from server.client.sound_file import open_sound
from tests.server.client.sounds import blocks_of, heard_from, tone


def opened(path, *, frame_ms=20, loop=1, tell=print):
    return open_sound(path, frame_ms=frame_ms, loop=loop, tell=tell)


def header(path):
    """Where a plain WAV's fields are, as bytes that can be spoilt."""
    return bytearray(path.read_bytes())


@pytest.fixture
def wav(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(0.5, 16_000), 16_000, subtype="PCM_16")
    return path


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
async def test_pcm_is_sent_at_its_own_rate_sample_for_sample(tmp_path, rate, channels):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(0.31, rate, channels=channels), rate, subtype="PCM_16")
    with opened(path) as source:
        assert source.format == AudioFormat(rate, Encoding.PCM_S16LE, channels)
        sent = b"".join(await blocks_of(source))
    assert sent == soundfile.read(path, dtype="int16")[0].tobytes()


@pytest.mark.parametrize(("frame_ms", "size"), [(20, 640), (100, 3200)])
async def test_messages_have_the_length_asked_for(wav, frame_ms, size):
    with opened(wav, frame_ms=frame_ms) as source:
        blocks = await blocks_of(source)
    assert {len(block) for block in blocks} == {size}


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
async def test_float_files_are_sent_as_float_unclipped(tmp_path, subtype):
    path = tmp_path / "a.wav"
    samples = tone(0.2, 16_000, level=1.5)
    soundfile.write(path, samples, 16_000, subtype=subtype)
    with opened(path) as source:
        assert source.format.encoding is Encoding.PCM_F32LE
        assert b"".join(await blocks_of(source)) == samples.tobytes()


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
async def test_loud_compressed_sound_does_not_wrap_around(tmp_path, subtype):
    path = tmp_path / "a.ogg"
    soundfile.write(path, np.sign(tone(0.5, 48_000)), 48_000, format="OGG", subtype=subtype)
    decoded = soundfile.read(path, dtype="float32")[0]
    assert decoded.max() > 1  # what the encoder makes of a square wave
    with opened(path) as source:
        assert np.array_equal(await heard_from(source), int16(decoded))


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "PCM_32", "ULAW", "ALAW"])
async def test_other_integer_files_become_pcm16(tmp_path, subtype):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(0.2, 16_000), 16_000, subtype=subtype)
    with opened(path) as source:
        assert source.format.encoding is Encoding.PCM_S16LE
        heard = await heard_from(source)
    assert np.allclose(heard / 32768, tone(0.2, 16_000), atol=0.02)


async def test_a_higher_rate_is_brought_down_as_the_server_would(tmp_path):
    path = tmp_path / "a.wav"
    said: list[str] = []
    soundfile.write(path, tone(0.5, 96_000), 96_000, subtype="PCM_16")
    with opened(path, tell=said.append) as source:
        assert source.format == AudioFormat(16_000)
        heard = await heard_from(source)
    resampler = Resampler(96_000)
    whole = resampler.push(soundfile.read(path, dtype="int16")[0])
    assert np.array_equal(heard, np.concatenate([whole, resampler.flush()]))
    assert said == ["96000 Hz, 1 channels: sent as 16000 Hz mono"]


async def test_many_channels_are_averaged(tmp_path):
    path = tmp_path / "a.wav"
    sound = tone(0.2, 16_000, channels=6, level=0.9)
    soundfile.write(path, sound, 16_000, subtype="FLOAT")
    with opened(path) as source:
        assert source.format == AudioFormat(16_000)
        assert np.array_equal(await heard_from(source), int16(sound.mean(axis=1)))


async def test_a_loop_plays_the_file_again_without_a_seam(wav):
    with opened(wav) as once, opened(wav, loop=3) as thrice:
        assert b"".join(await blocks_of(thrice)) == b"".join(await blocks_of(once)) * 3


async def test_zero_loops_never_end(wav):
    with opened(wav, loop=0) as source:
        blocks = source.blocks()
        sizes = [len(await anext(blocks)) for _ in range(1000)]
        await blocks.aclose()
    assert sum(sizes) == 1000 * 640


async def test_content_decides_whatever_the_name_says(wav):
    renamed = wav.rename(wav.with_suffix(".raw"))
    with opened(renamed) as source:
        assert len(await heard_from(source)) == 8000


def spoilt(wav, kind):
    data = header(wav)
    match kind:
        case "empty":
            return b""
        case "text":
            return b"this is not a sound\n" * 40
        case "cut header":
            return data[:30]
        case "no samples":
            return data[:44]
        case "no channels":
            data[22:24] = struct.pack("<H", 0)
        case "absurd rate":
            data[24:28] = struct.pack("<I", 2_000_000_000)
        case "telegraph rate":
            data[24:28] = struct.pack("<I", 4_000)
    return data


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("empty", "not a sound file"),
        ("text", "not a sound file"),
        ("cut header", "not a sound file"),
        ("no samples", "holds no sound"),
        ("no channels", "not a sound file"),
        ("absurd rate", "2000000000 Hz; from 8000 to 384000 Hz can be heard"),
        ("telegraph rate", "4000 Hz; from 8000 to 384000 Hz can be heard"),
    ],
)
def test_what_is_no_sound_is_refused_in_one_line(wav, kind, said):
    wav.write_bytes(spoilt(wav, kind))
    with pytest.raises(Mistake, match=said) as refusal, opened(wav):
        pass
    assert str(wav) in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(("name", "said"), [("missing.wav", "No such file"), (".", "Is a directory")])
def test_what_is_no_file_is_refused(tmp_path, name, said):
    with pytest.raises(Mistake, match=said), opened(tmp_path / name):
        pass


@pytest.fixture
def piped():
    """A pipe by its path, as shells give one for <(…)."""
    reading, writing = os.pipe()
    yield Path(f"/dev/fd/{reading}")
    os.close(reading)
    os.close(writing)


def test_a_pipe_is_refused_with_the_way_to_use_one(piped):
    with (
        pytest.raises(Mistake, match="a pipe, not a file; raw PCM goes through standard input"),
        opened(piped),
    ):
        pass


@pytest.mark.parametrize("claim", [0x7FFFFFFF, 0xFFFFFFFF, 20_000])
async def test_a_wav_that_claims_more_than_it_holds_is_heard_to_its_end(wav, claim):
    data = header(wav)
    data[40:44] = struct.pack("<I", claim)
    wav.write_bytes(data)
    with opened(wav) as source:
        assert len(await heard_from(source)) == 8000


async def until_damage(source, said):
    sent = []

    async def take():
        async for block in source.blocks():
            sent.append(block)

    with pytest.raises(Mistake, match=said):
        await take()
    return sent


async def test_a_damaged_file_is_sent_up_to_the_damage_and_then_named(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, tone(2, 16_000), 16_000)
    path.write_bytes(path.read_bytes()[:4000])
    with opened(path) as source:
        sent = await until_damage(source, r"a\.flac: damaged")
    heard = Decoder(source.format).push(b"".join(sent))
    assert 0 < len(heard) < 32_000
