"""Copy the database while people talk: `python -m storage.backup OUT`.

The copy is one moment of the file, checked before it gets its name. Recordings are copied beside it: they never
change, so a later backup into the same folder copies only new ones. For a copy that follows the database by the
second see docs/schema.md on Litestream.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

from storage.errors import StorageError, Unusable
from storage.offline import DEFAULT_PATH, connected, exit_code


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="storage.backup", description="Copy the database and its recordings."
    )
    parser.add_argument("out", type=Path, help="the new file; recordings go to the folder audio beside it")
    parser.add_argument("--db", type=Path, default=DEFAULT_PATH, help="the file (default: %(default)s)")
    parser.add_argument(
        "--audio-dir", type=Path, help="where recordings are (default: audio beside the file)"
    )
    parser.add_argument("--no-audio", action="store_true", help="leave the recordings out")
    options = parser.parse_args(arguments)
    return exit_code(options.db, partial(_run, options))


def _run(options: argparse.Namespace) -> None:
    audio_dir = None if options.no_audio else options.audio_dir or options.db.parent / "audio"
    copied = backup(options.db, options.out, audio_dir=audio_dir)
    print(f"{options.out}: {options.out.stat().st_size} bytes, {copied} new recordings")


def backup(database: Path, out: Path, *, audio_dir: Path | None) -> int:
    """Copy `database` to `out` and the recordings in `audio_dir` beside it; return how many recordings were new.

    Raises: Unusable, StorageError, OSError.
    """
    if out.exists():
        raise Unusable(f"{out} is there already")
    part = out.with_name(f"{out.name}.part")
    try:
        with connected(database) as source, closing(sqlite3.connect(part)) as target:
            # In one go: in pieces it would begin anew after each commit of the server. Nobody waits for it.
            source.backup(target)
            # One file, without a log beside it; whoever opens it as a database of ours turns the log on again.
            target.execute("PRAGMA journal_mode = DELETE")
            (verdict,) = target.execute("PRAGMA quick_check").fetchone()
        if verdict != "ok":
            raise StorageError(f"the copy is not sound: {verdict}")
        # Rows first, files second: a file may come too many, never too few.
        copied = _copy_new(audio_dir, out.parent / "audio") if audio_dir and audio_dir.is_dir() else 0
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return copied


def _copy_new(source: Path, target: Path) -> int:
    count = 0
    for file in source.glob("??/??/*.flac"):
        copy = target / file.relative_to(source)
        if copy.exists():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        part = copy.with_name(f"{copy.name}.part")
        try:
            shutil.copyfile(file, part)
        except FileNotFoundError:  # erased this moment
            continue
        part.replace(copy)
        count += 1
    return count


if __name__ == "__main__":
    sys.exit(main())
