from hypothesis import given
from hypothesis import strategies as st

from audio.recognizers.sphinx.utterance import Steady


def shown(*texts, step=1600):
    steady = Steady()
    for number, text in enumerate(texts, 1):
        steady.see(text.split(), at=number * step)
    return " ".join(steady.words)


def test_a_word_is_shown_when_it_has_stood_for_a_fifth_of_a_second():
    assert shown("one") == ""
    assert shown("one", "one") == ""
    assert shown("one", "one", "one") == "one"
    assert shown("one", "one", "one two") == "one"


def test_a_changing_word_holds_back_what_follows():
    assert shown("one two six", "one too six", "one two six") == "one"


def test_a_shrinking_text_shrinks():
    assert shown("one two", "one two", "one two", "one") == "one"


def test_long_calls_show_words_from_the_second_on():
    assert shown("one two", step=16000) == ""
    assert shown("one two", "one two three", step=16000) == "one two"


@given(st.lists(st.sampled_from(["", "a", "a b", "a b c", "b c"]), min_size=1))
def test_what_is_shown_is_never_ahead_of_the_text(texts):
    assert texts[-1].startswith(shown(*texts))
