"""Recompute what is worked out from messages, and say what differed: `python -m storage.repair`.

Statistics and order numbers are recounted, and rows that name a recording that is gone stop naming it. `--scores`
also gives a quality score to messages that have none, which is how conversations of an old file get theirs.
Each conversation is one short transaction, so the server may go on meanwhile.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from storage import corrections
from storage.messages import COLUMNS, message_of
from storage.offline import DEFAULT_PATH, connected, exit_code
from storage.rows import Message
from storage.scoring import VERSION, Statistics, Tally
from storage.stamps import uuid7
from storage.statistics import write_tally


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="storage.repair", description="Recount statistics, report what differed."
    )
    parser.add_argument("--db", type=Path, default=DEFAULT_PATH, help="the file (default: %(default)s)")
    parser.add_argument(
        "--audio-dir", type=Path, help="where recordings are (default: audio beside the file)"
    )
    parser.add_argument("--scores", action="store_true", help="score messages that have no score")
    parser.add_argument("--dry-run", action="store_true", help="say what differs and change nothing")
    options = parser.parse_args(arguments)
    return exit_code(options.db, partial(_run, options))


def _run(options: argparse.Namespace) -> None:
    audio_dir = options.audio_dir or options.db.parent / "audio"
    with connected(options.db) as connection:
        count = 0
        for difference in repair(connection, audio_dir, scores=options.scores, dry_run=options.dry_run):
            print(difference)
            count += 1
    print(f"{count} differences{', none mended' if options.dry_run and count else ''}")


def repair(
    connection: sqlite3.Connection, audio_dir: Path, *, scores: bool = False, dry_run: bool = False
) -> Iterator[str]:
    """Mend conversation by conversation; yield each difference in words."""
    rows = connection.execute("SELECT id FROM conversations ORDER BY id").fetchall()
    for (conversation_id,) in rows:
        connection.execute("BEGIN IMMEDIATE")
        try:
            differences = list(_mend(connection, conversation_id, audio_dir, scores=scores))
        finally:
            connection.execute("ROLLBACK" if dry_run or sys.exc_info()[0] else "COMMIT")
        yield from differences


def _mend(
    connection: sqlite3.Connection, conversation_id: int, audio_dir: Path, *, scores: bool
) -> Iterator[str]:
    messages = _messages(connection, conversation_id)
    changed = [
        *_number(connection, messages),
        *(_score(connection, messages) if scores else ()),
        *_find_recordings(connection, messages, audio_dir),
    ]
    yield from changed
    yield from _recount(
        connection, conversation_id, _messages(connection, conversation_id) if changed else messages
    )


def _messages(connection: sqlite3.Connection, conversation_id: int) -> list[Message]:
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM messages WHERE conversation_id = ? ORDER BY seq, id", (conversation_id,)
    )
    return [message_of(row) for row in rows]


def _number(connection: sqlite3.Connection, messages: Sequence[Message]) -> Iterator[str]:
    """Give messages that another program inserted their order number and public id."""
    last = max((message.seq or 0 for message in messages), default=0)
    for seq, message in enumerate((message for message in messages if message.seq is None), last + 1):
        connection.execute(
            "UPDATE messages SET seq = ?, uid = coalesce(uid, ?) WHERE id = ?", (seq, uuid7(), message.id)
        )
        yield f"message {message.id}: seq None is now {seq}"


def _score(connection: sqlite3.Connection, messages: Sequence[Message]) -> Iterator[str]:
    for message in messages:
        if message.quality_score is None:
            score = corrections.score(message)
            connection.execute(
                "UPDATE messages SET quality_score = ?, quality_version = ? WHERE id = ?",
                (score, VERSION, message.id),
            )
            yield f"message {message.id}: quality_score None is now {score}"


def _recount(
    connection: sqlite3.Connection, conversation_id: int, messages: Sequence[Message]
) -> Iterator[str]:
    counted = Tally()
    for message in messages:
        counted = counted.plus(corrections.tally_of(message))
    last_seq = max((message.seq or 0 for message in messages), default=0)
    names = (*Tally._fields, *Statistics._fields[1:], "last_seq")
    row = connection.execute(
        f"SELECT {', '.join(names)} FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    if row is None:  # erased since the list was made
        return
    # A message taken away leaves its number unused, so the last number may be higher than any that is there.
    last_seq = max(row[-1] or 0, last_seq)
    right = dict(zip(names, (*counted, *counted.statistics()[1:], last_seq), strict=True))
    there = dict(zip(names, row, strict=True))
    if there != right:
        write_tally(connection, conversation_id, counted, last_seq=last_seq)
        for name in names:
            if there[name] != right[name]:
                yield f"conversation {conversation_id}: {name} {there[name]} is now {right[name]}"


def _find_recordings(
    connection: sqlite3.Connection, messages: Sequence[Message], audio_dir: Path
) -> Iterator[str]:
    for message in messages:
        if message.audio_path is not None and not (audio_dir / message.audio_path).is_file():
            connection.execute(
                "UPDATE messages SET audio_path = NULL, audio_sha256 = NULL, audio_ms = NULL WHERE id = ?",
                (message.id,),
            )
            yield f"message {message.id}: recording {message.audio_path} is missing, no longer named"


if __name__ == "__main__":
    sys.exit(main())
