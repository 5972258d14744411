"""Syllables end by 10 dB within four frames; notes and echoes take longer."""

import pytest

from audio.falls import Falls


def ends(levels):
    falls = Falls()
    return [at for at, level in enumerate(levels, start=1) if falls.ends(level)]


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
