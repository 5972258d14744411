"""`python -m server models`: which Vosk models are here, which one is used, and fetching one."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from pathlib import Path

from audio.recognizers.base import RecognizerError
from audio.recognizers.choose import find
from audio.recognizers.download import ModelSite, fetch
from audio.recognizers.installed import PUBLISHED, installed, standard_folders


def main(
    argv: Sequence[str],
    *,
    models: Path,
    engine: str = "auto",
    model: str = "",
    language: str = "",
    site: ModelSite | None = None,
) -> int:
    """Run `models [list]` or `models fetch [NAME]` and return the exit code: 0, or 2 with a line that says why.

    `models` is our own folder of models; `engine`, `model` and `language` are the `[recognizer]` settings.
    """
    parser = ArgumentParser(prog="python -m server models", description="Vosk models for the recognizer.")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    verbs.add_parser("list", help="list installed models and say which one is used (the default)")
    fetching = verbs.add_parser("fetch", help="download a model")
    fetching.add_argument("name", nargs="?", metavar="NAME", help="without it, list well-known models")
    try:
        given = parser.parse_args(argv)
    except SystemExit as left:  # argparse has printed why
        return int(left.code or 0)
    try:
        if given.verb != "fetch":
            lines = _listing(standard_folders(models), engine, model, language)
        elif given.name:
            lines = [f"installed {fetch(given.name, models, site=site)}"]
        else:
            lines = _offers()
    except RecognizerError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(lines))
    return 0


def _listing(folders: Sequence[Path], engine: str, model: str, language: str) -> list[str]:
    """Tell what is installed and which model the settings choose."""
    here = installed(folders)
    used = find(model, language, folders) if engine in ("auto", "vosk") else None
    rows = [
        (found.folder.name, found.language, _size(found.folder), str(found.folder.parent)) for found in here
    ]
    lines = _table(("model", "language", "size", "folder"), rows) if rows else _nothing(folders)
    if used:
        return [*lines, "", f"used: {used}"]
    if engine in ("auto", "vosk"):
        return [
            *lines,
            "",
            "used: none; install one with: python -m server models fetch " + PUBLISHED[0].name,
        ]
    return [*lines, "", f"used: none, recognizer.engine is {engine}"]


def _nothing(folders: Sequence[Path]) -> list[str]:
    return ["no Vosk model in", *(f"  {folder}" for folder in folders)]


def _offers() -> list[str]:
    rows = [(offer.name, offer.language, f"{offer.megabytes} MB") for offer in PUBLISHED]
    return [
        *_table(("model", "language", "download"), rows),
        "",
        "any other name works as well: https://alphacephei.com/vosk/models",
    ]


def _size(folder: Path) -> str:
    total = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return f"{total / 1e6:.1f} MB"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lay cells out in columns."""
    lines = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
