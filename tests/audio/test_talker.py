"""A talker is known by level: louder by far is somebody else, and who talked may hold a note."""

import pytest

from audio.background import BLOCK
from audio.talker import Talker

SYLLABLE = [-40.0, -25.0, -20.0, -20.0, -22.0, -26.0, -34.0, -40.0]


def hear(talker, levels):
    for level in levels:
        talker.hear(level)
        talker.speak(level)
    return talker


def outdone(softer_blocks, rise_db, blocks=7):
    """Who is heard for so long before the rise, where nobody is outdone in less than so many blocks."""
    talker, told = Talker(-30.0), []
    for block in range(softer_blocks + 2):
        hear(talker, [-30.0 if block < softer_blocks else -30.0 + rise_db] * BLOCK)
        told.append(talker.outdone(blocks))
    return [before for before in told if before is not None]


def test_the_peak_sinks_by_two_decibels_a_second():
    talker = Talker(-20.0)
    for _ in range(50):
        talker.hear(-60.0)
    assert talker.peak == pytest.approx(-22.25)


def test_who_is_much_louder_after_seconds_is_somebody_else():
    told = outdone(softer_blocks=6, rise_db=10.0)
    assert told
    assert told[0] == pytest.approx(-30.5, abs=1)


@pytest.mark.parametrize(("softer_blocks", "rise_db"), [(3, 10.0), (6, 5.0)])
def test_who_warms_up_is_nobody_else(softer_blocks, rise_db):
    assert outdone(softer_blocks, rise_db) == []


def test_syllables_are_lively_and_a_note_is_not():
    assert hear(Talker(-20.0), SYLLABLE * 40).liveliness > 4
    assert hear(Talker(-20.0), [-20.0] * 100).liveliness < 2


@pytest.mark.parametrize(("syllables", "frames"), [(10, 80), (25, 200), (100, 250)])
def test_a_note_is_held_for_as_long_as_the_talk_before_it_and_five_seconds_at_most(syllables, frames):
    talker = hear(Talker(-20.0), SYLLABLE * syllables)
    assert [talker.held() for _ in range(frames + 1)] == [True] * frames + [False]


def test_whoever_is_heard_for_less_than_four_seconds_may_be_syllabic():
    assert hear(Talker(-20.0), [-20.0] * 200).syllabic
    assert not hear(Talker(-20.0), [-20.0] * 201).syllabic


@pytest.mark.parametrize(("a_second", "syllabic"), [(0.5, False), (1, True), (4, True)])
def test_syllables_end_in_steep_falls(a_second, syllabic):
    rest = [-40.0] * (int(50 / a_second) - 6)
    assert (
        hear(Talker(-20.0), [-20.0] * 6 + ([-40.0, *rest] + [-20.0] * 5) * int(8 * a_second)).syllabic
        is syllabic
    )
