"""An export into a file, for the command line; works beside a running server."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from storage.exports.export import Export, Receipt, check_single, count_selected
from storage.exports.formats import format_of
from storage.exports.marking import mark_unchanged
from storage.exports.selection import Options, Selection, checked
from storage.exports.sounds import sounds_in
from storage.offline import connected

Progress = Callable[[int, int], None]
"""Called with the conversations done and those asked for."""


def export_to_file(
    database: Path,
    out: Path,
    *,
    format: str,
    selection: Selection,
    options: Options | None = None,
    audio_dir: Path | None = None,
    mark: bool = False,
    progress: Progress | None = None,
) -> Receipt:
    """Write an export to `out`, which appears when it is whole; with `mark`, mark what it holds.

    Raises: Invalid, NotFound, Unusable (the database), StorageError, OSError (the file).
    """
    chosen = format_of(format)
    checked(selection)
    sounds = sounds_in(audio_dir or database.parent / "audio")
    part = out.with_name(f"{out.name}.part")
    try:
        with connected(database) as connection:
            check_single(connection, selection)
            export = Export(connection, chosen, selection, options or Options(), sounds)
            _write(export, part, count_selected(connection, selection), progress)
            part.replace(out)
            if mark:
                _mark(connection, export)
    finally:
        part.unlink(missing_ok=True)
    return export.receipt()


def _write(export: Export, path: Path, total: int, progress: Progress | None) -> None:
    with path.open("wb") as file:
        while block := export.block():
            file.write(block)
            if progress:
                progress(export.receipt().conversations, total)


def _mark(connection: sqlite3.Connection, export: Export) -> None:
    connection.execute("BEGIN IMMEDIATE")
    mark_unchanged(connection, export.seen())
    connection.execute("COMMIT")
