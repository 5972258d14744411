"""When audio is due, and when we are late with it. Times are seconds of a clock that the tests make."""

import pytest

from server.arrivals import Arrivals

SECOND = 32_000


@pytest.fixture
def waited():
    return []


@pytest.fixture
def arrivals(waited):
    arrivals = Arrivals(waited.append)
    arrivals.bytes_per_s = SECOND
    return arrivals


def heard(arrivals, came, *, at=None, size=SECOND):
    """Tell that audio came and is heard now, or `at` that time; return when it was due and what the client is told."""
    arrivals.note(came)
    told = arrivals.note_audio(came if at is None else at, size)
    return arrivals.due, told


def due(arrivals, *came):
    return [heard(arrivals, at)[0] for at in came]


def test_live_audio_is_due_when_it_comes(arrivals):
    assert due(arrivals, 10.0, 11.0, 12.0) == [10.0, 11.0, 12.0]


def test_a_sound_card_that_runs_fast_is_live_after_hours(arrivals):
    came = [10 + second * 0.999 for second in range(4 * 3600)]
    assert due(arrivals, *came) == came


def test_a_file_sent_at_once_is_due_at_the_pace_of_speech(arrivals):
    assert due(arrivals, 10.0, 10.0, 10.0, 10.1) == pytest.approx([10.0, 11.0, 12.0, 13.0], abs=0.05)


def test_a_pause_earns_no_credit(arrivals):
    assert due(arrivals, 10.0, 60.0, 60.0) == pytest.approx([10.0, 60.0, 61.0], abs=0.05)


def test_who_is_kept_waiting_is_not_ahead_any_more(arrivals):
    assert due(arrivals, 10.0, 10.0, 14.0) == pytest.approx([10.0, 11.0, 14.0], abs=0.05)


def test_a_talker_is_told_once_that_we_are_late_and_again_after_we_were_not(arrivals, waited):
    assert heard(arrivals, 10.0, at=10.9)[1] is None
    assert "1.2 s behind" in heard(arrivals, 11.0, at=12.2)[1]
    assert heard(arrivals, 12.0, at=13.5)[1] is None
    assert heard(arrivals, 13.0, at=13.1)[1] is None
    assert "1.5 s behind" in heard(arrivals, 14.0, at=15.5)[1]
    assert waited == pytest.approx([0.9, 1.2, 1.5, 0.1, 1.5])


def test_nobody_is_late_for_a_file_that_waits_for_itself(arrivals, waited):
    told = [heard(arrivals, 10.0, at=10.0 + 0.5 * second)[1] for second in range(20)]
    assert told == [None] * 20
    assert waited == [0.0] * 20


def test_we_are_late_for_a_file_that_is_heard_slower_than_it_is_spoken(arrivals):
    told = [heard(arrivals, 10.0, at=10.0 + 1.4 * second)[1] for second in range(4)]
    assert [words is not None for words in told] == [False, False, False, True]


def test_before_the_format_is_known_audio_takes_no_time():
    arrivals = Arrivals(lambda late: None)
    assert due(arrivals, 10.0, 10.0, 10.5) == [10.0, 10.0, 10.5]


def test_who_comes_back_begins_anew(arrivals):
    due(arrivals, 10.0, 10.0, 10.0)
    arrivals.start_anew()
    assert due(arrivals, 10.5) == [10.5]
