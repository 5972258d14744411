from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from server.validation import DEEPEST, Invalid, at_once, convert, parse


class Point(msgspec.Struct, forbid_unknown_fields=True):
    x: Annotated[int, Meta(ge=0, le=9)]
    kind: Literal["a", "b"] = "a"
    mark: Annotated[str, Meta(pattern="^[a-z]$", description="a small letter")] = "a"
    near: tuple[Annotated[str, Meta(max_length=3)], ...] = ()


@pytest.mark.parametrize(
    ("value", "field", "message"),
    [
        ({"x": -1}, "x", "x = -1: expected `int` >= 0"),
        ({"x": "1"}, "x", "x = '1': expected `int`, got `str`"),
        ({"x": 1, "kind": "c"}, "kind", "kind = 'c': choose from a, b"),
        ({"x": 1, "mark": "A"}, "mark", "mark = 'A': expected a small letter"),
        ({"x": 1, "near": ["abc", "abcd"]}, "near[1]", "near[1] = 'abcd': expected `str` of length <= 3"),
        ({"x": 1, "y": 2}, "y", "unknown field 'y'; choose from x, kind, mark, near"),
        ({}, "x", "x is missing"),
        ([], None, "expected `object`, got `array`"),
    ],
)
def test_an_error_names_the_field_the_value_and_what_is_allowed(value: Any, field: str | None, message: str):
    with pytest.raises(Invalid) as caught:
        convert(value, Point)
    assert (caught.value.field, str(caught.value)) == (field, message)


class Plain(msgspec.Struct, tag_field="type", tag="plain", forbid_unknown_fields=True):
    size: Literal["s", "m"]


class Fancy(msgspec.Struct, tag_field="type", tag="fancy", forbid_unknown_fields=True):
    size: Literal["l"]
    ribbon: bool = False


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"type": "fancy", "size": "s"}, "size = 's': choose from l"),
        ({"type": "fancy", "size": "l", "bow": 1}, "unknown field 'bow'; choose from size, ribbon"),
        ({"type": "dear", "size": "l"}, "type = 'dear': choose from fancy, plain"),
        ({"type": 1, "size": "l"}, "type = 1: choose from fancy, plain"),
    ],
)
def test_of_several_kinds_the_meant_one_says_what_is_allowed(value: Any, message: str):
    with pytest.raises(Invalid) as caught:
        convert(value, Fancy | Plain)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('{"type": "fancy", "size": "l"}', Fancy(size="l")),
        ('{"type": "fancy", "size": "s"}', None),
        ('{"type": "fancy"', None),
        ("[" * 100_000, None),
        ("null", None),
    ],
)
def test_what_can_be_read_at_once_is(text: str, read: Fancy | None):
    assert at_once(text, Fancy | Plain) == read


def test_a_long_value_is_shown_in_part():
    with pytest.raises(Invalid) as caught:
        convert({"x": "9" * 100_000}, Point)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("text", [b"\xff", "{", '{"a": NaN}', "[" * 100_000, '{"a": 1e999}', ""])
def test_what_is_not_json_is_said_to_be_not_json(text: str | bytes):
    with pytest.raises(Invalid, match="not valid JSON"):
        parse(text)


def test_numbers_may_be_written_as_text_where_asked_for():
    assert convert({"x": "7"}, Point, text_numbers=True) == Point(7)


@pytest.mark.parametrize(
    "text", ['["a` - at `$.x.y"]', '{"x": 1, "kind": "a` - at `$.x.y"}', '{"z` - at `$.x": 1}']
)
def test_a_value_that_looks_like_a_path_is_a_value(text: str):
    with pytest.raises(Invalid):
        convert(parse(text), Point)


def test_a_long_field_name_is_shown_in_part():
    with pytest.raises(Invalid) as caught:
        convert({"f" * 60_000: 1, "x": 1}, Point)
    assert len(str(caught.value)) < 200


def test_json_may_be_nested_a_hundred_levels_and_no_deeper():
    assert parse("[" * DEEPEST + "]" * DEEPEST)
    for deeper in ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), '{"a":' * 200 + "1" + "}" * 200):
        with pytest.raises(Invalid, match="nested too deeply"):
            parse(deeper)
    assert len(parse("[" + "[]," * 5000 + "[]]")) == 5001


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**400])
def test_whole_numbers_end_where_those_of_the_export_do(number: int):
    for text in (f"{number}", f'{{"a": [{number}]}}'):
        with pytest.raises(Invalid, match="more than 64 bits"):
            parse(text)
    assert parse(f'"{number}"') == str(number)


def test_the_largest_whole_numbers_pass():
    assert parse(f"[{2**64 - 1}, {-(2**63)}, 1e300]") == [2**64 - 1, -(2**63), 1e300]


def test_of_a_repeated_key_the_last_counts():
    assert parse('{"a": 1, "a": 2}') == {"a": 2}
