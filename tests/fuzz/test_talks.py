"""Whatever is said over any protocol, the server answers as documented and stays well."""

import json

import pytest
from hypothesis import given, note, settings

from tests.fuzz.native import NATIVE_TONGUE
from tests.fuzz.tongue import Lose, Talk
from tests.fuzz.values import SPEECH
from tests.fuzz.vosk import VOSK_TONGUE

TONGUES = (NATIVE_TONGUE, VOSK_TONGUE)


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.name)
def test_whatever_is_said_the_answers_are_documented_ones(talk, tongue):
    @settings(settings.get_profile("fuzz"))
    @given(tongue.said)
    def talk_with(steps):
        had = talk(tongue, steps)
        note(str(had))
        tongue.check(had)

    talk_with()


def test_a_check_sees_what_it_should():
    """A fuzzer whose checks pass everything finds nothing."""
    for tongue, wrong in ((NATIVE_TONGUE, '{"type": "sing"}'), (VOSK_TONGUE, '{"song": 1}')):
        with pytest.raises(AssertionError):
            tongue.check(Talk(heard=[wrong], closed=1000))


def test_a_talk_gets_as_far_as_words_and_over_a_lost_line(talk):
    """Nonsense alone would never get past the first message."""
    start = json.dumps({"type": "start", "silence_ms": 200})
    had = talk(NATIVE_TONGUE, [start, Lose(), *SPEECH, *SPEECH])
    heard = [json.loads(message)["type"] for message in had.heard]
    assert heard.count("ready") == 2
    assert {"ready", "ack", "speech_started", "partial", "final", "stopped"} == set(heard)
    NATIVE_TONGUE.check(had)
