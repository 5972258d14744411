"""One export on its way: blocks of bytes, and what can be said of it when the last one is out. Blocking."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from storage.errors import NotFound
from storage.exports.columns import Dialogue
from storage.exports.dialogues import read
from storage.exports.formats import Format
from storage.exports.selection import Options, Selection, conditions
from storage.exports.sounds import Sounds

BLOCK = 64 << 10
"""Bytes in a block, about: a block is one hop to the reading thread."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an export held."""

    conversations: int
    messages: int
    bytes: int
    sha256: str
    last_id: int | None
    """The last conversation's id: `after_id` of an export that goes on from here."""


class Export:
    """Reads, renders and counts. Use it on one thread: the connection's."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        format: Format,
        selection: Selection,
        options: Options,
        sounds: Sounds,
    ) -> None:
        self._fits = format.fits
        dialogues = read(
            connection,
            selection,
            fits=format.fits,
            talk_only=format.talk_only,
            embeddings=options.embeddings,
        )
        self._blocks = format.render(self._counted(dialogues), options, sounds)
        self._conversations = self._messages = self._bytes = 0
        self._digest = sha256()
        self._ids = array("q")
        self._revisions = array("q")

    def block(self) -> bytes:
        """Return the next block, empty after the last one."""
        parts: list[bytes] = []
        size = 0
        for part in self._blocks:
            parts.append(part)
            size += len(part)
            if size >= BLOCK:
                break
        block = b"".join(parts)
        self._digest.update(block)
        self._bytes += len(block)
        return block

    def receipt(self) -> Receipt:
        """Return what was given out so far."""
        last = self._ids[-1] if self._ids else None
        return Receipt(self._conversations, self._messages, self._bytes, self._digest.hexdigest(), last)

    def seen(self) -> list[tuple[int, int]]:
        """Return the id of each conversation with the revision that was given out."""
        return list(zip(self._ids, self._revisions, strict=True))

    def _counted(self, dialogues: Iterable[Dialogue]) -> Iterator[Dialogue]:
        for dialogue in dialogues:
            if self._fits(dialogue):  # one asked for by its id comes even when it doesn't
                self._conversations += 1
                self._messages += len(dialogue.turns)
                self._ids.append(dialogue.head.id)
                self._revisions.append(dialogue.head.revision)
            yield dialogue


def check_single(connection: sqlite3.Connection, selection: Selection) -> None:
    """Refuse one conversation by its id before the first byte. Raises: NotFound, where its user said no as well."""
    if selection.conversation_id is not None and not count_selected(connection, selection):
        raise NotFound("conversation to export", selection.conversation_id)


def count_selected(connection: sqlite3.Connection, selection: Selection) -> int:
    """Count the conversations that are asked for; those without a fitting message are among them."""
    where, values = conditions(selection, (1 << 63) - 1)
    (count,) = connection.execute(f"SELECT count(*) FROM conversations WHERE {where}", values).fetchone()
    return int(count) if selection.limit is None else min(count, selection.limit)
