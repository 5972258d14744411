"""JSON text in and out, by way of orjson, which nothing else imports.

Rows hold JSON that is checked and compact, so that an export can pass it through unparsed (`Fragment`): 166 MB
per CPU-second against 120 when parsed and written anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import orjson
from orjson import Fragment

__all__ = [
    "Fragment",
    "Json",
    "compact",
    "decode",
    "encode",
    "encode_floats",
    "floats",
    "line",
    "passed",
    "plain",
]

Json = str | bytes
"""JSON text."""


def encode(value: object) -> bytes:
    """Return `value` as compact UTF-8 JSON, dictionaries in their own order. NaN becomes null."""
    return orjson.dumps(value, default=plain)


def plain(value: object) -> str:
    """Return as text what should have been text: an old file may hold bytes or numbers in its place."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


_LINE_ENDS = {character.encode(): f"\\u{ord(character):04x}".encode() for character in "\u2028\u2029\u0085"}


def line(value: object) -> bytes:
    """Return `value` as one line of JSON Lines, its line feed included.

    U+2028, U+2029 and U+0085 are legal in JSON, but some readers break lines at them: they are escaped.
    """
    text = orjson.dumps(value, default=plain, option=orjson.OPT_APPEND_NEWLINE)
    if text.isascii():
        return text
    for end, escape in _LINE_ENDS.items():
        text = text.replace(end, escape)
    return text


def decode(text: str | bytes) -> Any:
    """Return what JSON `text` says. Raises: ValueError (also for NaN, lone surrogates, and bytes not UTF-8)."""
    return orjson.loads(text)


def compact(text: str | bytes) -> str:
    """Return checked JSON `text` without white space or line breaks, repeated keys reduced to the last.

    Raises: ValueError.
    """
    return orjson.dumps(orjson.loads(text)).decode()


def encode_floats(vector: bytes) -> bytes:
    """Return float32 little-endian bytes as a JSON array, with as few digits as tell the values apart."""
    return orjson.dumps(np.frombuffer(vector, "<f4"), option=orjson.OPT_SERIALIZE_NUMPY)


def floats(values: Iterable[float]) -> bytes:
    """Return numbers as float32 little-endian bytes. Raises: ValueError or TypeError for what is no finite number."""
    vector = np.array(list(values), "<f4")
    if vector.ndim != 1 or not np.isfinite(vector).all():
        raise ValueError("not a flat list of finite numbers")
    return vector.tobytes()


def passed(text: str | None, *, trusted: bool) -> Fragment | str | None:
    """Return a JSON column for an object about to be encoded.

    Trusted text passes through as it is. Other text is parsed first, and what is no JSON goes out as a string.
    """
    if text is None:
        return None
    if trusted:
        return Fragment(text)
    try:
        return Fragment(compact(text))
    except ValueError:
        return text
