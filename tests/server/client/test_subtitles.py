import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.client.messages import Final, Word
from server.client.subtitles import VTT_HEAD, Cue, cues, srt, vtt

LONG = (
    "when the server has heard a long sentence it is cut into cues of two short lines so that "
    "everybody can read them while the next words are being said and nothing runs off the screen"
)


def final(text, start_ms=0, end_ms=1000, words=()):
    return Final(text=text, start_ms=start_ms, end_ms=end_ms, words=tuple(words))


def spoken(text, *, start_ms=0, each_ms=400):
    """Words of equal length, one after the other."""
    return [
        Word(word, start_ms + i * each_ms, start_ms + (i + 1) * each_ms)
        for i, word in enumerate(text.split())
    ]


def test_a_short_final_is_one_cue():
    assert cues(final("hello thank you", 280, 1960)) == [Cue(280, 1960, ("hello thank you",))]


def test_a_final_without_words_is_no_cue():
    assert cues(final("")) == []


def test_word_times_make_the_cue_begin_with_the_first_word_and_stay_to_the_end():
    words = spoken("good morning", start_ms=500)
    assert cues(final("good morning", 100, 2000, words)) == [Cue(500, 2000, ("good morning",))]


def test_lines_are_as_even_as_they_can_be():
    text = "the quick brown fox jumps over the lazy dogs tonight"
    (cue,) = cues(final(text, words=spoken(text)))
    assert cue.lines == ("the quick brown fox jumps", "over the lazy dogs tonight")


def test_a_long_final_is_cut_where_its_words_are():
    words = spoken(LONG)
    found = cues(final(LONG, 0, words[-1].end_ms, words))
    assert [cue.lines for cue in found] == [
        ("when the server has heard a long", "sentence it is cut into cues of two"),
        ("short lines so that everybody can read", "them while the next words are being"),
        ("said and nothing runs off the screen",),
    ]
    said = {word.word: word for word in words}
    assert found[1].start_ms == said["short"].start_ms
    assert found[1].end_ms == said["being"].end_ms


def test_without_word_times_they_follow_the_characters():
    text = "a" * 41 + " " + "b" * 41 + " " + "c" * 41
    assert [(c.start_ms, c.end_ms) for c in cues(final(text, 1000, 4000))] == [(1000, 3000), (3000, 4000)]


def test_words_with_a_long_pause_between_are_not_shown_together():
    words = [Word("yes", 0, 300), Word("no", 1800, 2000)]
    assert cues(final("yes no", 0, 2100, words)) == [Cue(0, 300, ("yes",)), Cue(1800, 2100, ("no",))]


def test_a_word_that_fits_no_line_has_one_of_its_own():
    long = "x" * 60
    (cue,) = cues(final(f"{long} so", words=spoken(f"{long} so")))
    assert cue.lines == (long, "so")


texts = st.lists(st.text(st.sampled_from("aeiou"), min_size=1, max_size=15), min_size=1, max_size=80).map(
    " ".join
)


@given(texts, st.booleans())
def test_cues_keep_every_word_in_time_and_within_two_lines(text, timed):
    words = spoken(text) if timed else []
    found = cues(final(text, 0, 400 * len(text.split()), words))
    assert " ".join(line for cue in found for line in cue.lines) == text
    assert all(len(cue.lines) <= 2 and all(len(line) <= 42 for line in cue.lines) for cue in found)
    assert all(cue.start_ms <= cue.end_ms for cue in found)
    assert all(one.end_ms <= two.start_ms for one, two in itertools.pairwise(found))


def test_subrip_by_value():
    cue = Cue(3_723_004, 3_725_600, ("two", "lines"))
    assert srt(7, cue) == "7\n01:02:03,004 --> 01:02:05,600\ntwo\nlines\n\n"


def test_webvtt_by_value():
    assert VTT_HEAD + vtt(Cue(0, 900, ("hello",))) == "WEBVTT\n\n00:00:00.000 --> 00:00:00.900\nhello\n\n"


@pytest.mark.parametrize("text", ["a --> b", "<b>loud</b>", "R&D"])
def test_webvtt_has_no_markup_but_its_own(text):
    body = vtt(Cue(0, 1, (text,))).split("\n")[1]
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", body)


def test_what_would_end_a_cue_early_is_taken_out():
    assert srt(1, Cue(0, 1, ("a\n\nb",))).count("\n\n") == 1
