"""Utterances open on evidence, close on silence, and count exactly."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.endpointer import Endpointer, Mark
from audio.values import VadFrame

SPEECH = VadFrame(speech=True, level_dbfs=-20.0)
FAINT = VadFrame(speech=True, level_dbfs=-35.0, faint=True)
QUIET = VadFrame(speech=False, level_dbfs=-70.0)
BREATH = VadFrame(speech=False, level_dbfs=-50.0)

KINDS = {"#": SPEECH, "+": FAINT, ".": QUIET, "-": BREATH}


def frames(drawing: str) -> Iterable[VadFrame]:
    return (KINDS[kind] for kind in drawing)


def endpointer(silence=50, hangover=15) -> Endpointer:
    return Endpointer(silence=silence, hangover=hangover)


def opened(silence=50, hangover=15) -> Endpointer:
    speaking = endpointer(silence, hangover)
    assert marks(speaking, "####") == {4: Mark.OPENED}
    return speaking


def marks(listener: Endpointer, drawing: str) -> dict[int, Mark]:
    """What each frame of the drawing changed, counted from 1; frames that changed nothing are left out."""
    told = {at: listener.push(frame) for at, frame in enumerate(frames(drawing), start=1)}
    return {at: mark for at, mark in told.items() if mark is not Mark.NONE}


def test_nothing_is_open_to_begin_with():
    listener = endpointer()
    assert (listener.open, listener.silent, listener.onset) == (False, 0, 0)


def test_four_clear_frames_open():
    listener = endpointer()
    assert marks(listener, "....####") == {8: Mark.OPENED}
    assert listener.open
    assert listener.silent == 0
    assert listener.onset == 4


@pytest.mark.parametrize("drawing", ["###", "#.#.#.#.#.#.", "##..##..##..", "+" * 100, "." * 100, "-" * 100])
def test_clicks_and_faint_voices_open_nothing(drawing):
    assert marks(endpointer(), drawing) == {}


@pytest.mark.parametrize("drawing", ["###+", "##+++", "#+++++", "##.###", "+++####"])
def test_faint_frames_finish_what_a_clear_one_began(drawing):
    assert marks(endpointer(), drawing) == {len(drawing): Mark.OPENED}


@pytest.mark.parametrize(
    ("drawing", "onset"),
    [
        (".........####", 4),
        ("......+++####", 7),  # a soft beginning
        (".....#...####", 8),  # a stop consonant's closure lies between
        ("#......####", 4),  # a click before a pause is no beginning
        (".......---####", 7),  # a breath, audible but no voice
        ("." + 20 * "-" + "####", 12),  # a loud room: no more than a consonant may be hidden in it
    ],
)
def test_the_onset_is_where_the_speech_began(drawing, onset):
    listener = endpointer()
    assert marks(listener, drawing) == {len(drawing): Mark.OPENED}
    assert listener.onset == onset


def test_the_onset_is_never_further_back_than_its_reach():
    listener = endpointer()
    assert marks(listener, 100 * "+" + "####") == {104: Mark.OPENED}
    assert listener.onset == Endpointer.REACH


def test_silence_pauses_at_the_hangover_and_closes_at_its_length():
    listener = opened(silence=50, hangover=15)
    assert marks(listener, 50 * ".") == {15: Mark.PAUSED, 50: Mark.CLOSED}
    assert not listener.open
    assert listener.silent == 0


def test_silent_counts_the_frames_since_the_last_speech():
    listener = opened()
    counted = []
    for frame in frames("....##.###.."):
        listener.push(frame)
        counted.append(listener.silent)
    # Two frames could be a click; the third within five is speech going on.
    assert counted == [1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 1, 2]


def test_speech_before_the_hangover_changes_nothing():
    assert marks(opened(), 12 * "." + "####") == {}


def test_speech_after_the_hangover_resumes_once():
    listener = opened()
    assert marks(listener, 15 * "." + "######") == {15: Mark.PAUSED, 18: Mark.RESUMED}
    assert listener.silent == 0
    assert marks(listener, 50 * ".") == {15: Mark.PAUSED, 50: Mark.CLOSED}


def test_faint_speech_keeps_an_utterance_open():
    assert marks(opened(), 200 * "+") == {}


def test_clicks_do_not_prolong_the_silence():
    listener = opened()
    assert marks(listener, 5 * "." + 9 * "##..." + 50 * ".") == {15: Mark.PAUSED, 50: Mark.CLOSED}


def test_a_word_after_the_end_opens_the_next_utterance():
    listener = opened()
    assert marks(listener, 50 * "." + "####") == {15: Mark.PAUSED, 50: Mark.CLOSED, 54: Mark.OPENED}
    assert listener.onset == 4


def test_a_word_cut_by_the_end_opens_the_next_utterance_whole():
    listener = opened()
    assert marks(listener, 47 * "." + "#####") == {15: Mark.PAUSED, 50: Mark.RESUMED}
    listener = opened()
    assert marks(listener, 49 * "." + "######") == {15: Mark.PAUSED, 50: Mark.CLOSED, 54: Mark.OPENED}
    assert listener.onset == 4


def test_closing_from_outside_goes_back_to_listening():
    listener = opened()
    marks(listener, 10 * ".")
    listener.close()
    assert (listener.open, listener.silent) == (False, 0)
    assert marks(listener, 60 * ".") == {}
    assert marks(listener, "####") == {4: Mark.OPENED}


def test_after_closing_from_outside_no_earlier_frame_is_heard_again():
    listener = opened()
    marks(listener, 30 * "#")
    listener.close()
    assert marks(listener, "####") == {4: Mark.OPENED}
    assert listener.onset == 4


def test_closing_when_nothing_is_open_is_harmless():
    listener = endpointer()
    listener.close()
    assert marks(listener, "####") == {4: Mark.OPENED}


def test_a_hangover_as_long_as_the_silence_still_pauses_before_it_closes():
    assert marks(opened(silence=10, hangover=15), 10 * ".") == {9: Mark.PAUSED, 10: Mark.CLOSED}


@pytest.mark.parametrize(("silence", "hangover"), [(1, 1), (0, 15), (50, 0)])
def test_counts_that_mean_nothing_are_refused(silence, hangover):
    with pytest.raises(ValueError, match=f"silence {silence} and hangover {hangover}"):
        Endpointer(silence=silence, hangover=hangover)


drawings = st.text(alphabet="#+.-", max_size=300)


@given(drawings, st.integers(2, 60), st.integers(1, 60))
def test_marks_always_come_in_order(drawing, silence, hangover):
    listener = endpointer(silence, hangover)
    state = Mark.CLOSED
    follows = {
        Mark.CLOSED: {Mark.OPENED},
        Mark.OPENED: {Mark.PAUSED},
        Mark.PAUSED: {Mark.RESUMED, Mark.CLOSED},
        Mark.RESUMED: {Mark.PAUSED},
    }
    for frame in frames(drawing):
        mark = listener.push(frame)
        if mark is not Mark.NONE:
            assert mark in follows[state]
            state = mark
        assert listener.open == (state is not Mark.CLOSED)
        assert 0 <= listener.silent < silence


@given(drawings, st.integers(2, 60))
def test_an_utterance_closes_exactly_one_silence_after_speech_that_went_on(drawing, silence):
    listener = endpointer(silence)
    marks(listener, drawing)
    if not listener.open:
        return
    told = marks(listener, "#####" + silence * ".")
    assert max(told) == 5 + silence
    assert told[5 + silence] is Mark.CLOSED


@given(drawings)
def test_the_onset_reaches_no_further_than_there_were_frames(drawing):
    listener = endpointer()
    for at, frame in enumerate(frames(drawing), start=1):
        if listener.push(frame) is Mark.OPENED:
            assert 4 <= listener.onset <= min(at, Endpointer.REACH)
            return


def test_another_silence_holds_from_the_next_frame_on():
    listener = opened(silence=50, hangover=15)
    assert marks(listener, 30 * ".") == {15: Mark.PAUSED}
    listener.tune(silence=20, hangover=15)
    assert marks(listener, ".") == {1: Mark.CLOSED}


@pytest.mark.parametrize("said", [".", 15 * ".", 20 * "."])
def test_another_hangover_waits_for_the_next_utterance(said):
    listener = opened(silence=50, hangover=15)
    marks(listener, said)
    listener.tune(silence=50, hangover=5)
    told = marks(listener, (50 - len(said)) * "." + "####" + 50 * ".")
    assert told.pop(50 - len(said)) is Mark.CLOSED
    assert [at for at, mark in told.items() if mark is Mark.PAUSED][-1] == 50 - len(said) + 4 + 5


def test_a_silence_tuned_below_the_hangover_closes_without_a_pause():
    listener = opened(silence=50, hangover=15)
    listener.tune(silence=10, hangover=15)
    assert marks(listener, 10 * ".") == {10: Mark.CLOSED}


def test_a_silence_that_means_nothing_is_refused_when_tuned_too():
    with pytest.raises(ValueError):
        endpointer().tune(silence=1, hangover=1)
