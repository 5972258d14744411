"""`csv`: RFC 4180, UTF-8, CRLF, one row a message; JSON columns as compact text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from storage.exports.columns import Dialogue
from storage.exports.selection import Options
from storage.exports.sounds import Sounds
from storage.exports.table import COLUMNS, rows

MEDIA_TYPE = "text/csv; charset=utf-8"
SUFFIX = ".csv"

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that make a spreadsheet run a cell: https://owasp.org/www-community/attacks/CSV_Injection"""


def render(dialogues: Iterable[Dialogue], options: Options, sounds: Sounds) -> Iterator[bytes]:
    """Yield the head line, then the rows of each conversation."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    yield (b"\xef\xbb\xbf" if options.bom else b"") + _taken(file)
    for dialogue in dialogues:
        found = rows(dialogue.head, dialogue.turns)
        writer.writerows([list(map(_safe, values)) for values in found] if options.csv_safe else found)
        yield _taken(file)


def _taken(file: io.StringIO) -> bytes:
    text = file.getvalue()
    file.seek(0)
    file.truncate()
    return text.encode()


def _safe(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
