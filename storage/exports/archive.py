"""A zip of recordings and a list of them, written forward only, in flat memory.

The list comes last, when it is known; until then it waits in a temporary file.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator

from storage.exports.columns import Dialogue, Head, Turn
from storage.exports.sounds import Sounds
from storage.jsontext import line

IN_MEMORY = 4 << 20
"""Bytes of the list that wait in memory before a file takes over."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Zip's first moment, for every entry: the same rows give the same bytes."""


def render_archive(
    dialogues: Iterable[Dialogue],
    sounds: Sounds,
    *,
    folder: str,
    listing: str,
    entry: Callable[[Head, Turn], object],
) -> Iterator[bytes]:
    """Yield a zip with `folder` full of FLAC files, and `listing` with an `entry` a line for each."""
    sink = _Forward()
    names: set[str] = set()
    with zipfile.ZipFile(sink, "w") as archive, tempfile.SpooledTemporaryFile(IN_MEMORY) as lines:
        for dialogue in dialogues:
            for turn in dialogue.turns:
                if turn.audio_path is None:
                    continue
                lines.write(line(entry(dialogue.head, turn)))
                if turn.audio_sha256 not in names:  # the same sound said twice is one file
                    names.add(str(turn.audio_sha256))
                    archive.writestr(zipfile.ZipInfo(f"{folder}/{file_name(turn)}", EPOCH), sounds(turn))
                yield sink.taken()
        lines.seek(0)
        info = zipfile.ZipInfo(listing, EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(info, "w", force_zip64=True) as target:
            shutil.copyfileobj(lines, target)
            yield sink.taken()
    yield sink.taken()


def file_name(turn: Turn) -> str:
    """Return the name of a recording inside the zip."""
    return f"{turn.audio_sha256}.flac"


class _Forward(io.RawIOBase):
    """A file without a way back; zipfile then writes sizes behind the data."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: object) -> int:
        """Keep `data` for `taken`."""
        block = bytes(data)  # type: ignore[call-overload]
        self._blocks.append(block)
        return len(block)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        data = b"".join(self._blocks)
        self._blocks.clear()
        return data
