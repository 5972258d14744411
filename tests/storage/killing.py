"""Kills a talker in the middle of its talk and looks at what is left."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What a kill left."""

    acknowledged: int
    lost: int
    """Messages that the store had said were kept and that are not there."""
    sound: bool
    """Whether SQLite finds the file whole, statistics count the messages, and each named recording is there."""


def kill(path: Path, *, after: int, synchronous: str = "FULL", writers: int = 50) -> Aftermath:
    """Let a talker keep `after` messages, kill it with no chance to tidy up, and look."""
    command = [sys.executable, "-m", "tests.storage.talker", str(path), synchronous, str(writers)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as talker:
        assert talker.stdout is not None
        uids = [talker.stdout.readline() for _ in range(after)]
        talker.kill()
        rest = talker.stdout.read().splitlines(keepends=True)
    # The last line may be cut short: what is not a whole line was not said.
    acknowledged = {line.strip() for line in [*uids, *rest] if line.endswith("\n")}
    with closing(sqlite3.connect(path)) as connection:
        kept = {uid for (uid,) in connection.execute("SELECT uid FROM messages")}
        return Aftermath(len(acknowledged), len(acknowledged - kept), _sound(connection, path))


def _sound(connection: sqlite3.Connection, path: Path) -> bool:
    checks = connection.execute("PRAGMA integrity_check").fetchall()
    wrong = connection.execute(
        "SELECT count(*) FROM conversations WHERE total_messages <>"
        " (SELECT count(*) FROM messages WHERE conversation_id = conversations.id)"
    ).fetchone()
    named = connection.execute("SELECT audio_path FROM messages WHERE audio_path IS NOT NULL").fetchall()
    return (
        checks == [("ok",)]
        and wrong == (0,)
        and all((path.parent / "audio" / file).is_file() for (file,) in named)
    )
