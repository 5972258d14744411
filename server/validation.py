"""Untrusted JSON to typed values, with errors that name the field, the value and what is allowed.

The one place where msgspec's errors are turned into ours: wires, HTTP bodies and config.toml all come through
here.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_PATH = re.compile(r"(?P<what>.*) - at `\$(?P<path>.*)`", re.DOTALL)
"""The last "at" is msgspec's own; an earlier one is a client's text."""

_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")
_LONGEST_SHOWN = 80
"""Characters of a wrong value that an error repeats."""

DEEPEST = 100
"""Levels of nesting. What keeps and exports JSON has limits of its own, the lowest at 254."""

_LEAST, _MOST = -(2**63), 2**64 - 1
"""Whole numbers that everything behind the door can carry."""

_LONG_NUMBER = re.compile("[0-9]{19}")


class Invalid(Exception):
    """The value isn't what it should be; the text says what was wrong and what is allowed."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def parse(text: str | bytes) -> Any:
    """Read JSON of any shape. Raises: Invalid."""
    try:
        said = text if isinstance(text, str) else text.decode()
        value = msgspec.json.decode(said)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"not valid JSON: {error}") from None
    except RecursionError:
        raise Invalid(_TOO_DEEP) from None
    if said.count("[") + said.count("{") > DEEPEST or _LONG_NUMBER.search(said):
        _check(value)
    return value


_TOO_DEEP = f"not valid JSON: nested too deeply, at most {DEEPEST} levels"


def _check(value: Any) -> None:
    """Refuse, level by level, what JSON allows and nobody behind the door could carry."""
    level: list[Any] = [[value]]
    for _ in range(DEEPEST + 1):
        members = [member for outer in level for member in _members(outer)]
        if any(type(member) is int and not _LEAST <= member <= _MOST for member in members):
            raise Invalid("not valid JSON: a whole number of more than 64 bits; write it as text")
        level = [member for member in members if isinstance(member, dict | list)]
        if not level:
            return
    raise Invalid(_TOO_DEEP)


def _members(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def convert(value: Any, kind: type[T] | Any, *, text_numbers: bool = False) -> T:
    """Check a parsed value against a msgspec struct or a union of them. Raises: Invalid.

    With `text_numbers` numbers and booleans may be written as text, as environment variables are.
    """
    try:
        return msgspec.convert(value, kind, strict=not text_numbers)
    except msgspec.ValidationError as error:
        raise _translate(error, value, kind) from None
    except RecursionError:
        raise Invalid("nested too deeply") from None


def at_once(text: str, kind: Any) -> Any | None:
    """Read JSON straight into a struct or union without untyped parts: for messages that come by the hundred.

    None where it isn't one; `parse` and `convert` say why.
    """
    try:
        return _decoder(kind).decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


@cache
def _decoder(kind: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def _translate(error: msgspec.ValidationError, value: Any, kind: Any) -> Invalid:
    text = str(error)
    found = _PATH.fullmatch(text)
    steps = [name or int(index) for name, index in _STEP.findall(found["path"])] if found else []
    what = found["what"] if found else text
    field = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps).lstrip(".")
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", what, re.DOTALL):
        field = f"{field}.{unknown[1]}".lstrip(".")[:_LONGEST_SHOWN]
        return Invalid(
            f"unknown field {field!r}; choose from {', '.join(_fields(kind, steps, value))}", field
        )
    if missing := re.fullmatch(r"Object missing required field `(.*)`", what):
        field = f"{field}.{missing[1]}".lstrip(".")
        return Invalid(f"{field} is missing", field)
    choices, spelling = _choices(kind, steps, value), _spelling(kind, steps, value)
    for step in steps:
        value = value[step]
    what = what[0].lower() + what[1:]
    if choices:
        what = f"choose from {', '.join(choices)}"
    elif spelling and "regex" in what:
        what = f"expected {spelling}"
    return Invalid(f"{field} = {_shown(value)}: {what}" if field else what, field or None)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _options(node: msgspec.inspect.Type, value: Any) -> Sequence[msgspec.inspect.Type]:
    """List the members of a union, or of a tagged one the member that `value` says it is."""
    options = node.types if isinstance(node, msgspec.inspect.UnionType) else (node,)
    return [option for option in options if _tagged(option, value)] or options


def _tagged(option: msgspec.inspect.Type, value: Any) -> bool:
    if not isinstance(option, msgspec.inspect.StructType) or option.tag_field is None:
        return False
    return isinstance(value, dict) and value.get(option.tag_field) == option.tag


def _member(value: Any, step: str | int) -> Any:
    """Follow one step into a value; a field's name may look like a path that leads nowhere."""
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return None


def _tags(kind: Any, steps: list[str | int], value: Any) -> list[str]:
    """Name the members of a tagged union where the path ends in its tag."""
    return [
        str(option.tag)
        for option in _inside(kind, steps[:-1], value)
        if isinstance(option, msgspec.inspect.StructType) and option.tag_field == steps[-1]
    ]


def _inside(kind: Any, steps: list[str | int], value: Any) -> Sequence[msgspec.inspect.Type]:
    """Follow a path through a type, looking through unions such as `X | None`; list what it may be at the end."""
    node = msgspec.inspect.type_info(kind)
    for step in steps:
        following = [found for option in _options(node, value) if (found := _step(option, step))]
        node = following[0] if following else node
        value = _member(value, step)
    return _options(node, value)


def _step(node: msgspec.inspect.Type, step: str | int) -> msgspec.inspect.Type | None:
    if isinstance(node, msgspec.inspect.StructType):
        return next((field.type for field in node.fields if field.encode_name == step), None)
    item: msgspec.inspect.Type | None = getattr(node, "item_type", None)
    return item


def _fields(kind: Any, steps: list[str | int], value: Any) -> list[str]:
    return [
        field.encode_name
        for option in _inside(kind, steps, value)
        if isinstance(option, msgspec.inspect.StructType)
        for field in option.fields
    ]


def _choices(kind: Any, steps: list[str | int], value: Any) -> list[str]:
    found: list[str] = []
    if steps and (tags := _tags(kind, steps, value)):
        return tags
    for option in _inside(kind, steps, value):
        if isinstance(option, msgspec.inspect.LiteralType):
            found += [str(value) for value in option.values]
        elif isinstance(option, msgspec.inspect.EnumType):
            found += [str(member.value) for member in option.cls]
    return found


def _spelling(kind: Any, steps: list[str | int], value: Any) -> str | None:
    """Tell in words what a pattern allows: a regular expression explains nothing to whoever wrote something else."""
    described = (
        option.extra_json_schema or {}
        for option in _inside(kind, steps, value)
        if isinstance(option, msgspec.inspect.Metadata)
    )
    return next((schema["description"] for schema in described if "description" in schema), None)
