"""`python -m server export`: training data into a file, beside a running server or without one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from server.config import StorageSettings
from storage.errors import StorageError
from storage.exports.formats import FORMATS
from storage.exports.selection import Options, Selection
from storage.exports.tofile import export_to_file

OPERATOR = 2
"""Exit code: the operator's mistake."""


def main(argv: Sequence[str], *, settings: StorageSettings) -> int:
    """Run the command; returns the exit code: 0, or 2 with a line that says why."""
    try:
        given = _parser().parse_args(argv)
    except SystemExit as left:  # argparse has printed why
        return int(left.code or 0)
    audio_dir = Path(settings.audio_dir) if settings.audio_dir else None
    try:
        with tqdm(unit=" conversations", disable=None, leave=False) as bar:
            receipt = export_to_file(
                Path(settings.path),
                given.out,
                format=given.format,
                selection=_selection(given),
                options=Options(single=given.conversation is not None, audio=given.audio),
                audio_dir=audio_dir,
                mark=given.mark or given.since_last,
                progress=lambda done, total: _show(bar, done, total),
            )
    except (StorageError, OSError) as error:
        print(f"earshot: {error}", file=sys.stderr)
        return OPERATOR
    print(
        f"{given.out}: {receipt.conversations} conversations, {receipt.messages} messages, {receipt.bytes} bytes"
    )
    print(f"sha256 {receipt.sha256}")
    return 0


def _show(bar: tqdm, done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)


def _selection(given: argparse.Namespace) -> Selection:
    return Selection(
        conversation_id=given.conversation,
        limit=given.limit,
        after_id=given.after_id,
        include_active=given.include_active,
        since=given.since,
        until=given.until,
        user_id=given.user,
        platform=given.platform,
        model_used=given.model,
        exported=False if given.since_last else None,
        min_conversation_quality=given.min_conversation_quality,
        min_quality=given.min_quality,
        emotion=given.emotion,
        role=given.role,
        has_voice=given.has_voice or None,
        verified=given.verified or None,
        flagged=given.flagged,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m server export", description="Training data into a file.")
    add = parser.add_argument
    add("--format", choices=FORMATS, default="jsonl")
    add("--out", type=Path, required=True, help="the file; it appears when it is whole")
    add("--since-last", action="store_true", help="only what hasn't been exported, and mark it as exported")
    add("--mark", action="store_true", help="mark what was written as exported")
    add("--conversation", type=int, metavar="ID", help="one conversation, also while it is active")
    add("--limit", type=int, help="conversations at most")
    add("--after-id", type=int, default=0, metavar="ID", help="conversations after this one")
    add("--include-active", action="store_true", help="also conversations that go on")
    add("--since", metavar="TIME", help="begun at this time or later, ISO 8601")
    add("--until", metavar="TIME", help="begun before this time")
    add("--user", metavar="ID")
    add("--platform")
    add("--model")
    add("--min-conversation-quality", type=float, metavar="0..1")
    add("--min-quality", type=float, metavar="0..1", help="of a message")
    add("--emotion")
    add("--role", choices=("user", "assistant", "system"))
    add("--has-voice", action="store_true", help="only messages with a detected pitch")
    add("--verified", action="store_true", help="only memories that a person has checked")
    add("--flagged", action="store_true", help="leave out unflagged answers even as context")
    add("--audio", action="store_true", help="parquet: with the sound of each message")
    return parser
