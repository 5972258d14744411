"""Utterances' sound: FLAC files named by their content, outside the database. Imports soundfile, alone.

A file is on disk before the row that names it commits, and goes after the row is gone; what a crash leaves between
the two is a file that no row names, swept at the next start. So a row never names a file that isn't there.
"""

from __future__ import annotations

import errno
import io
import os
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from storage.errors import Full, Invalid, StorageError
from storage.rows import Recording

RATE = 16_000
"""Hertz, of every recording."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording that is on disk."""

    path: str
    """Relative to the recordings' folder, with forward slashes."""
    sha256: str
    """Of the FLAC file's bytes, in hexadecimal."""
    duration_ms: int


class Recordings:
    """The folder of recordings. Blocking, and safe to use from many threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()

    def keep(self, recording: Recording) -> Kept:
        """Write a recording and hold it; call `release` when its row is committed or given up.

        Raises: Invalid, Full, StorageError.
        """
        flac = encode(recording)
        digest = sha256(flac).hexdigest()
        kept = Kept(relative_path(digest), digest, len(recording.pcm) // 2 * 1000 // RATE)
        with self._lock:
            self._held[digest] += 1
        try:
            _write(self.folder / kept.path, flac)
        except OSError as error:
            self.release(kept)
            raise _failed(error) from error
        return kept

    def release(self, kept: Kept) -> None:
        """Let go of a recording that `keep` returned."""
        with self._lock:
            self._held[kept.sha256] -= 1
            self._held += Counter()  # forgets the zeros

    def drop(self, digest: str) -> None:
        """Delete a recording that no row names; one that is just being kept again stays."""
        with self._lock:
            if not self._held[digest]:
                (self.folder / relative_path(digest)).unlink(missing_ok=True)

    def read(self, path: str) -> bytes | None:
        """Return a recording's FLAC bytes, or None when the file is missing."""
        try:
            return (self.folder / path).read_bytes()
        except FileNotFoundError:
            return None

    def sweep(self, named: Callable[[str], bool]) -> int:
        """Delete recordings whose digest no row names, and half-written files; return how many. At start only."""
        swept = 0
        for file in self.folder.glob("??/??/*"):
            if file.suffix == ".part" or (file.suffix == ".flac" and not named(file.stem)):
                file.unlink()
                swept += 1
        return swept


def relative_path(digest: str) -> str:
    """Return where a recording lies: two levels of folders, so that none holds more than a few thousand."""
    return f"{digest[:2]}/{digest[2:4]}/{digest}.flac"


def encode(recording: Recording) -> bytes:
    """Return a recording as FLAC, lossless. Raises: Invalid."""
    if not recording.pcm or len(recording.pcm) % 2:
        raise Invalid("audio", f"{len(recording.pcm)} bytes", "whole samples of two bytes, at least one")
    file = io.BytesIO()
    soundfile.write(file, np.frombuffer(recording.pcm, "<i2"), RATE, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def decode(flac: bytes) -> NDArray[np.int16]:
    """Return the samples of what `encode` made, mono at `RATE`. Raises: StorageError where it is damaged."""
    try:
        samples: NDArray[np.int16] = soundfile.read(io.BytesIO(flac), dtype="int16")[0]
    except soundfile.LibsndfileError as error:
        raise StorageError(f"a recording is damaged: {error.error_string.rstrip('.')}") from error
    return samples


def _write(path: Path, data: bytes) -> None:
    """Write a file that is whole or absent, also after a power cut."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{threading.get_ident()}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable: on POSIX the folder's entry is written with the folder."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _failed(error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Full("the disk is full")
    return StorageError(f"a recording could not be written: {error.strerror}")
