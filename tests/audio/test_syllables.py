"""Syllables end by 10 dB within four frames; notes and echoes take longer."""

import pytest

from audio.syllables import Syllables


def ends(levels):
    """The frames, counted from 1, with which a syllable ends."""
    syllables, at = Syllables(1, within=0), []
    for frame, level in enumerate(levels, start=1):
        syllables.hear(level)
        at += [frame] if syllables.heard else []
    return at


@pytest.mark.parametrize("fall", [[-30.0], [-23.0, -27.0, -30.0], [-22.0, -25.0, -28.0, -30.0]])
def test_a_syllable_ends_within_four_frames(fall):
    assert ends([-20.0] * 4 + fall + [-30.0] * 3) == [4 + len(fall)]


@pytest.mark.parametrize("db_per_frame", [0.0, 1.0, 2.4])
def test_notes_and_echoes_fall_too_slowly(db_per_frame):
    assert ends([-20.0 - db_per_frame * at for at in range(30)]) == []


def test_a_rise_is_no_fall():
    assert ends([-60.0, -20.0, -20.0, -20.0, -20.0, -15.0]) == []


def test_no_frame_is_part_of_two_falls():
    assert ends([-20.0 - 5 * at for at in range(9)]) == [5, 9]


def test_each_syllable_falls_once():
    assert ends([-20.0, -20.0, -20.0, -20.0, -45.0, -45.0, -45.0] * 3) == [5, 12, 19]


SPOKEN = ([-20.0] * 4 + [-45.0] * 6) * 2
"""Two syllables, which end with the fifth frame and with the fifteenth."""


def heard(count, within, levels, presumed=False):
    syllables = Syllables(count, within=within, presumed=presumed)
    for level in levels:
        syllables.hear(level)
    return syllables.heard


@pytest.mark.parametrize(
    ("count", "within", "enough"), [(1, 5, True), (2, 15, True), (2, 14, False), (3, 50, False)]
)
def test_so_many_within_so_many_frames_are_enough(count, within, enough):
    assert heard(count, within, SPOKEN) is enough


def test_they_are_heard_as_long_as_they_are_recent():
    assert heard(2, 30, SPOKEN + [-45.0] * 15)
    assert not heard(2, 30, SPOKEN + [-45.0] * 16)


def test_who_is_presumed_to_speak_has_as_long_to_prove_it():
    assert heard(3, 30, [-45.0] * 30, presumed=True)
    assert not heard(3, 30, [-45.0] * 31, presumed=True)
