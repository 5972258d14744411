import io
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio.values import AudioFormat, Encoding
from server.validation import Invalid
from server.wire.deepgram_wav import read_header

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""However busy the machine is."""


def wav(rate=16000, channels=1, subtype="PCM_16", form="WAV"):
    file = io.BytesIO()
    soundfile.write(file, np.zeros((10, channels), np.float32), rate, format=form, subtype=subtype)
    return file.getvalue()


def riff(*chunks):
    return b"RIFF\xff\xff\xff\xffWAVE" + b"".join(
        struct.pack("<4sI", name, size) + data for name, size, data in chunks
    )


PCM16 = (b"fmt ", 16, struct.pack("<HHIIHH", 1, 1, 16000, 32000, 2, 16))


@pytest.mark.parametrize("form", ["WAV", "WAVEX"])
@pytest.mark.parametrize(
    ("subtype", "encoding"),
    [
        ("PCM_16", Encoding.PCM_S16LE),
        ("FLOAT", Encoding.PCM_F32LE),
        ("ULAW", Encoding.MULAW),
        ("ALAW", Encoding.ALAW),
    ],
)
@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (48000, 2)])
def test_a_header_tells_the_format_and_where_the_audio_begins(form, subtype, encoding, rate, channels):
    data = wav(rate, channels, subtype, form)
    audio_format, audio = read_header(data)
    assert audio_format == AudioFormat(rate, encoding, channels)
    assert len(data) - audio in (
        10 * audio_format.stride,
        10 * audio_format.stride + 16,
    )  # a chunk may follow


@pytest.mark.parametrize("length", range(44))
def test_of_a_header_that_is_cut_more_is_needed(length):
    assert read_header(wav()[:length]) is None


def test_sizes_that_a_streaming_writer_could_not_know_do_not_matter():
    assert read_header(riff(PCM16, (b"data", 0xFFFFFFFF, b"12"))) == (AudioFormat(), 44)
    assert read_header(riff(PCM16, (b"data", 0, b""))) == (AudioFormat(), 44)


def test_chunks_before_the_audio_are_passed_over_padding_included():
    data = riff(PCM16, (b"LIST", 3, b"abc\0"), (b"data", 2, b"12"))
    assert read_header(data) == (AudioFormat(), len(data) - 2)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"ID3", "encoding=linear16"),
        (b"\x1aE\xdf\xa3", "encoding=linear16"),
        (b"RIFF1234AVI ", "encoding=linear16"),
        (wav(subtype="PCM_24"), "24 bits; choose from PCM of 16"),
        (wav(channels=3), "choose from 1, 2"),
        (wav(96000), "8000 to 48000"),
        (riff((b"data", 2, b"12")), "without a format"),
        (riff((b"fmt ", 4, b"1234")), "broken header"),
        (riff(PCM16, (b"LIST", 70_000, b"")), "65536 bytes before its audio"),
    ],
)
def test_what_will_never_be_heard_is_refused_with_the_reason(data, told):
    with pytest.raises(Invalid, match=told):
        read_header(data)


@PATIENT
@given(st.binary(max_size=80), st.integers(0, 44))
def test_no_header_raises_anything_else(rest, kept):
    try:
        found = read_header(wav()[:kept] + rest)
    except Invalid:
        return
    assert found is None or found[1] <= kept + len(rest)
