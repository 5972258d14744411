"""JSON to send: what the types at the door allow, what lies just beside it, and nonsense."""

from __future__ import annotations

import json
import string
from typing import Any

import msgspec.inspect as types
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.fixtures.speech_files import speech
from tests.quiet import quiet

NASTY = (
    "",
    "\0",
    "'; DROP TABLE messages; --",
    "=1+1",
    "../../etc/passwd",
    "x` - at `$.a",
    "é" * 200,
    "\u202e",
    "😀",
)

TEXT = st.sampled_from(NASTY) | st.text(max_size=20)
JSON: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
NONSENSE = st.one_of(
    TEXT,
    st.builds(json.dumps, JSON),
    st.sampled_from(
        [
            "[" * 60_000,
            '{"type":' * 200 + "1" + "}" * 200,
            "9" * 5000,
            '{"type": 1e400}',
            '{"type": NaN}',
            "\ufeff{}",
        ]
    ),
)
"""Text messages that mean nothing, as far as anybody knows."""

_SOUND = speech("digits-16k").samples.tobytes()[:96_000] + quiet(0.4)
SPEECH = tuple(_SOUND[start : start + 8000] for start in range(0, len(_SOUND), 8000))
"""Words and a pause that ends them, as a live client sends them."""

AUDIO = st.one_of(
    st.builds(
        lambda start, size: _SOUND[start : start + size], st.integers(0, 96_000), st.integers(0, 40_000)
    ),
    st.just(quiet(0.4)),
    st.binary(max_size=100),
    st.integers(0, 70_000).map(bytes),
)
"""Speech in pieces of any size, also odd ones, pauses, noise and digital silence."""


def like(kind: types.Type) -> SearchStrategy[Any]:
    """Mostly values that the type allows, at its bounds too; sometimes any others."""
    return st.integers(0, 9).flatmap(lambda dice: JSON if dice == 0 else right(kind))


def right(kind: types.Type) -> SearchStrategy[Any]:
    """Values that the type allows."""
    match kind:
        case types.StrType():
            return _text(kind)
        case types.IntType(ge=low, le=high):
            low, high = low or 0, high or 9
            return st.sampled_from([low, high]) | st.integers(low, min(high, low + 9))
        case types.FloatType(ge=low, le=high):
            return st.floats(low or 0, high or 9, allow_nan=False)
        case types.BoolType():
            return st.booleans()
        case types.LiteralType(values=values):
            return st.sampled_from(values)
        case types.EnumType(cls=members):
            return st.sampled_from([member.value for member in members])
        case types.UnionType(types=options):
            return st.one_of([right(option) for option in options])
        case types.VarTupleType(item_type=item):
            return st.lists(right(item), min_size=kind.min_length or 0, max_size=3)
        case types.StructType():
            return struct(kind)
        case types.DictType():
            return st.dictionaries(TEXT, JSON, max_size=3)
        case types.NoneType():
            return st.none()
        case _:
            return JSON


def _text(kind: types.StrType) -> SearchStrategy[str]:
    if kind.pattern:
        return st.from_regex(kind.pattern, fullmatch=True, alphabet=st.sampled_from(string.printable[:95]))
    return TEXT.filter(lambda text: len(text) >= (kind.min_length or 0))


def struct(kind: types.StructType, **fixed: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    """Messages of a type: required fields almost always, the others sometimes."""
    fields = {field.encode_name: fixed.get(field.encode_name, like(field.type)) for field in kind.fields}
    required = {field.encode_name for field in kind.fields if field.required}
    tagged = {kind.tag_field: st.just(kind.tag)} if kind.tag_field else {}
    return st.fixed_dictionaries(
        {**tagged, **{name: value for name, value in fields.items() if name in required}},
        optional={name: value for name, value in fields.items() if name not in required},
    )
