"""Finding conversations by what was said in them, about what, by whom and when.

Without an index of words: that would be a second copy of everything said, one more place that erasure must reach.
A search reads, newest first where asked, and stops often: a look goes through `LOOK` messages, whatever it finds,
and says where the next one begins. So other reads get their turn, and a common word's first page comes at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from storage.conversations import COLUMNS, Listing, conversation_of
from storage.errors import Invalid
from storage.rows import Conversation

LOOK = 10_000
"""Messages in a look, about: a twentieth of a second."""

MOST_WORDS = 8
"""Each is a comparison with every message."""

_LIKE = r"LIKE ? ESCAPE '\'"
_PLACES = (
    *(f"{column} {_LIKE}" for column in ("user_id", "platform", "topics_discussed", "started_at")),
    f"EXISTS (SELECT 1 FROM messages WHERE conversation_id = conversations.id AND content {_LIKE})",
)


@dataclass(frozen=True, slots=True)
class Hits:
    """What one look found."""

    conversations: list[Conversation]
    next_id: int | None
    """`after_id` of the next look; None when all were looked at. A look may find nothing and not be the last."""


def words_of(text: str) -> list[str]:
    """Return the words to look for. Raises: Invalid for none or more than `MOST_WORDS`."""
    words = text.split()
    if not 1 <= len(words) <= MOST_WORDS:
        raise Invalid("q", f"{len(words)} words", f"1 to {MOST_WORDS} words")
    return words


def search(
    connection: sqlite3.Connection, words: Sequence[str], listing: Listing, *, look: int = LOOK
) -> Hits:
    """Return conversations that hold every word somewhere, also inside of words; small and capitals are alike."""
    chosen = listing.conditions()
    edge = _edge(connection, listing, look)
    if edge is not None:
        chosen[f"id {'>=' if listing.newest_first else '<='} ?"] = edge
    spellings = [_spellings(word) for word in words]
    held = [" OR ".join(_PLACES * len(ways)) for ways in spellings]
    patterns = [way for ways in spellings for way in ways for _ in _PLACES]
    where = " AND ".join([*chosen, *(f"({one})" for one in held)])
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM conversations WHERE {where} ORDER BY id {listing.order} LIMIT ?",
        (*chosen.values(), *patterns, listing.limit),
    ).fetchall()
    found = [conversation_of(row) for row in rows]
    return Hits(found, found[-1].id if len(found) == listing.limit else edge)


def _edge(connection: sqlite3.Connection, listing: Listing, look: int) -> int | None:
    """Return the last id of a look, None when it reaches the end."""
    chosen = listing.conditions()
    sql = f"SELECT id, total_messages FROM conversations WHERE {' AND '.join(chosen)} ORDER BY id {listing.order}"
    size = 0
    with closing(connection.execute(sql, tuple(chosen.values()))) as rows:
        for conversation_id, messages in rows:
            size += (messages or 0) + 1
            if size >= look:
                return int(conversation_id)
    return None


def _spellings(word: str) -> list[str]:
    """Return the patterns for a word: SQLite knows small and capital letters of ASCII only."""
    ways = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    return [f"%{_plain(way)}%" for way in sorted(ways)]


def _plain(word: str) -> str:
    """Take the special meaning from LIKE's wildcards."""
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
