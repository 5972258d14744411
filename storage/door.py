"""The door: every value is checked here before it may queue for the writer.

The schema's checks stand behind it as a net, but an error there names a constraint; an error here names the field,
the value and what is allowed, and costs no transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from storage import jsontext, stamps
from storage.errors import Invalid
from storage.scoring import LONGEST

NAME = 256  # characters; ids, labels and names are short, and longer ones are somebody's mistake


def text(field: str, value: object, limit: int | None = None) -> str:
    """Return `value` if it is text that UTF-8 can hold, of at most `limit` characters. Raises: Invalid."""
    if not isinstance(value, str):
        raise Invalid(field, value, "text")
    if limit is not None and not 0 < len(value) <= limit:
        raise Invalid(field, value, f"1 to {limit} characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Invalid(field, value, "text without lone surrogates") from None
    return value


def name(field: str, value: object) -> str | None:
    """Return `value` if it is None or a short text. Raises: Invalid."""
    return None if value is None else text(field, value, NAME)


def choice(field: str, value: object, choices: Collection[str]) -> str:
    """Return `value` if it is one of `choices`. Raises: Invalid."""
    if not isinstance(value, str) or value not in choices:
        raise Invalid(field, value, ", ".join(choices))
    return value


def number(field: str, value: object, low: float, high: float) -> float | None:
    """Return `value` if it is None or a number from `low` to `high`. Raises: Invalid."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise Invalid(field, value, f"a number from {low:g} to {high:g}")
    return float(value)


def required(field: str, value: object, low: float, high: float) -> float:
    """Return `value` if it is a number from `low` to `high`. Raises: Invalid."""
    found = number(field, value, low, high)
    if found is None:
        raise Invalid(field, value, f"a number from {low:g} to {high:g}")
    return found


def seconds(field: str, value: object) -> float | None:
    """Return `value` if it is None or a duration that can be summed. Raises: Invalid."""
    return number(field, value, 0.0, LONGEST)


def share(field: str, value: object) -> float | None:
    """Return `value` if it is None or a number from 0 to 1. Raises: Invalid."""
    return number(field, value, 0.0, 1.0)


def whole(field: str, value: object, low: int = 0) -> int | None:
    """Return `value` if it is None or a whole number from `low` that fits a column. Raises: Invalid."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value < 1 << 63:
        raise Invalid(field, value, f"a whole number from {low}")
    return value


def json(field: str, value: object, kind: type | None = None) -> str | None:
    """Return JSON text checked and compact; `kind` is what it must say (dict, list). Raises: Invalid."""
    if value is None:
        return None
    if not isinstance(value, (str, bytes)):
        raise Invalid(field, value, "JSON text")
    try:
        said = jsontext.decode(value)
        if kind is None or isinstance(said, kind):
            return jsontext.encode(said).decode()
    except ValueError:
        raise Invalid(field, value, "JSON text") from None
    raise Invalid(field, value, "a JSON object" if kind is dict else "a JSON array")


def moment(field: str, value: object) -> str:
    """Return a time as rows hold it, this moment for None. Raises: Invalid."""
    if value is None:
        return stamps.now()
    try:
        return stamps.normal(text(field, value, NAME))
    except (ValueError, OverflowError):
        raise Invalid(field, value, "a time in ISO 8601") from None


def vector(field: str, value: object) -> bytes | None:
    """Return an embedding as float32 bytes. Raises: Invalid."""
    if value is None:
        return None
    try:
        numbers: Any = jsontext.decode(value) if isinstance(value, (str, bytes)) else value
        found = jsontext.floats(numbers)
    except (ValueError, TypeError):
        raise Invalid(field, value, "a JSON array of finite numbers") from None
    if not found:
        raise Invalid(field, value, "at least one number")
    return found
