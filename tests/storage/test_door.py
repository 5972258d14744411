"""What may come in and what may not, and that errors name the field, the value and what is allowed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import door, jsontext, messages
from storage.errors import Invalid
from storage.rows import NewMessage

GOOD: dict[str, Any] = {"conversation_id": 1, "role": "user", "content": "hello"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("role", "bot"),
        ("role", None),
        ("content", None),
        ("content", "\ud800"),
        ("uid", ""),
        ("uid", "x" * 257),
        ("emotion", 3),
        ("emotion_confidence", 1.01),
        ("emotion_confidence", float("nan")),
        ("emotion_confidence", True),
        ("emotion_confidence", "0.5"),
        ("processing_time", -1),
        ("processing_time", float("inf")),
        ("agent_outputs", "{"),
        ("agent_outputs", "NaN"),
        ("agent_outputs", {"not": "text"}),
        ("agent_outputs", '"\\ud800"'),
        ("agent_outputs", b"\xff"),
        ("memory_context", "[1,]"),
        ("words", "{}"),
        ("voice", "[]"),
        ("voice_pitch", 0),
        ("audio_quality", 2),
        ("start_ms", -1),
        ("start_ms", 0.5),
        ("end_ms", 1 << 63),
        ("confidence", -0.1),
        ("context_embedding", "[]"),
        ("context_embedding", "[1, null]"),
        ("context_embedding", [1.0, float("nan")]),
        ("context_embedding", "[[1], [2]]"),
        ("context_embedding", '"text"'),
        ("created_at", "yesterday"),
        ("created_at", "0001-01-01T00:00:00+10:00"),
    ],
)
def test_a_bad_value_is_refused_by_name(field, value):
    with pytest.raises(Invalid) as refusal:
        messages.checked(NewMessage(**GOOD | {field: value}))
    assert refusal.value.field == field
    assert str(refusal.value).startswith(f"{field} ")


def test_an_utterance_cannot_end_before_it_starts():
    with pytest.raises(Invalid) as refusal:
        messages.checked(NewMessage(**GOOD, start_ms=100, end_ms=99))
    assert refusal.value.field == "end_ms"


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=10,
)


@given(anything, st.sampled_from([None, 2]))
def test_json_is_kept_as_it_says_on_one_line(value, indent):
    text = json.dumps(value, indent=indent)
    kept = door.json("field", text)
    assert kept is not None
    assert json.loads(kept) == value
    assert "\n" not in kept


@given(st.text(st.characters(blacklist_categories=["Cs"])))
def test_any_text_is_content(text):
    assert messages.checked(NewMessage(**GOOD | {"content": text})).values[1] == text


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_embeddings_come_back_as_the_float32_they_are(numbers):
    vector = door.vector("context_embedding", json.dumps(numbers))
    assert vector is not None
    assert jsontext.floats(json.loads(jsontext.encode_floats(vector))) == vector == jsontext.floats(numbers)


@given(anything)
def test_a_line_of_json_is_one_line_to_every_reader(value):
    line = jsontext.line(value)
    assert len(line.decode().splitlines()) == 1
    assert json.loads(line) == value
