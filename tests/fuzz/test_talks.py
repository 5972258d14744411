"""Whatever is said over any protocol, the server answers as documented and stays well."""

import json

import pytest
from hypothesis import given, note, settings

from tests.fuzz.native import NATIVE_TONGUE
from tests.fuzz.tongue import Talk
from tests.fuzz.vosk import VOSK_TONGUE

TONGUES = (NATIVE_TONGUE, VOSK_TONGUE)


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.name)
def test_whatever_is_said_the_answers_are_documented_ones(talk, tongue):
    @settings(settings.get_profile("fuzz"))
    @given(tongue.said)
    def talk_with(steps):
        had = talk(tongue, steps)
        note(f"heard {had.heard}, closed {had.closed}")
        tongue.check(had)

    talk_with()


def test_a_check_sees_what_it_should():
    """A fuzzer whose checks pass everything finds nothing."""
    for tongue, wrong in ((NATIVE_TONGUE, '{"type": "sing"}'), (VOSK_TONGUE, '{"song": 1}')):
        with pytest.raises(AssertionError):
            tongue.check(Talk(heard=[wrong], closed=1000))


def test_talks_get_far(talk):
    """Nonsense alone would never get past the first message."""
    heard = set()

    @settings(settings.get_profile("fuzz"), max_examples=40, derandomize=True)
    @given(NATIVE_TONGUE.said)
    def listen(steps):
        heard.update(json.loads(message)["type"] for message in talk(NATIVE_TONGUE, steps).heard)

    listen()
    assert heard >= {
        "ready",
        "ack",
        "speech_started",
        "partial",
        "final",
        "error",
        "stopped",
        "message_saved",
    }
