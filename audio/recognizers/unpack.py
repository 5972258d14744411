"""Unpacks a model's archive from a place that isn't trusted: nothing outside the folder, nothing too large.

Hostile archives name files above or outside the folder, place symbolic links and write through them, or swell
(https://www.usenix.org/conference/woot19/presentation/fifield). Each is refused before a byte is written.
"""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from audio.recognizers.base import RecognizerError

_ENTRIES = 10_000
"""Files in an archive at most: models have some twenty."""

_SWELLING = 100
"""Unpacked bytes per packed byte at most: models swell two- or threefold, zeros a thousandfold."""

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class ArchiveError(RecognizerError):
    """The archive is broken or hostile; the message says in which way."""


def unpack(archive: Path, into: Path, *, limit: int) -> None:
    """Unpack a zip file of at most `limit` unpacked bytes into an existing folder.

    What a broken archive has left in the folder is the caller's to remove. Raises: ArchiveError.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            _check(opened.infolist(), packed=archive.stat().st_size, limit=limit)
            for entry in opened.infolist():
                _write(opened, entry, into / entry.filename)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ArchiveError(f"the archive is broken: {error}") from error
    except OSError as error:
        raise ArchiveError(f"the archive can't be unpacked: {error}") from error


def _check(entries: list[zipfile.ZipInfo], *, packed: int, limit: int) -> None:
    """Refuse an archive by its table of contents; zipfile never writes more than is declared there."""
    if len(entries) > _ENTRIES:
        raise ArchiveError(f"the archive has {len(entries)} entries, more than {_ENTRIES}")
    for entry in entries:
        _check_entry(entry)
    total = sum(entry.file_size for entry in entries)
    if total > limit:
        raise ArchiveError(f"unpacked, the archive takes {total} bytes, more than {limit}")
    if total > _SWELLING * packed:
        raise ArchiveError(f"the archive swells from {packed} to {total} bytes, more than {_SWELLING} times")


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name, kind = entry.filename, stat.S_IFMT(entry.external_attr >> 16)
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or not path.parts:
        raise ArchiveError(f"the archive would write outside its folder: {name!r}")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveError(f"the archive holds a link or device: {name!r}")
    if entry.flag_bits & 1 or entry.compress_type not in _METHODS:
        raise ArchiveError(f"the archive is encrypted or packed by an unusual method: {name!r}")


def _write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> None:
    if entry.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with opened.open(entry) as packed, path.open("wb") as file:
        shutil.copyfileobj(packed, file)
