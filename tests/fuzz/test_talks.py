"""Whatever is said over any protocol, the server answers as documented and stays well."""

import json

import pytest
from hypothesis import given, note, settings

from tests.fuzz.native import NATIVE_TONGUE
from tests.fuzz.tongue import Lose, Talk
from tests.fuzz.values import SPEECH
from tests.fuzz.vosk import VOSK_TONGUE
from tests.fuzz.wyoming import SPEECH_EVENTS, WYOMING_TONGUE
from tests.wyoming_package import AudioStop, frame

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
"""It warns that a failing talk is long, and the warning would be all that is seen of the failure."""

TONGUES = (NATIVE_TONGUE, VOSK_TONGUE, WYOMING_TONGUE)


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
    sung = '{"type": "sing", "data": {}}'
    for tongue, wrong in ((NATIVE_TONGUE, sung), (VOSK_TONGUE, '{"song": 1}'), (WYOMING_TONGUE, sung)):
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


def test_a_wyoming_talk_gets_as_far_as_words_time_and_again(talk):
    stream = [*SPEECH_EVENTS, frame(AudioStop())]
    had = talk(WYOMING_TONGUE, [*stream, Lose(), *stream, *stream])
    heard = [json.loads(message)["type"] for message in had.heard]
    assert heard.count("transcript") >= 2
    assert {"voice-started", "transcript-start", "transcript-chunk", "voice-stopped"} <= set(heard)
    WYOMING_TONGUE.check(had)
