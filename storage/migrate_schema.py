"""Bring a database file to the newest schema: `python -m storage.migrate_schema` or `python storage/migrate_schema.py`.

The server does the same on start. Exit codes: 0 done or nothing to do, 2 the file can't be upgraded.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

if __package__ in (None, ""):  # started by its path: the folder above is not where Python looks for packages
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from storage.migrations import Migrated, migrate
from storage.offline import DEFAULT_PATH, connected, exit_code


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _parser().parse_args(arguments)
    return exit_code(options.db, partial(_run, options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="storage.migrate_schema", description="Upgrade a database file in place."
    )
    parser.add_argument("--db", type=Path, default=DEFAULT_PATH, help="the file (default: %(default)s)")
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


def _run(options: argparse.Namespace) -> None:
    with connected(options.db) as connection:
        migrated = migrate(
            connection, backup=options.backup, dry_run=options.dry_run, flag_legacy=options.flag_legacy
        )
    _tell(migrated, dry_run=options.dry_run)


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
