"""One process at a time: a second store would end the first one's live conversations as if it had crashed.

Commands that only read, or change single rows in short transactions, need not ask.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from storage.errors import Unusable


@contextmanager
def sole_owner(path: Path) -> Iterator[None]:
    """Own the database at `path` while inside. Raises: Unusable where another process does.

    The lock is SQLite's own, on an empty file beside the database: it works wherever SQLite does, and the system
    lets go of it when its holder dies.
    """
    beside = path.with_name(f"{path.name}-owner")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = sqlite3.connect(beside, timeout=0, isolation_level=None)
    except (sqlite3.Error, OSError) as error:
        raise Unusable(f"{beside}: {error}") from error
    with closing(lock):
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
            raise Unusable(
                f"{path} is in use by another Earshot" if busy else f"{beside}: {error}"
            ) from error
        yield
