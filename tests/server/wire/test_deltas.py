import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.wire.deltas import Deltas

WORDS = st.lists(st.sampled_from(["one", "two", "too"]), max_size=6).map(" ".join)


@pytest.mark.parametrize(
    ("partials", "deltas"),
    [
        (["to", "two words", "two words of", "two words of it"], ["", "", "two words", " of"]),
        (["one", "one", "one two", "one two"], ["", "one", "", " two"]),
        (["one two", "one two", "won too", "won too"], ["", "one two", "", ""]),
        (["one two three", "one two three", "one two"], ["", "one two three", ""]),
        (["", "  one   two ", "one two"], ["", "", "one two"]),
    ],
)
def test_a_word_is_told_once_two_partials_agree_on_it(partials, deltas):
    told = Deltas()
    assert [told.grow(text) for text in partials] == deltas


def test_a_word_that_only_begins_like_one_that_was_told_is_another():
    told = Deltas()
    told.grow("one two")
    assert told.grow("one two") == "one two"
    assert told.settle("one twofold") == ""


def test_what_is_missing_of_the_text_is_added_at_the_end():
    told = Deltas()
    told.grow("one two")
    assert told.grow("one too") == "one"
    assert told.settle("one two three") == " two three"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines may be busy
@given(st.lists(WORDS, max_size=8), WORDS)
def test_told_text_is_agreed_on_and_never_taken_back(partials, last):
    told = Deltas()
    text = ""
    for partial in partials:
        added = told.grow(partial)
        text += added
        assert not added or f"{partial} ".startswith(f"{text} ")
    whole = text + told.settle(last)
    assert whole == (last if not text or f"{last} ".startswith(f"{text} ") else text)
