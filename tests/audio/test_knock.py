"""What is struck is loudest at once and dies away; what speaks grows or stays."""

import pytest

from audio.knock import Knock

ROOM = [-75.0] * 20


def counted(levels, before=ROOM):
    """Which of the levels may be somebody who begins to speak, all of them above the background."""
    knock = Knock()
    for level in before:
        knock.counts(level, False)
    return [knock.counts(level, True) for level in levels]


@pytest.mark.parametrize("db_per_frame", [2.5, 4.0, 10.0, 25.0])
def test_three_frames_of_a_knock_count_at_most(db_per_frame):
    assert sum(counted([-20.0 - db_per_frame * at for at in range(12)])) <= 3


def test_a_knock_may_lie_across_two_frames():
    assert sum(counted([-28.0, -20.0, -26.0, -32.0, -38.0])) <= 3


def test_keys_in_a_row_are_no_word():
    assert sum(counted([-20.0, -38.0, -54.0, -70.0] * 6)) <= 6


@pytest.mark.parametrize(
    "word",
    [
        [-35.0, -25.0, -20.0, -20.0, -22.0, -26.0],  # grows
        [-20.0, -21.0, -20.0, -22.0, -21.0, -20.0],  # begins at once, and stays
        [-30.0, -28.0, -24.0, -26.0, -30.0, -36.0],
    ],
)
def test_all_of_a_word_counts(word):
    assert counted(word) == [True] * len(word)


def test_a_vowel_counts_that_a_louder_plosive_began():
    assert counted([-20.0, -30.0, -30.0, -28.0, -26.0, -21.0, -20.0, -20.0, -28.0])[5:] == [True] * 4


def test_a_soft_word_counts_soon_after_a_loud_knock():
    heard = counted([-10.0, -25.0, -40.0, -55.0, *ROOM, -45.0, -40.0, -38.0, -38.0])
    assert heard[-4:] == [True] * 4


def test_what_sounds_when_hearing_begins_is_no_knock():
    assert counted([-20.0, -26.0, -32.0, -22.0, -30.0], before=[])[0]
    assert all(counted([-30.0, -25.0, -33.0, -36.0], before=[]))


def test_what_is_no_voice_never_counts():
    knock = Knock()
    assert not any(knock.counts(-20.0, False) for _ in range(20))
