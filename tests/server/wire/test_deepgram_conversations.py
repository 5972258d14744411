"""Whatever a client says, it is told what Deepgram's documents list and the SDK's types take, and nothing else."""

import pytest
from deepgram.listen.v1 import types
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio.recognizers.scripted import ScriptedEngine
from server.wire.deepgram import DeepgramDialect
from server.wire.dialect import Request
from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.talk import Talk

DOCUMENTED = {
    "Results": types.ListenV1Results,
    "SpeechStarted": types.ListenV1SpeechStarted,
    "UtteranceEnd": types.ListenV1UtteranceEnd,
    "Metadata": types.ListenV1Metadata,
    "Error": types.ListenV1Error,
    "ConfigureSuccess": types.ListenV1ConfigureSuccess,
    "ConfigureFailure": types.ListenV1ConfigureFailure,
}
FINALIZE, CLOSE, KEEP_ALIVE = '{"type": "Finalize"}', '{"type": "CloseStream"}', '{"type": "KeepAlive"}'
CONFIGURES = (
    '{"type": "Configure", "keyterms": ["a"]}',
    '{"type": "Configure", "features": {"numerals": true}}',
)
NONSENSE = (
    "",
    "[]",
    "null",
    '{"type": 7}',
    '{"type": "Results"}',
    '{"type": "Configure", "keyterms": {}}',
    "KeepAlive",
)
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""However busy the machine is."""

ENGINE = ScriptedEngine(("yes", "no"))
SAID = speech("digits-16k").samples[6000:40_000].tobytes()
ROOM = quiet(8)

sounds = st.builds(
    lambda sound, start, length: sound[start : start + length],
    st.sampled_from([SAID, ROOM]),
    st.integers(0, 30_000),
    st.integers(1, 256_000),
)
messages = st.one_of(
    sounds,
    sounds,
    st.sampled_from([FINALIZE, FINALIZE, KEEP_ALIVE, *CONFIGURES, *NONSENSE]),
    st.sampled_from([CLOSE, b""]),
)
wishes = st.fixed_dictionaries(
    {
        "encoding": st.sampled_from(["linear16", "mulaw"]),
        "sample_rate": st.sampled_from(["8000", "16000", "44100"]),
    },
    optional={
        "interim_results": st.sampled_from(["true", "false"]),
        "vad_events": st.just("true"),
        "utterance_end_ms": st.sampled_from(["1000", "300"]),
        "endpointing": st.sampled_from(["10", "1000", "false"]),
        "channels": st.just("2"),
        "multichannel": st.just("true"),
    },
)


def talk(query, said):
    """Say it all; return the session and the pieces that were said before the end."""
    asked = Request("r", {name: [value] for name, value in query.items()})
    session = Talk(DeepgramDialect().welcome(asked).wire, ENGINE)
    heard = []
    for message in said:
        if session.closed is None:
            heard.append(message)
        session.say(message)
    return session, heard


@settings(PATIENT, max_examples=60)
@given(wishes, st.lists(messages, max_size=12))
def test_any_conversation_is_answered_as_documented(query, said):
    session, heard = talk(query, [*said, CLOSE])
    told = session.told
    for message in told:
        DOCUMENTED[message["type"]].model_validate(message)
    of = {kind: [message for message in told if message["type"] == kind] for kind in DOCUMENTED}
    assert session.closed == (1000, "stopped")
    assert told[-1] == of["Metadata"][0]
    assert len(of["Metadata"]) == 1
    channels = 2 if {"channels", "multichannel"} <= set(query) else 1
    assert sum(result["from_finalize"] for result in of["Results"]) == channels * heard.count(FINALIZE)
    assert len(of["Error"]) == sum(message in NONSENSE for message in heard)
    assert len(of["ConfigureFailure"]) == sum(message in CONFIGURES for message in heard)
    assert bool(of["SpeechStarted"]) <= ("vad_events" in query)
    assert bool(of["UtteranceEnd"]) <= ("utterance_end_ms" in query)
    assert all(result["is_final"] or query.get("interim_results") == "true" for result in of["Results"])
    assert all(result["is_final"] for result in of["Results"] if result["speech_final"])
    for channel in range(channels):
        mine = [result for result in of["Results"] if result["channel_index"] == [channel, channels]]
        assert_tiled([result for result in mine if result["is_final"]], of["Metadata"][0]["duration"])


def assert_tiled(finals, duration):
    edge = 0.0
    for result in finals:
        assert result["start"] == pytest.approx(edge)
        edge = result["start"] + result["duration"]
        for word in result["channel"]["alternatives"][0]["words"]:
            assert result["start"] <= word["start"] <= word["end"] <= edge + 0.001
    assert edge == pytest.approx(duration)


@PATIENT
@given(st.text(max_size=60))
def test_any_text_is_answered(text):
    session, _ = talk({"encoding": "linear16", "sample_rate": "16000"}, [text])
    [error] = session.told
    assert error["type"] == "Error"
