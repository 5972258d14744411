"""Sound that was acknowledged and isn't a message yet: on disk, so that it survives the server.

A session's journal is a few files of a folder that nobody else may read, each a segment: a line of JSON that says
whose it is and how far the session was, then records. A full segment is followed by another, and those that aren't
needed any more are deleted: what is kept is the open utterance, and before it what the ear needs to know the room
again. What a crash cuts off in mid-record is read as far as it goes.
"""

from __future__ import annotations

import errno
import json
import os
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from storage.errors import StorageError

ENOUGH = 320_000
"""Bytes in a segment from which on the next one begins: 10 s of 16 kHz PCM16. One more is kept as a lead."""

_SUFFIX = ".journal"
_RECORD = struct.Struct("<cI")
_AUDIO, _HEARD = b"A", b"H"


@dataclass(frozen=True, slots=True)
class Heard:
    """How far a session's hearing is."""

    utterances: int = 0
    """Utterances that ended."""
    until: int = 0
    """Samples at 16 kHz, the end of the last of them."""


NOTHING = Heard()


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What is left of a session that a crash broke off."""

    key: str
    about: dict[str, Any]
    """What `Journal.begin` was told."""
    heard: Heard
    start: int
    """Bytes of the session's sound before `sound`."""
    sound: bytes

    @property
    def received(self) -> int:
        """Bytes of sound that were acknowledged."""
        return self.start + len(self.sound)


class Journal:
    """The folder of all sessions' journals. Blocking."""

    def __init__(self, folder: Path, *, fsync: bool) -> None:
        """With `fsync` what is written survives a power cut; without, only the end of this process."""
        self._folder = folder
        self._fsync = fsync

    def begin(self, key: str, about: dict[str, Any], *, received: int = 0, heard: Heard = NOTHING) -> Entry:
        """Begin the journal of a session, or go on with it after `received` bytes. Raises: StorageError.

        `key` becomes a file's name; `about` is given back by `unfinished`.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"the journal can't be kept: {error.strerror}") from error
        entry = Entry(self._folder, key, about, received, heard, fsync=self._fsync)
        entry.write(b"", heard, needed=received)  # also a session that says nothing yet can be gone on with
        return entry

    def unfinished(self) -> Iterator[Unfinished]:
        """Give what a crash left. A file that can't be read is put aside under another name, for a person to see."""
        segments: dict[str, list[tuple[int, Path]]] = {}
        for path in self._folder.glob(f"*{_SUFFIX}"):
            key, _, number = path.name.removesuffix(_SUFFIX).rpartition(".")
            if number.isdigit():
                segments.setdefault(key, []).append((int(number), path))
        for key, found in segments.items():
            if whole := _join(key, [path for _, path in sorted(found)]):
                yield whole

    def forget(self, key: str) -> None:
        """Delete what is left of a session."""
        for path in self._folder.glob(f"{key}.*{_SUFFIX}"):
            path.unlink(missing_ok=True)


class Entry:
    """One session's journal. Used from one thread at a time."""

    def __init__(
        self, folder: Path, key: str, about: dict[str, Any], received: int, heard: Heard, *, fsync: bool
    ) -> None:
        self._folder = folder
        self._key = key
        self._about = about
        self._received = received
        self._heard = heard
        self._fsync = fsync
        self._older = sorted(folder.glob(f"{key}.*{_SUFFIX}"), key=_number)
        self._number = _number(self._older[-1]) if self._older else 0
        self._segments: list[tuple[int, Path]] = []
        self._file: BinaryIO | None = None

    def write(self, sound: bytes, heard: Heard, *, needed: int) -> None:
        """Keep `sound`, the session's next; `heard` is how far hearing is.

        `needed` is the byte of the session's sound from which on none may be missing. Raises: StorageError, and then
        nothing is promised.
        """
        try:
            if self._file is None or self._received - self._segments[-1][0] >= ENOUGH:
                self._turn(heard, needed)
            records = _record(_AUDIO, sound) if sound else b""
            if heard != self._heard:
                records += _record(_HEARD, json.dumps(asdict(heard)).encode())
            assert self._file
            _append(self._file, records)
            if self._fsync:
                os.fsync(self._file.fileno())
        except OSError as error:
            raise StorageError(f"the journal can't be kept: {error.strerror}") from error
        self._heard = heard
        self._received += len(sound)

    def _turn(self, heard: Heard, needed: int) -> None:
        """Begin a segment; let go of those before the lead."""
        self._number += 1
        path = self._folder / f"{self._key}.{self._number}{_SUFFIX}"
        head = {"about": self._about, "received": self._received, "heard": asdict(heard)}
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)
        self.close()
        self._file = file
        self._segments.append((self._received, path))
        _append(file, json.dumps(head).encode() + b"\n")
        while len(self._segments) > 2 and self._segments[1][0] <= needed - ENOUGH:
            self._segments.pop(0)[1].unlink(missing_ok=True)

    def forget_older(self) -> None:
        """Delete what an earlier run of the server left of this session."""
        for path in self._older:
            path.unlink(missing_ok=True)
        self._older = []

    def close(self) -> None:
        """Leave the journal as it is, for the next start. Safe to call twice."""
        if self._file:
            self._file.close()
            self._file = None

    def erase(self) -> None:
        """Delete the journal: all of it is kept otherwise by now. Safe to call twice."""
        self.close()
        self.forget_older()
        for _, path in self._segments:
            path.unlink(missing_ok=True)
        self._segments = []


def _append(file: BinaryIO, data: bytes) -> None:
    """Write all of `data` or nothing: a record that a full disk cut short would garble those after it."""
    end = file.tell()
    if file.write(data) != len(data):
        file.seek(end)
        file.truncate()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _record(kind: bytes, payload: bytes) -> bytes:
    return _RECORD.pack(kind, len(payload)) + payload


def _number(path: Path) -> int:
    return int(path.name.removesuffix(_SUFFIX).rpartition(".")[2])


def _join(key: str, paths: list[Path]) -> Unfinished | None:
    whole: Unfinished | None = None
    for path in paths:
        segment = _read(key, path)
        if segment is None:
            path.rename(path.with_suffix(".unreadable"))
        elif whole and whole.start <= segment.start <= whole.received:
            sound = (
                whole.sound[: segment.start - whole.start] + segment.sound
            )  # a new server repeats a little
            whole = replace(segment, start=whole.start, sound=max(sound, whole.sound, key=len))
        else:
            whole = segment
    return whole


def _read(key: str, path: Path) -> Unfinished | None:
    head, _, records = path.read_bytes().partition(b"\n")
    try:
        said = json.loads(head)
        heard, sound = Heard(**said["heard"]), bytearray()
        for kind, payload in _records(records):
            if kind == _AUDIO:
                sound += payload
            else:
                heard = Heard(**json.loads(payload))
        return Unfinished(key, said["about"], heard, said["received"], bytes(sound))
    except (ValueError, TypeError, KeyError):
        return None


def _records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + _RECORD.size <= len(data):
        kind, size = _RECORD.unpack_from(data, at)
        payload = data[at + _RECORD.size : at + _RECORD.size + size]
        if (
            kind == _AUDIO or len(payload) == size
        ):  # of sound, what there is; of anything else, all or nothing
            yield kind, payload
        at += _RECORD.size + size
