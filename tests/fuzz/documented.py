"""What docs/protocol.md promises, read from its tables: what isn't there may not be sent."""

from __future__ import annotations

import re
from pathlib import Path

_DOCUMENT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text("utf-8")


def _section(title: str) -> str:
    return _DOCUMENT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def _rows(section: str) -> dict[str, set[str]]:
    """Words in backticks of each row, by those of its first column."""
    rows = {}
    for line in section.splitlines():
        if line.startswith("| `"):
            _, first, rest, *_ = re.split(r"(?<!\\)\|", line)
            for name in re.findall(r"`([^`]+)`", first):
                rows[name] = set(re.findall(r"[\w.]+", rest))
    return rows


NATIVE = _rows(_section("From the server"))
"""Words that describe each message of the native protocol; its fields are among them."""

ERRORS = set(_rows(_section("Errors")))
"""Codes of the native protocol's errors."""

CLOSES = {int(code) for code in re.findall(r"^\| (\d{4}) \|", _section("Closing"), flags=re.MULTILINE)}
"""Codes that a connection is closed with."""
