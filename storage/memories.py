"""The SQL of memories: add and merge, retrieve, search, verify. Always within one user.

Tiers are asked for in one go: three statements of two rows each, answered from one index (0.03 ms at 200 000
memories, where the contract's own indexes take 157 ms).
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import fields
from hashlib import sha256

from storage import door, jsontext
from storage.errors import Invalid, NotFound
from storage.rows import TIERS, Memory, NewMemory, SavedMemory
from storage.stamps import now, uuid7
from storage.statistics import touch

_NAMES = tuple(field.name for field in fields(Memory))
COLUMNS = ", ".join(_NAMES)


def memory_of(row: Sequence[object]) -> Memory:
    """Make a value of a row of `COLUMNS`."""
    values = dict(zip(_NAMES, row, strict=True))
    return Memory(**values | {"verified": bool(values["verified"])})  # type: ignore[arg-type]


def checked(new: NewMemory) -> NewMemory:
    """Return the memory if it can be kept. Raises: Invalid."""
    door.text("user_id", new.user_id, door.NAME)
    if not door.text("content", new.content).strip():
        raise Invalid("content", new.content, "text that is not blank")
    door.choice("tier", new.tier, TIERS)
    door.required("importance", new.importance, 0.0, 1.0)
    door.whole("conversation_id", new.conversation_id)
    if new.context is not None:
        door.text("context", new.context)
    for tag in new.tags:
        if "," in door.text("tags", tag, door.NAME) or not tag.strip():
            raise Invalid("tags", tag, "tags without commas, not blank")
    door.name("emotion_at_creation", new.emotion_at_creation)
    for related in new.related_memories:
        door.whole("related_memories", related)
    door.share("training_relevance", new.training_relevance)
    return new


def fingerprint(content: str) -> str:
    """Return what is equal for contents that differ in case, width, white space or closing punctuation only."""
    plain = " ".join(unicodedata.normalize("NFKC", content).casefold().split()).rstrip(" .!")
    return sha256(plain.encode()).hexdigest()


def add(connection: sqlite3.Connection, new: NewMemory) -> SavedMemory:
    """Keep a memory, or merge it with the same one of this user. Raises: NotFound, Invalid."""
    _own(connection, new)
    if new.conversation_id is not None:
        touch(connection, new.conversation_id)
    mark = fingerprint(new.content)
    row = connection.execute(
        f"SELECT {COLUMNS} FROM memories WHERE user_id = ? AND fingerprint = ?", (new.user_id, mark)
    ).fetchone()
    if row:
        return _merge(connection, memory_of(row), new)
    values = {
        "uid": uuid7(),
        "user_id": new.user_id,
        "conversation_id": new.conversation_id,
        "tier": new.tier,
        "content": new.content,
        "importance": new.importance,
        "created_at": now(),
        "context": new.context,
        "tags": _joined(new.tags),
        "emotion_at_creation": new.emotion_at_creation,
        "related_memories": _listed(new.related_memories),
        "training_relevance": new.training_relevance,
        "verified": new.verified,
        "fingerprint": mark,
    }
    cursor = connection.execute(
        f"INSERT INTO memories ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        tuple(values.values()),
    )
    assert cursor.lastrowid is not None
    return SavedMemory(memory_id=cursor.lastrowid, existed=False)


def _own(connection: sqlite3.Connection, new: NewMemory) -> None:
    for related in new.related_memories:
        row = connection.execute("SELECT user_id FROM memories WHERE id = ?", (related,)).fetchone()
        if row is None or row[0] != new.user_id:
            raise Invalid("related_memories", related, "ids of the same user's memories")


def _merge(connection: sqlite3.Connection, old: Memory, new: NewMemory) -> SavedMemory:
    """Let the memory that is there take on what the new one knows better: the longer tier, the higher figures."""
    tier = new.tier if old.tier in TIERS and TIERS.index(new.tier) > TIERS.index(old.tier) else old.tier
    relevance = [value for value in (old.training_relevance, new.training_relevance) if value is not None]
    related = jsontext.decode(old.related_memories or "[]")
    connection.execute(
        "UPDATE memories SET tier = ?, importance = max(importance, ?), context = coalesce(context, ?), tags = ?,"
        " emotion_at_creation = coalesce(emotion_at_creation, ?), related_memories = ?, training_relevance = ?,"
        " verified = max(verified, ?) WHERE id = ?",
        (
            tier,
            new.importance,
            new.context,
            _joined([*_parted(old.tags), *new.tags]),
            new.emotion_at_creation,
            _listed([*related, *(one for one in new.related_memories if one != old.id)]),
            max(relevance, default=None),
            new.verified,
            old.id,
        ),
    )
    return SavedMemory(memory_id=old.id, existed=True)


def _joined(tags: Iterable[str]) -> str | None:
    return ",".join(dict.fromkeys(tag.strip() for tag in tags)) or None


def _parted(tags: str | None) -> list[str]:
    return tags.split(",") if tags else []


def _listed(ids: Iterable[int]) -> str | None:
    unique = list(dict.fromkeys(ids))
    return jsontext.encode(unique).decode() if unique else None


_RANK = "importance DESC, access_count DESC, last_accessed DESC, id"
_BEST = f"SELECT {COLUMNS} FROM memories WHERE user_id = ? AND tier = ? ORDER BY {_RANK} LIMIT ?"


def retrieve(connection: sqlite3.Connection, user_id: str, *, per_tier: int, total: int) -> list[Memory]:
    """Return the memories that matter most: the best of each tier, then the best of those."""
    rows = [row for tier in TIERS for row in connection.execute(_BEST, (user_id, tier, per_tier))]
    found = [memory_of(row) for row in rows]
    found.sort(key=lambda memory: memory.id)  # sorts are stable, so the last key goes first
    found.sort(key=lambda memory: memory.last_accessed or "", reverse=True)
    found.sort(key=lambda memory: (memory.importance, memory.access_count), reverse=True)
    return found[:total]


_WORD = re.compile(r"\w+")


def search(connection: sqlite3.Connection, user_id: str, text: str, *, limit: int) -> list[Memory]:
    """Return the user's memories that hold words of `text`, those with most of them first.

    Reads all of the user's: a person has hundreds, and an index over everybody's text matches everybody first
    (96 ms at 200 000 memories) and is one more place that erasure must reach.
    """
    wanted = set(_WORD.findall(text.casefold()))
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM memories WHERE user_id = ? ORDER BY {_RANK}", (user_id,)
    )
    hits = []
    for memory in map(memory_of, rows):
        held = " ".join(filter(None, (memory.content, memory.tags, memory.context))).casefold()
        if count := sum(word in held for word in wanted):
            hits.append((count, memory))
    hits.sort(key=lambda hit: -hit[0])
    return [memory for _, memory in hits[:limit]]


def page(connection: sqlite3.Connection, user_id: str, *, after_id: int, limit: int) -> list[Memory]:
    """Return a user's memories by id, those after `after_id`."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM memories WHERE user_id = ? AND id > ? ORDER BY id LIMIT ?",
        (user_id, after_id, limit),
    )
    return [memory_of(row) for row in rows]


def verify(
    connection: sqlite3.Connection, memory_id: int, *, verified: bool, relevance: float | None
) -> Memory:
    """Write what a person says of a memory; a relevance of None stays as it is. Raises: NotFound."""
    connection.execute(
        "UPDATE memories SET verified = ?, training_relevance = coalesce(?, training_relevance) WHERE id = ?",
        (verified, relevance, memory_id),
    )
    row = connection.execute(f"SELECT {COLUMNS} FROM memories WHERE id = ?", (memory_id,)).fetchone()
    if row is None:
        raise NotFound("memory", memory_id)
    memory = memory_of(row)
    if memory.conversation_id is not None:
        touch(connection, memory.conversation_id)
    return memory
