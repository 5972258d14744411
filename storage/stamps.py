"""Times and public ids as rows hold them. Both sort by when they were made."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from hashlib import sha256


def now() -> str:
    """Return this moment as ISO 8601 UTC text, `2026-01-31T12:00:00.000Z`; fixed width, so text order is time order."""
    return stamp(time.time())


def stamp(seconds: float) -> str:
    """Write seconds since 1970 as rows hold times."""
    return _written(datetime.fromtimestamp(seconds, UTC))


def normal(text: str) -> str:
    """Write an ISO 8601 time as rows hold it; a time without a zone is taken for UTC. Raises: ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _written(moment.astimezone(UTC))


def _written(moment: datetime) -> str:
    # isoformat, not strftime: the latter writes the year 999 with three digits on Linux.
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def uuid7() -> str:
    """Return a new UUID version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits.

    Unlike row ids these never collide when the files of two machines are merged.
    """
    return _uuid7(time.time_ns() // 1_000_000, secrets.randbits(74))


def uuid7_of(began: str, name: str, *, order: int) -> str:
    """Return the UUID version 7 of `name`, always the same: its bits are a hash's, its time `began` plus `order` ms.

    `began` is a time as rows hold it; in `order` the ids of one beginning sort. Raises: ValueError.
    """
    milliseconds = round(datetime.fromisoformat(began).timestamp() * 1000) + order
    return _uuid7(milliseconds, int.from_bytes(sha256(name.encode()).digest()) >> (256 - 74))


def _uuid7(milliseconds: int, random: int) -> str:
    high, low = random >> 62, random & (1 << 62) - 1
    digits = f"{milliseconds << 80 | 7 << 76 | high << 64 | 0b10 << 62 | low:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
