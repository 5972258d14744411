from hypothesis import given
from hypothesis import strategies as st

from audio.recognizers.sphinx.grammar import grammar, spell


def test_phrases_become_lower_case_words():
    assert spell(["Turn LEFT, please!", "o'clock 'bout e-mail", "", "…", "  yes\n"]) == [
        ("turn", "left", "please"),
        ("o'clock", "'bout", "e-mail"),
        ("yes",),
    ]


@given(st.lists(st.text()))
def test_nothing_that_means_something_in_a_grammar_gets_into_it(phrases):
    spelt = spell(phrases)
    assert not set("".join(word for words in spelt for word in words)) & set(' \n\t;=|*+<>()[]{}"/\\$:#')


def test_a_grammar_hears_phrases_in_a_row():
    assert grammar([("turn", "left"), ("yes",)]).endswith("public <utterance> = ( turn left | yes )+ ;")
