"""Recordings: whatever libsndfile reads, sent at its own rate. The client's one importer of soundfile.

The server takes one or two channels at 8 to 48 kHz. Beyond that the client brings the sound down itself, by the
server's own resampler to the server's own 16 kHz, so that a 96 kHz recording gives the very same transcript.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import soundfile
from numpy.typing import NDArray

from audio.decode import int16
from audio.resample import Resampler
from audio.values import RATE, AudioFormat, Encoding
from server.client.errors import Mistake
from server.client.source import HIGHEST_RATE, LOWEST_RATE, Tell

_HIGHEST = 384_000
"""Hertz. Nothing records above, so a header that says so is broken."""

_FLOAT_SUBTYPES = ("FLOAT", "DOUBLE", "VORBIS", "OPUS", "MPEG_LAYER")
"""What is decoded to floating point and may exceed ±1. Read as int16, libsndfile lets Vorbis and Opus wrap around."""


class _Reader(Protocol):
    """Turns the next frames of an open file into a message."""

    def read(self, frames: int) -> bytes | None:
        """Return up to `frames` frames, empty where a filter holds them back, None at the end."""

    def flush(self) -> bytes:
        """Return what was held back, once, at the very end."""


class SoundFile:
    """An open recording, played `loop` times; 0 is for ever."""

    def __init__(self, file: soundfile.SoundFile, name: str, *, frame_ms: int, loop: int, tell: Tell) -> None:
        self._file = file
        self._name = name
        self._loop = loop
        self._played = False
        self._frames = max(1, file.samplerate * frame_ms // 1000)
        self._reader, self.format = _reader(file, tell)

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """Yield the recording; see `source.Source`."""
        for _ in range(self._loop) if self._loop else itertools.repeat(None):
            for block in self._once():
                yield block
        if rest := self._reader.flush():
            yield rest

    def _once(self) -> Iterator[bytes]:
        try:
            if self._played:
                self._file.seek(0)
            while (block := self._reader.read(self._frames)) is not None:
                self._played = True
                if block:
                    yield block
        except soundfile.LibsndfileError as error:
            raise Mistake(f"{self._name}: damaged, or can't be rewound: {error.error_string}") from None
        if not self._played:
            raise Mistake(f"{self._name}: holds less than its header says")


class _Plain:
    """Samples as they are, int16 or float32."""

    def __init__(self, file: soundfile.SoundFile, audio_format: AudioFormat) -> None:
        self._file = file
        self._stride = audio_format.stride
        self._dtype = "float32" if audio_format.encoding is Encoding.PCM_F32LE else "int16"

    def read(self, frames: int) -> bytes | None:
        buffer = bytearray(frames * self._stride)
        read: int = self._file.buffer_read_into(buffer, dtype=self._dtype)
        return bytes(buffer[: read * self._stride]) or None

    def flush(self) -> bytes:
        return b""


class _BroughtDown:
    """All channels averaged, at 16 kHz where the rate was too high to send."""

    def __init__(self, file: soundfile.SoundFile, rate: int) -> None:
        self._file = file
        self._resampler = Resampler(RATE if rate == file.samplerate else file.samplerate)

    def read(self, frames: int) -> bytes | None:
        samples: NDArray[np.float32] = self._file.read(frames, dtype="float32", always_2d=True)
        return self._resampler.push(int16(samples.mean(axis=1))).tobytes() if len(samples) else None

    def flush(self) -> bytes:
        return self._resampler.flush().tobytes()


def _reader(file: soundfile.SoundFile, tell: Tell) -> tuple[_Reader, AudioFormat]:
    too_fast, too_wide = file.samplerate > HIGHEST_RATE, file.channels > 2
    if too_fast or too_wide:
        rate = RATE if too_fast else file.samplerate
        tell(f"{file.samplerate} Hz, {file.channels} channels: sent as {rate} Hz mono")
        return _BroughtDown(file, rate), AudioFormat(rate)
    encoding = Encoding.PCM_F32LE if file.subtype.startswith(_FLOAT_SUBTYPES) else Encoding.PCM_S16LE
    audio_format = AudioFormat(file.samplerate, encoding, file.channels)
    return _Plain(file, audio_format), audio_format


@contextmanager
def open_sound(path: Path, *, frame_ms: int, loop: int, tell: Tell) -> Iterator[SoundFile]:
    """Open a recording. Raises: Mistake where there is none, or none that can be heard."""
    name = str(path)
    try:
        raw = path.open("rb")
    except OSError as error:
        raise Mistake(f"{name}: {error.strerror}") from None
    with raw, _sound(raw, name) as file:
        if not LOWEST_RATE <= file.samplerate <= _HIGHEST:
            raise Mistake(f"{name}: {file.samplerate} Hz; from {LOWEST_RATE} to {_HIGHEST} Hz can be heard")
        if not file.frames:
            raise Mistake(f"{name}: holds no sound")
        yield SoundFile(file, name, frame_ms=frame_ms, loop=loop, tell=tell)


def _sound(raw: BinaryIO, name: str) -> soundfile.SoundFile:
    hint = "raw PCM goes through standard input: - --rate HZ"
    if not raw.seekable():
        raise Mistake(f"{name}: a pipe, not a file; {hint}")
    try:
        # By descriptor, so that the name's ending means nothing: content decides.
        return soundfile.SoundFile(raw.fileno(), closefd=False)
    except soundfile.LibsndfileError as error:
        raise Mistake(f"{name}: not a sound file ({error.error_string.rstrip('.')}); {hint}") from None
