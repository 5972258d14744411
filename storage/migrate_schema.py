"""Bring a database file to the newest schema: `python -m storage.migrate_schema` or `python storage/migrate_schema.py`.

The server does the same on start. Exit codes: 0 done or nothing to do, 2 the file can't be upgraded.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from pathlib import Path

if __package__ in (None, ""):  # started by its path: the folder above is not where Python looks for packages
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from storage.database import LOCK_PATIENCE_S
from storage.errors import StorageError, translated
from storage.migrations import Migrated, migrate


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _parser().parse_args(arguments)
    if not options.db.is_file():
        print(f"{options.db}: no such file; the server makes it on its first start", file=sys.stderr)
        return 2
    try:
        migrated = _migrate(options)
    except StorageError as error:
        print(f"{options.db}: {error}", file=sys.stderr)
        return 2
    _tell(migrated, dry_run=options.dry_run)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="storage.migrate_schema", description="Upgrade a database file in place."
    )
    parser.add_argument(
        "--db", type=Path, default=Path("data/earshot.db"), help="the file (default: %(default)s)"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would change and change nothing")
    parser.add_argument(
        "--backup",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="copy an old file beside itself first",
    )
    parser.add_argument(
        "--flag-legacy",
        action="store_true",
        help="old rows may be trained on: their people agreed (without it they are never exported)",
    )
    return parser


def _migrate(options: argparse.Namespace) -> Migrated:
    connection = sqlite3.connect(options.db, timeout=LOCK_PATIENCE_S, isolation_level=None)
    try:
        return migrate(
            connection, backup=options.backup, dry_run=options.dry_run, flag_legacy=options.flag_legacy
        )
    except sqlite3.Error as error:
        raise translated(error) from error
    finally:
        connection.close()


def _tell(migrated: Migrated, *, dry_run: bool) -> None:
    if migrated.backup:
        print(f"copied first to {migrated.backup}")
    for change in migrated.changes:
        print(change)
    if not migrated.changes:
        print(f"version {migrated.after}: nothing to do")
    elif dry_run:
        print(f"version {migrated.before} would become {migrated.after}: nothing was changed")
    else:
        print(f"version {migrated.before} is now {migrated.after}")


if __name__ == "__main__":
    sys.exit(main())
