from server.config import SessionSettings
from server.events import Abandoned, Dismissed, Stalled
from server.patience import Patience

SETTINGS = SessionSettings(idle_timeout_s=60, max_session_s=600, resume_window_s=30)


def waiting(silence_s=1.0):
    patience = Patience(SETTINGS, 0.0)
    patience.silence_s = silence_s
    return patience


def test_an_open_utterance_without_audio_stalls_after_the_window():
    patience = waiting()
    patience.last_audio = patience.last_message = 10.0
    assert patience.left(10.25, speaking=True) == 0.75
    assert patience.overdue(10.9, speaking=True) is None
    assert patience.overdue(11.0, speaking=True) == Stalled()
    assert patience.overdue(11.0, speaking=False) is None


def test_an_idle_client_is_dismissed():
    patience = waiting()
    assert patience.left(0.0, speaking=False) == 60
    assert patience.overdue(60.0, speaking=False) == Dismissed("idle", "nothing was sent for 60 s", 1000)


def test_a_session_ends_however_lively_it_is():
    patience = waiting()
    patience.last_audio = patience.last_message = 599.5
    assert patience.left(599.5, speaking=False) == 0.5
    assert patience.overdue(600.0, speaking=False).code == "session_too_long"


def test_a_lost_line_is_waited_for_and_nothing_else_matters_meanwhile():
    patience = waiting()
    patience.lost = 10.0
    assert patience.left(15.0, speaking=True) == 25
    assert patience.overdue(15.0, speaking=True) is None
    assert patience.overdue(40.0, speaking=True) == Abandoned()
