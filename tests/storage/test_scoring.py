"""The quality score and the sums behind the statistics, by value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.scoring import Statistics, Tally, quality_score, tally, words

TWENTY = "word " * 20


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("—  …!", 0),
        ("Don't stop.", 2),
        ("one, two;three", 3),
        ("naïve café", 2),
        ("cafe\u0301 au lait", 3),
        ("हिन्दी में", 2),
        ("你好世界", 2),
        ("3 bars of 你", 3.5),
        ("สวัสดี", 3),
        ("snake_case", 2),
    ],
)
def test_words_are_runs_of_letters_and_half_of_each_unspaced_character(text, count):
    assert words(text) == count


@pytest.mark.parametrize(
    ("given_", "score"),
    [
        ({"role": "user", "content": ""}, 0.5),
        ({"role": "user", "content": TWENTY, "processing_time": 1.0, "memories": 3}, 0.5),
        ({"role": "user", "content": "", "emotion_confidence": 1.0}, 0.6),
        ({"role": "user", "content": "", "emotion_confidence": 0.0}, 0.4),
        ({"role": "system", "content": TWENTY}, 0.5),
        ({"role": "assistant", "content": "word " * 19}, 0.5),
        ({"role": "assistant", "content": TWENTY}, 0.6),
        ({"role": "assistant", "content": "word " * 100}, 0.6),
        ({"role": "assistant", "content": "word " * 101}, 0.5),
        ({"role": "assistant", "content": "", "processing_time": 0.5}, 0.6),
        ({"role": "assistant", "content": "", "processing_time": 3.0}, 0.6),
        ({"role": "assistant", "content": "", "processing_time": 0.49}, 0.5),
        ({"role": "assistant", "content": "", "processing_time": 3.01}, 0.5),
        ({"role": "assistant", "content": "", "memories": 0}, 0.5),
        ({"role": "assistant", "content": "", "memories": 1}, 0.6),
        ({"role": "assistant", "content": "", "memories": 5}, 0.6),
        ({"role": "assistant", "content": "", "memories": 6}, 0.5),
        (
            {
                "role": "assistant",
                "content": TWENTY,
                "processing_time": 1.2,
                "memories": 2,
                "emotion_confidence": 1.0,
            },
            0.9,
        ),
    ],
)
def test_the_score_is_the_base_and_what_each_factor_adds(given_, score):
    assert quality_score(**given_) == score


numbers = st.one_of(st.none(), st.floats(0, 1), st.text(max_size=2), st.floats(), st.integers(-5, 5))
messages = st.builds(
    lambda role, seconds, emotion, score, rating: tally(
        role, processing_time=seconds, emotion_confidence=emotion, quality_score=score, user_feedback=rating
    ),
    st.sampled_from(["user", "assistant", "system", "bot"]),
    numbers,
    numbers,
    numbers,
    numbers,
)


@given(st.lists(messages), st.lists(messages))
def test_what_is_added_and_taken_away_leaves_nothing(kept, gone):
    total = Tally()
    for part in [*gone, *kept]:
        total = total.plus(part)
    for part in gone:
        total = total.minus(part)
    alone = Tally()
    for part in reversed(kept):
        alone = alone.plus(part)
    assert total == alone


def test_averages_are_none_where_nothing_speaks_for_them():
    assert Tally().statistics() == Statistics(0, None, None, None, None)


def test_only_answers_count_for_time_and_quality():
    both = {"processing_time": 1.5, "emotion_confidence": 0.25, "quality_score": 0.75, "user_feedback": 4.0}
    assert tally("user", **both).statistics() == Statistics(1, None, 0.25, None, 4.0)
    assert tally("assistant", **both).statistics() == Statistics(1, 1.5, 0.25, 0.75, 4.0)


@pytest.mark.parametrize("value", ["0.5", b"1", float("nan"), float("inf"), -0.1, 1.1, None])
def test_what_is_no_number_within_range_does_not_count(value):
    assert tally("user", emotion_confidence=value) == Tally(1)
