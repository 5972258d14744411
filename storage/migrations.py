"""The schema's history. Entry N leads from `user_version` N - 1 to N; entries are appended, never edited.

Everything from looking to committing happens in one transaction that no other writer gets into. So two processes
can't both see a column missing and both add it, and a kill at any moment leaves the file as it was.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage.adopt import adopt, stamp_version
from storage.errors import Unusable


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    name: str
    apply: Callable[[sqlite3.Connection], Iterator[str]]
    """Makes the changes inside the caller's transaction; yields each in words."""


MIGRATIONS: tuple[Migration, ...] = (Migration("adopt", adopt),)


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migration did."""

    before: int
    after: int
    changes: tuple[str, ...]
    backup: Path | None


def migrate(
    connection: sqlite3.Connection,
    *,
    migrations: Sequence[Migration] = MIGRATIONS,
    backup: bool = True,
    dry_run: bool = False,
    flag_legacy: bool = False,
) -> Migrated:
    """Bring the file behind `connection` (in autocommit mode) to the newest version.

    An old file with rows is copied beside itself first. `dry_run` makes the changes and takes them back;
    `flag_legacy` says that the people in the old rows agreed to training. Idempotent, and safe to run twice at once.
    Raises: Unusable where the file is newer than this program.
    """
    saved: Path | None = None
    with _alone(connection, keep=not dry_run):
        (before,) = connection.execute("PRAGMA user_version").fetchone()
        if before > len(migrations):
            raise Unusable(
                f"the database is of version {before}, newer than this program's {len(migrations)}"
            )
        pending = list(enumerate(migrations[before:], before + 1))
        if pending and backup and not dry_run and _has_rows(connection):
            saved = _copy(connection, before)
        changes: list[str] = []
        for version, migration in pending:
            changes += migration.apply(connection)
            stamp_version(connection, version, migration.name)
        if flag_legacy:
            changes += _flag_legacy(connection)
    return Migrated(before, len(migrations), tuple(changes), saved)


@contextmanager
def _alone(connection: sqlite3.Connection, *, keep: bool) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT" if keep else "ROLLBACK")


def _has_rows(connection: sqlite3.Connection) -> bool:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return any(
        connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()
        for (name,) in tables
        if not name.startswith("sqlite_")
    )


def _copy(connection: sqlite3.Connection, version: int) -> Path:
    """Copy the file beside itself while the caller keeps writers out, so that no row slips between copy and change."""
    (_, _, file), *_ = connection.execute("PRAGMA database_list").fetchall()
    path = Path(f"{file}.v{version}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.bak")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    return path


def _flag_legacy(connection: sqlite3.Connection) -> Iterator[str]:
    messages = connection.execute(
        "UPDATE messages SET training_flag = 1 WHERE training_flag IS NULL"
    ).rowcount
    if messages:
        yield f"{messages} old messages flagged for training"
    connection.execute("UPDATE conversations SET training_consent = 1 WHERE training_consent IS NULL")
