"""What the commands that work on the file share: a plain connection, and a fault told in one line."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from storage.database import LOCK_PATIENCE_S
from storage.errors import StorageError, Unusable, translated

DEFAULT_PATH = Path("data/earshot.db")


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """Open an existing file in autocommit mode. Raises: Unusable, and SQLite's errors as ours."""
    if not path.is_file():
        raise Unusable("no such file; the server makes it on its first start")
    try:
        with closing(sqlite3.connect(path, timeout=LOCK_PATIENCE_S, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            yield connection
    except sqlite3.Error as error:
        raise translated(error) from error


def exit_code(path: Path, command: Callable[[], None]) -> int:
    """Run a command; return 0, or 2 after one line on standard error that says why not."""
    try:
        command()
    except (StorageError, OSError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 2
    return 0
