import io
import json

import pytest

from server.client.display import JsonLines, Lines, Live, tail
from server.client.messages import read

READY = {
    "type": "ready",
    "conversation_id": 5,
    "recognizer": {"engine": "vosk", "model": "small", "language": "en"},
}
PARTIAL = {"type": "partial", "utterance": 1, "text": "turn the", "start_ms": 1200}
FINAL = {
    "type": "final",
    "utterance": 1,
    "text": "turn the lights off",
    "start_ms": 1200,
    "end_ms": 3400,
    "voice": {"pitch_hz": 182.0},
    "latency_ms": 45,
}
WORDLESS = FINAL | {"text": ""}
ACK = {"type": "ack", "received_samples": 10}
WARNING = {"type": "warning", "code": "clipping", "message": "too loud"}


def tell(display, *messages):
    for message in messages:
        display.hear(read(json.dumps(message)))


@pytest.fixture
def out():
    return io.StringIO()


@pytest.fixture
def err():
    return io.StringIO()


def live(out, err, *, columns=80, colour=False):
    return Live(out, err, width=lambda: columns, colour=colour)


def screen(written):
    """What a terminal would show: of each line what follows its last erasure."""
    return [line.rpartition("\r\x1b[K")[2] for line in written.split("\n")]


def test_a_pipe_carries_finals_and_nothing_else(out, err):
    tell(Lines(out, err, partials=False), READY, PARTIAL, ACK, WARNING, WORDLESS, FINAL)
    assert out.getvalue() == "[0:01.2–0:03.4] turn the lights off  (182 Hz, 45 ms)\n"
    assert err.getvalue() == "conversation 5, heard by vosk, model small, en\nwarning: too loud\n"


def test_a_pipe_carries_partials_where_they_are_wanted(out, err):
    tell(Lines(out, err, partials=True), PARTIAL, FINAL)
    assert out.getvalue().splitlines()[0] == "[0:01.2–…] turn the"


def test_every_message_is_a_line_of_json_as_it_came(out, err):
    messages = [READY, PARTIAL, ACK, {"type": "from_the_future", "x": 1}, FINAL]
    tell(JsonLines(out, err), *messages)
    assert [json.loads(line) for line in out.getvalue().splitlines()] == messages
    assert err.getvalue() == ""


def test_a_partial_stands_until_the_next_message_about_it(out, err):
    display = live(out, err)
    tell(display, PARTIAL)
    assert screen(out.getvalue()) == ["[0:01.2–…] turn the"]
    tell(display, PARTIAL | {"text": "turn the lights"})
    assert screen(out.getvalue()) == ["[0:01.2–…] turn the lights"]
    tell(display, FINAL)
    assert screen(out.getvalue()) == ["[0:01.2–0:03.4] turn the lights off  (182 Hz, 45 ms)", ""]


def test_a_final_without_words_takes_its_partial_away(out, err):
    tell(live(out, err), PARTIAL, WORDLESS)
    assert screen(out.getvalue()) == [""]


def test_a_remark_comes_between_without_hurting_the_partial(out):
    tell(live(out, out), PARTIAL, WARNING)
    assert screen(out.getvalue()) == ["warning: too loud", "[0:01.2–…] turn the"]


def test_closing_leaves_a_clean_line(out, err):
    display = live(out, err)
    tell(display, PARTIAL)
    display.close()
    assert screen(out.getvalue()) == [""]


def test_partials_are_grey_and_words_are_not(out, err):
    tell(live(out, err, colour=True), PARTIAL, FINAL)
    assert "\x1b[90m[0:01.2–…] turn the\x1b[0m" in out.getvalue()
    assert "] turn the lights off  \x1b[90m(182 Hz, 45 ms)\x1b[0m\n" in out.getvalue()


def test_a_partial_never_wraps(out, err):
    tell(live(out, err, columns=20), PARTIAL | {"text": "turn the kitchen lights off"})
    assert screen(out.getvalue()) == ["…kitchen lights off"]


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("short", 10, "short"),
        ("exactly", 7, "exactly"),
        ("one too many", 11, "…e too many"),
        ("你好世界", 8, "你好世界"),
        ("你好世界", 7, "…好世界"),
        ("你好世界", 6, "…世界"),
        ("cafe\u0301 bar", 8, "cafe\u0301 bar"),
        ("anything", 1, "…"),
    ],
)
def test_the_end_of_a_long_line_is_what_fits(text, columns, shown):
    assert tail(text, columns) == shown
