"""The header of a WAV file that is sent as a stream: clients that name no encoding let their audio speak for itself.

RIFF, "Multimedia Programming Interface and Data Specifications 1.0" (IBM and Microsoft, 1991), and the extensible
format of mmreg.h. Sizes that a streaming writer couldn't know don't matter: all after the header is audio.
"""

from __future__ import annotations

import struct

from audio.values import AudioFormat, Encoding
from server.validation import Invalid

_FORMATS = {
    (1, 16): Encoding.PCM_S16LE,
    (3, 32): Encoding.PCM_F32LE,
    (6, 8): Encoding.ALAW,
    (7, 8): Encoding.MULAW,
}
"""By format tag and bits of a sample."""

_EXTENSIBLE = 0xFFFE
"""The tag that says that the true one follows."""

_LONGEST = 65_536
"""Bytes of chunks before the audio: cover art is not waited for."""

_RATES = (8000, 48_000)


def read_header(data: bytes) -> tuple[AudioFormat, int] | None:
    """Return the format and how many bytes come before the audio; None while more is needed.

    Raises: Invalid where this will never be a WAV file that can be heard.
    """
    if data[:4] != b"RIFF"[: len(data)] or data[8:12] != b"WAVE"[: max(0, len(data) - 8)]:
        raise Invalid(
            "the audio is no WAV file; name its encoding, as in encoding=linear16&sample_rate=16000"
        )
    found = None
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        at += 8
        if name == b"data":
            if found is None:
                raise Invalid("a WAV file without a format before its audio")
            return found, at
        if name == b"fmt " and at + size <= len(data):
            found = _format(data[at : at + size])
        at += size + size % 2
    if at > _LONGEST:
        raise Invalid(f"a WAV file with more than {_LONGEST} bytes before its audio")
    return None


def _format(chunk: bytes) -> AudioFormat:
    if len(chunk) < 16:
        raise Invalid("a WAV file with a broken header")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        (tag,) = struct.unpack_from("<H", chunk, 24)
    encoding = _FORMATS.get((tag, bits))
    if encoding is None:
        raise Invalid(
            f"WAV format {tag} of {bits} bits; choose from PCM of 16, float of 32, A-law and mu-law"
        )
    if channels not in (1, 2) or not _RATES[0] <= rate <= _RATES[1]:
        raise Invalid(f"{channels} channels at {rate} Hz; choose from 1, 2 at {_RATES[0]} to {_RATES[1]} Hz")
    return AudioFormat(rate, encoding, channels)
