"""Recordings: whatever libsndfile reads, sent at its own rate. The client's one importer of soundfile.

The server takes one or two channels at 8 to 48 kHz. Beyond that the client brings the sound down itself, by the
server's own resampler to the server's own 16 kHz, so that a 96 kHz recording gives the very same transcript.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile
from numpy.typing import NDArray

from audio.decode import int16
from audio.resample import Resampler
from audio.values import RATE, AudioFormat, Encoding
from server.client.errors import Mistake

Tell = Callable[[str], None]

_LOWEST, _HIGHEST = 8_000, 384_000
"""Hertz. Below there is no speech to recognize; nothing records above, so a header that says so is broken."""

_HIGHEST_SENT = 48_000
"""Hertz, the most that the protocol takes."""

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
        """Yield the recording; see `sources.Source`."""
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
            raise Mistake(f"{self._name}: holds no sound")


class _Plain:
    """Samples as they are, int16 or float32."""

    def __init__(self, file: soundfile.SoundFile, dtype: str) -> None:
        self._file = file
        self._dtype = dtype

    def read(self, frames: int) -> bytes | None:
        return bytes(self._file.buffer_read(frames, dtype=self._dtype)) or None

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
    too_fast, too_wide = file.samplerate > _HIGHEST_SENT, file.channels > 2
    if too_fast or too_wide:
        rate = RATE if too_fast else file.samplerate
        tell(f"{file.samplerate} Hz, {file.channels} channels: sent as {rate} Hz mono")
        return _BroughtDown(file, rate), AudioFormat(rate)
    if file.subtype.startswith(_FLOAT_SUBTYPES):
        return _Plain(file, "float32"), AudioFormat(file.samplerate, Encoding.PCM_F32LE, file.channels)
    return _Plain(file, "int16"), AudioFormat(file.samplerate, Encoding.PCM_S16LE, file.channels)


@contextmanager
def open_sound(path: Path, *, frame_ms: int, loop: int, tell: Tell) -> Iterator[SoundFile]:
    """Open a recording. Raises: Mistake where there is none, or none that can be heard."""
    name = str(path)
    try:
        with path.open("rb") as raw, _sound(raw.fileno(), name) as file:
            if not _LOWEST <= file.samplerate <= _HIGHEST:
                raise Mistake(f"{name}: {file.samplerate} Hz; from {_LOWEST} to {_HIGHEST} Hz can be heard")
            yield SoundFile(file, name, frame_ms=frame_ms, loop=loop, tell=tell)
    except OSError as error:
        raise Mistake(f"{name}: {error.strerror}") from None


def _sound(descriptor: int, name: str) -> soundfile.SoundFile:
    try:
        # By descriptor, so that the name's ending means nothing: content decides.
        return soundfile.SoundFile(descriptor, closefd=False)
    except soundfile.LibsndfileError as error:
        hint = "raw PCM has no header and goes through standard input: - --rate HZ"
        raise Mistake(f"{name}: not a sound file ({error.error_string.rstrip('.')}); {hint}") from None
