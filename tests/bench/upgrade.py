"""How long a file of another program takes to become ours: the migration of many messages, and a repair of them.

    python -m tests.bench.upgrade [--messages 1000000] [--folder DIR]

The baseline is a plain copy of the same file, which is what the migration does first.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from storage.migrations import migrate
from storage.offline import connected
from storage.repair import repair
from tests.bench.writer import TEXT
from tests.storage.old_files import OTHER_NAMES

TURNS = 50


def fill(path: Path, messages: int) -> None:
    """Write an old file with only base columns."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(OTHER_NAMES)
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO conversations (session_id, user_id) VALUES (?, 'ada')",
            [(str(number),) for number in range(messages // TURNS)],
        )
        connection.executemany(
            "INSERT INTO messages (conversation_id, role, content, emotion, emotion_confidence, processing_time)"
            " VALUES (?, ?, ?, 'happy', 0.8, 1.0)",
            (
                (number // TURNS + 1, "assistant" if number % 2 else "user", f"{TEXT} {number}")
                for number in range(messages)
            ),
        )
        connection.execute("COMMIT")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "old.db"
        fill(path, options.messages)
        print(f"{options.messages} messages, {path.stat().st_size / 1e6:.0f} MB")
        print(f"{'way':12} {'s':>8} {'CPU s':>8} {'ratio':>8}")
        base = 0.0
        with connected(path) as connection:
            for name, work in (
                ("copy", lambda: shutil.copyfile(path, path.with_suffix(".copy"))),
                ("migration", lambda: migrate(connection, backup=False)),
                ("again", lambda: migrate(connection)),
                ("repair", lambda: list(repair(connection, path.parent))),
            ):
                began, cpu = time.perf_counter(), time.process_time()
                work()
                took, spent = time.perf_counter() - began, time.process_time() - cpu
                base = base or took
                print(f"{name:12} {took:8.2f} {spent:8.2f} {took / base:7.1f}x")


if __name__ == "__main__":
    main()
