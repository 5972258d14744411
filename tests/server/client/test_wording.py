import pytest

from server.client.messages import Caution, Emotion, Final, Partial, Ready, Recognizer, Trouble, Voice
from server.client.wording import clock, details, printable, remark, span


@pytest.mark.parametrize(
    ("milliseconds", "written"),
    [(0, "0:00.0"), (83_456, "1:23.4"), (599_999, "9:59.9"), (3_723_400, "1:02:03.4")],
)
def test_times_are_cut_to_tenths(milliseconds, written):
    assert clock(milliseconds) == written


def test_a_span_without_an_end_is_open():
    assert (span(1000, 2500), span(1000)) == ("[0:01.0–0:02.5]", "[0:01.0–…]")


def test_all_that_is_known_of_a_voice_is_told():
    voice = Voice(pitch_hz=182.4, emotion=Emotion("neutral", 0.617), audio_quality=0.806)
    final = Final(text="hi", start_ms=0, end_ms=1, voice=voice, latency_ms=45)
    assert details(final) == "(182 Hz, neutral 62%, quality 0.81, 45 ms)"


def test_what_is_not_known_is_left_out():
    assert details(Final(text="hi", start_ms=0, end_ms=1)) == ""
    assert details(Final(text="hi", start_ms=0, end_ms=1, latency_ms=7)) == "(7 ms)"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            Ready(conversation_id=5, recognizer=Recognizer("vosk", "small", "en-us")),
            "conversation 5, heard by vosk, model small, en-us",
        ),
        (
            Ready(conversation_id=5, recognizer=Recognizer("pocketsphinx", "en", "en-us", True, "a demo")),
            "conversation 5, heard by pocketsphinx, model en, en-us; a demo",
        ),
        (Caution(code="noise", message="it is noisy"), "warning: it is noisy"),
        (Trouble(code="not_saved", message="disk full"), "trouble: disk full"),
        (Trouble(code="idle", message="too long", fatal=True), None),  # told as the reason for the end
        (Partial(text="hi", start_ms=0), None),
    ],
)
def test_what_is_no_transcript_is_a_remark_where_it_matters(message, said):
    assert remark(message) == said


def test_a_terminal_is_not_driven_by_what_is_said():
    assert printable("a\x1b[2Jb\rc\x07\x9bd") == "a [2Jb c  d"


def test_every_language_is_printable():
    text = "naïve 你好 שלום نمی‌دانم 👩‍🚀"
    assert printable(text) == text
