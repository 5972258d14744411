"""The rules are Deepgram's own: its asyncapi.yml, and what its clients read."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio.recognizers.base import RecognizerInfo
from audio.values import (
    AudioChunk,
    AudioFormat,
    Encoding,
    Final,
    Partial,
    Reason,
    SpeechStarted,
    VoiceActivity,
    VoiceWarning,
    Word,
    from_ms,
)
from server.errors import Refused
from server.events import Answer, Aside, Audio, Finalize, Mistake, Opened, Receipt, Start, Stop
from server.replies import Ack, Answered, Ready, Stopped, Transcript, Trouble
from server.wire import deepgram_query
from server.wire.deepgram import DeepgramDialect
from server.wire.dialect import Request
from tests.fixtures.speech_files import speech

DIALECT = DeepgramDialect()
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""However busy the machine is."""

RAW = "encoding=linear16&sample_rate=16000"
WORDS = (Word("one", from_ms(840), from_ms(1020), 0.98765), Word("two", from_ms(1020), from_ms(1300), 0.5))


def request(query="", **more):
    pairs = [pair.split("=") for pair in query.split("&") if pair]
    values = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return Request(id="r-1", query=values, **more)


def start(query):
    [event] = DIALECT.welcome(request(query)).wire.greet()
    return event


def stream(query=RAW):
    """A wire whose session is open."""
    wire = DIALECT.welcome(request(query)).wire
    opened = Opened(
        "s", 3, "t", 16000, 200, RecognizerInfo("vosk", "m", "en-us"), began="2026-01-01T00:00:00.000Z"
    )
    assert told(wire, Ready(opened)) == []
    return wire


def told(wire, *events):
    return [json.loads(text) for event in events for text in wire.encode(event)]


def voice(at_ms, *, speech=False, silence_ms=0):
    return VoiceActivity(from_ms(at_ms), -60.0, speech, from_ms(silence_ms), None, ())


def final(end_ms=1600, text="one two", words=WORDS, reason=Reason.SILENCE, **more):
    heard = Final(1, text, from_ms(500), from_ms(end_ms), reason, 0.74, words, **more)
    return Transcript(heard, Receipt(7, "u") if text else None, 31)


# ---------------------------------------------------------------- the query


def test_a_query_says_everything_a_session_wants():
    asked = start(
        "model=nova-3&encoding=mulaw&sample_rate=8000&channels=2&interim_results=true&endpointing=300"
        "&language=en-GB&tag=a&tag=b&extra=k:v&mip_opt_out=true"
    )
    assert asked == Start(
        format=AudioFormat(8000, Encoding.MULAW, 2),
        platform="deepgram",
        language="en-GB",
        silence_ms=300,
        stall_ms=1000,
        partials=True,
        words=True,
        activity=True,
        empty_finals=True,
        training=False,
        metadata=b'{"request_id":"r-1","model":"nova-3","tag":["a","b"],"extra":{"k":"v"}}',
    )


@pytest.mark.parametrize(
    ("encoding", "heard"),
    [("linear16", "pcm_s16le"), ("linear32", "pcm_f32le"), ("mulaw", "mulaw"), ("alaw", "alaw")],
)
def test_an_encoding_is_understood(encoding, heard):
    assert start(f"encoding={encoding}&sample_rate=48000").format == AudioFormat(48000, Encoding(heard))


def test_telephone_encodings_know_their_rate():
    assert start("encoding=alaw").format.sample_rate == 8000


@pytest.mark.parametrize(
    ("endpointing", "silence_ms"),
    [("", 200), ("endpointing=10", 200), ("endpointing=0", 200), ("endpointing=200", 200),
     ("endpointing=5000", 5000), ("endpointing=true", 200), ("endpointing=false", None),
     ("endpointing=false&utterance_end_ms=1500", 1500)],
)  # fmt: skip
def test_silence_ends_an_utterance_as_asked_but_no_word(endpointing, silence_ms):
    assert start(f"{RAW}&{endpointing}").silence_ms == silence_ms


def test_key_terms_are_no_phrases_unless_nothing_else_is_to_be_heard():
    asked = f"{RAW}&keyterm=hello&keywords=thank you:2.5&keyterm= "
    assert start(asked).phrases == ()
    assert start(asked).ignored == ("keyterm", "keywords")
    assert start(f"{asked}&extra=keyterms:only").phrases == ("hello", "thank you")
    assert start(f"{asked}&extra=keyterms:only").ignored == ()


def test_what_is_not_done_is_named_and_nothing_else():
    asked = f"{RAW}&diarize=true&smart_format=false&no_delay=true&version=latest&filler_words=true&what=1\n"
    assert start(asked).ignored == ("diarize", "filler_words")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("encoding=opus&sample_rate=16000", ["encoding = 'opus'", "alaw, linear16, linear32, mulaw"]),
        ("encoding=linear16", ["sample_rate is missing", "8000 to 48000"]),
        ("encoding=linear16&sample_rate=7999", ["sample_rate", "7999", ">= 8000"]),
        ("encoding=linear16&sample_rate=fast", ["sample_rate = 'fast'", "`int"]),
        (f"{RAW}&channels=3", ["channels", "choose from 1, 2"]),
        (f"{RAW}&endpointing=5001", ["endpointing", "<= 5000"]),
        (f"{RAW}&endpointing=soon", ["endpointing = 'soon'", "bool"]),
        (f"{RAW}&utterance_end_ms=100", ["utterance_end_ms", ">= 200"]),
        (f"{RAW}&interim_results=perhaps", ["interim_results = 'perhaps'"]),
        (f"{RAW}&language=../etc", ["language = '../etc'"]),
    ],
)
def test_what_cannot_be_had_is_refused_naming_what_can(query, words):
    with pytest.raises(Refused) as refused:
        DIALECT.welcome(request(query))
    assert refused.value.status == 400
    for word in words:
        assert word in str(refused.value)


def test_the_document_tells_of_every_parameter():
    document = (Path(__file__).parents[3] / "docs" / "clients.md").read_text("utf-8")
    for name in {*deepgram_query.Query.__struct_fields__, *deepgram_query.UNDONE} - ALIKE:
        assert f"`{name}`" in document or f"`{name}=" in document, name
    assert f"`extra={deepgram_query.ONLY_KEYTERMS}`" in document


ALIKE = {"callback_method", "diarize_model"}
"""Told with the parameters that they go with."""


@pytest.mark.parametrize(("multichannel", "each"), [("true", True), ("false", False)])
def test_channels_are_mixed_or_heard_on_their_own(multichannel, each):
    asked = start(f"{RAW}&channels=2&multichannel={multichannel}")
    assert (asked.format.channels, asked.each_channel) == (2, each)


# ---------------------------------------------------------------- coming in


@pytest.mark.parametrize("header", ["Token KEY", "token KEY", "Bearer KEY"])
def test_the_key_is_in_the_header(header):
    assert DIALECT.token(request(authorization=header)) == "KEY"


@pytest.mark.parametrize("scheme", ["token", "bearer"])
def test_a_browsers_key_is_beside_its_subprotocol_which_alone_is_answered(scheme):
    asked = request(RAW, subprotocols=[scheme, "KEY"])
    assert DIALECT.token(asked) == "KEY"
    assert DIALECT.welcome(asked).subprotocol == scheme


@pytest.mark.parametrize("subprotocols", [[], ["token"], ["chat", "KEY"]])
def test_without_a_key_there_is_none(subprotocols):
    assert DIALECT.token(request(subprotocols=subprotocols)) is None


def test_the_request_id_is_told_on_the_way_in():
    assert DIALECT.welcome(request(RAW)).headers == {"dg-request-id": "r-1"}


def test_a_refusal_is_worded_in_headers_and_body():
    refusal = DIALECT.refuse(request(), Refused(400, "bad_request", "encoding = 'ö\\n'"))
    assert refusal.headers == {
        "dg-request-id": "r-1",
        "dg-error": "encoding = '\\xf6\\n'",
        "Content-Type": "application/json",
    }
    assert json.loads(refusal.body) == {
        "err_code": "Bad Request",
        "err_msg": "encoding = '\\xf6\\n'",
        "request_id": "r-1",
    }
    assert "INVALID_AUTH" in DIALECT.refuse(request(), Refused(401, "token_missing", "x")).body


# ---------------------------------------------------------------- from the client


@pytest.mark.parametrize(
    ("message", "events"),
    [
        ('{"type": "KeepAlive"}', []),
        ('{"type": "Finalize"}', [Finalize(), Answer(final=True)]),
        ('{"type": "Finalize", "channel": [0, 1]}', [Finalize(), Answer(final=True)]),
        ('{"type": "CloseStream"}', [Stop()]),
        (b"", [Stop()]),
        (b"1234", [Audio(AudioChunk(b"1234"))]),
    ],
)
def test_a_message_is_read_into_its_events(message, events):
    assert list(stream().decode(message)) == events


@pytest.mark.parametrize(
    "text", ["nonsense", "[]", "{}", '{"type": "Dance"}', '{"type": "Configure", "keyterms": 3}']
)
def test_what_is_not_understood_is_answered_and_the_stream_goes_on(text):
    [aside] = stream().decode(text)
    answer = json.loads(aside.text)
    assert (answer["type"], answer["variant"], answer["message"]) == ("Error", "SchemaError", text)
    assert answer["description"]


def test_who_sends_nothing_for_ten_seconds_is_told_in_deepgrams_words():
    idle = stream().idle
    assert (idle.after_s, idle.close_code, idle.reason[:8]) == (10.0, 1011, "NET-0001")


def test_text_beyond_64_kib_closes_with_1009():
    [mistake] = stream().decode(" " * 65537)
    assert mistake.close_code == 1009


@pytest.mark.parametrize(
    ("wishes", "answer"),
    [
        ({"keyterms": ["a"]}, "CONFIGURE_KEYTERMS_NOT_SUPPORTED"),
        ({"features": {"numerals": True}}, "CONFIGURE_INTERNAL_ERROR"),
        ({"features": {"numerals": False}}, None),
        ({"keyterms": []}, None),
        ({"keyterms": None}, None),
        ({}, None),
    ],
)
def test_what_is_so_already_can_be_configured_and_nothing_else(wishes, answer):
    [aside] = stream().decode(json.dumps({"type": "Configure", **wishes}))
    message = json.loads(aside.text)
    assert message["request_id"] == "r-1"
    if answer:
        assert (message["type"], message["code"]) == ("ConfigureFailure", answer)
        assert message["description"]
    else:
        assert message["type"] == "ConfigureSuccess"


@PATIENT
@given(st.text(max_size=200) | st.binary(max_size=50))
def test_no_message_raises(message):
    assert all(isinstance(event, Mistake | Audio | Aside | Stop) for event in stream().decode(message))


# ---------------------------------------------------------------- audio that says itself how it comes


WAV = speech("digits-8k").path.read_bytes()


def test_wav_starts_the_session_that_its_header_tells():
    wire = stream("model=nova-3")
    assert list(wire.greet()) == []
    [begun, *audio] = wire.decode(WAV)
    assert begun.format == AudioFormat(8000)
    assert b"".join(event.chunk.data for event in audio) == speech("digits-8k").samples.tobytes()
    [more] = wire.decode(b"RIFF")
    assert more == Audio(AudioChunk(b"RIFF"))


@PATIENT
@given(st.lists(st.integers(1, 60), max_size=4).map(sorted))
def test_a_header_may_be_cut_anywhere(cuts):
    wire = stream("")
    pieces = [WAV[a:b] for a, b in pairwise([0, *cuts, len(WAV)]) if a < b]
    [begun, *audio] = [event for piece in pieces for event in wire.decode(piece)]
    assert begun.format == AudioFormat(8000)
    assert b"".join(event.chunk.data for event in audio) == speech("digits-8k").samples.tobytes()


def test_what_is_asked_before_the_audio_waits_for_it():
    wire = stream("")
    assert list(wire.decode('{"type": "Finalize"}')) == []
    assert list(wire.decode(WAV))[1:3] == [Finalize(), Answer(final=True)]


def test_a_stream_without_audio_is_over_all_the_same():
    [begun, stopped] = stream("").decode(b"")
    assert isinstance(begun, Start)
    assert stopped == Stop()


def test_audio_that_cannot_be_decoded_closes_with_1008():
    [mistake] = stream("").decode(b"\x1aE\xdf\xa3 this is webm")
    assert (mistake.code, mistake.close_code) == ("undecodable", 1008)
    assert mistake.message.startswith("DATA-0000: ")


# ---------------------------------------------------------------- to the client


def test_a_final_tells_everything_times_in_seconds():
    [result] = told(stream(), final())
    extras = result.pop("earshot")
    uuid = result["metadata"].pop("model_uuid")
    assert len(uuid) == 36
    assert result == {
        "type": "Results",
        "channel_index": [0, 1],
        "start": 0.0,
        "duration": 1.6,
        "is_final": True,
        "speech_final": True,
        "from_finalize": False,
        "channel": {
            "alternatives": [
                {
                    "transcript": "one two",
                    "confidence": 0.74,
                    "words": [
                        {
                            "word": "one",
                            "start": 0.84,
                            "end": 1.02,
                            "confidence": 0.9877,
                            "punctuated_word": "one",
                        },
                        {
                            "word": "two",
                            "start": 1.02,
                            "end": 1.3,
                            "confidence": 0.5,
                            "punctuated_word": "two",
                        },
                    ],
                }
            ]
        },
        "metadata": {"request_id": "r-1", "model_info": {"name": "m", "version": "", "arch": "vosk"}},
    }
    assert (extras["message_id"], extras["uid"], extras["latency_ms"]) == (7, "u", 31)
    assert {"pitch_hz", "emotion", "audio_quality"} <= set(extras["voice"])


def test_who_waits_for_an_utterance_that_was_not_kept_is_told_that_it_is_over():
    wire = stream(f"{RAW}&vad_events=true&interim_results=true")
    told(wire, SpeechStarted(from_ms(500)), Partial(1, "one", 0), voice(1000, speech=True))
    error, ended = told(wire, Trouble("not_saved", "the disk is full"))
    assert (error["type"], error["variant"]) == ("Error", "not_saved")
    assert (ended["is_final"], ended["speech_final"]) == (True, True)
    assert ended["channel"]["alternatives"][0]["transcript"] == ""
    [started] = told(wire, SpeechStarted(from_ms(2000)))
    assert started["type"] == "SpeechStarted"


def test_warnings_ride_on_the_next_final():
    wire = stream()
    assert told(wire, VoiceWarning("noise", "x")) == []
    first, second = told(wire, final(), final(3000))
    assert first["earshot"]["warnings"] == [{"code": "noise", "message": "x"}]
    assert "warnings" not in second["earshot"]


def test_an_interim_covers_what_no_final_does_and_comes_with_the_clock():
    wire = stream()
    told(wire, final())
    assert told(wire, SpeechStarted(from_ms(2000)), Partial(2, "three", from_ms(1900))) == []
    [interim] = told(wire, voice(2300, speech=True))
    assert (interim["start"], interim["duration"]) == (1.6, 0.7)
    assert not interim["is_final"]
    assert not interim["speech_final"]
    assert interim["channel"]["alternatives"][0]["transcript"] == "three"
    assert told(wire, voice(2400, speech=True)) == []


def test_finals_tile_the_stream_silence_included():
    wire = stream()
    events = [
        *(voice(at) for at in range(80, 12_000, 80)),
        SpeechStarted(from_ms(11_900)), Partial(1, "one", from_ms(11_600)), voice(12_300, speech=True),
        final(13_000), *(voice(at) for at in range(13_080, 24_000, 80)),
        Stopped(0, 1, from_ms(24_010)),
    ]  # fmt: skip
    *results, metadata = told(wire, *events)
    assert metadata["type"] == "Metadata"
    finals = [result for result in results if result["is_final"]]
    assert len(finals) >= 4
    edge = 0.0
    for result in finals:
        assert result["start"] == pytest.approx(edge)
        edge = result["start"] + result["duration"]
    assert edge == pytest.approx(24.01)


def test_silence_is_told_late_enough_for_an_utterance_that_begins_before_it_was_noticed():
    wire = stream()
    silent = told(wire, *(voice(at) for at in range(80, 30_000, 80)))
    reached = silent[-1]["start"] + silent[-1]["duration"]
    assert reached <= 30.0 - 2.5


@pytest.mark.parametrize(
    ("query", "reason", "speech_final"),
    [
        ("", Reason.SILENCE, True),
        ("", Reason.STALLED, True),
        ("", Reason.STOP, True),
        ("", Reason.MAX_LENGTH, False),
        ("", Reason.FINALIZE, False),
        ("&endpointing=false", Reason.SILENCE, False),
        ("&endpointing=false", Reason.STOP, True),
    ],
)
def test_speech_is_final_where_silence_or_the_stream_ended_it(query, reason, speech_final):
    [result] = told(stream(RAW + query), final(reason=reason))
    assert result["speech_final"] is speech_final
    assert result["is_final"]


def test_a_finalize_is_answered_by_the_utterance_that_it_ends():
    results = told(stream(), final(reason=Reason.FINALIZE), Answered(final=True))
    assert [(r["from_finalize"], r["channel"]["alternatives"][0]["transcript"]) for r in results] == [
        (True, "one two")
    ]


def test_a_finalize_of_nothing_is_answered_too():
    wire = stream()
    told(wire, voice(10_000))
    for _ in range(2):
        [result] = told(wire, Answered(final=True))
        assert (result["is_final"], result["from_finalize"], result["speech_final"]) == (True, True, False)
        assert result["channel"]["alternatives"] == [{"transcript": "", "confidence": 0.0, "words": []}]


def test_speech_without_words_ends_too():
    wire = stream(f"{RAW}&vad_events=true")
    started, ended = told(wire, SpeechStarted(from_ms(500)), voice(600, speech=True), final(1600, "", ()))
    assert started == {"type": "SpeechStarted", "channel": [0, 1], "timestamp": 0.5}
    assert (ended["is_final"], ended["speech_final"]) == (True, True)
    assert "earshot" not in ended


def test_speech_that_is_cut_at_its_longest_starts_once():
    wire = stream(f"{RAW}&vad_events=true")
    events = (SpeechStarted(from_ms(500)), final(reason=Reason.MAX_LENGTH), SpeechStarted(from_ms(1600)))
    assert [message["type"] for message in told(wire, *events)] == ["SpeechStarted", "Results"]


def test_speech_starts_silently_unless_asked_for():
    assert told(stream(), SpeechStarted(160)) == []


def test_the_end_of_an_utterance_is_told_once_per_gap_on_the_audio_clock():
    wire = stream(f"{RAW}&utterance_end_ms=1000")
    told(wire, final())
    assert told(wire, voice(2290)) == []
    assert told(wire, voice(2300)) == [{"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": 1.3}]
    assert told(wire, voice(2400), voice(4000)) == []
    told(wire, final(6000, words=(Word("six", from_ms(5000), from_ms(5400), 1.0),)))
    [ended] = told(wire, SpeechStarted(from_ms(6500)), voice(7000, speech=True))
    assert ended["last_word_end"] == 5.4


def test_speech_that_goes_on_within_the_gap_is_no_end():
    wire = stream(f"{RAW}&utterance_end_ms=1000")
    assert len(told(wire, final(), SpeechStarted(from_ms(2200)), voice(2600, speech=True))) == 1


def test_metadata_sums_the_stream_up():
    wire = stream()
    wire.decode(b"12")
    wire.decode(b"34")
    [rest, metadata] = told(wire, Stopped(2, 0, from_ms(20)))
    assert (rest["start"], rest["duration"], rest["is_final"]) == (0.0, 0.02, True)
    [model] = metadata.pop("models")
    assert metadata == {
        "type": "Metadata",
        "transaction_key": "deprecated",
        "request_id": "r-1",
        "sha256": "03ac674216f3e15c761ee1a5e255f067953623c8b388b4459e13f978d7c846f4",
        "created": "2026-01-01T00:00:00.000Z",
        "duration": 0.02,
        "channels": 1,
        "model_info": {model: {"name": "m", "version": "", "arch": "vosk"}},
    }


@pytest.mark.parametrize(
    ("code", "variant"),
    [
        ("idle", "NET-0001"),
        ("recognizer_failed", "NET-0000"),
        ("undecodable", "DATA-0000"),
        ("going_away", "going_away"),
    ],
)
def test_a_trouble_is_an_error_in_deepgrams_words(code, variant):
    assert told(stream(), Trouble(code, "why")) == [
        {"type": "Error", "variant": variant, "description": "why"}
    ]


def test_each_channel_has_its_own_finals_and_its_own_answers():
    wire = stream(f"{RAW}&channels=2&multichannel=true&utterance_end_ms=1000")
    [second] = told(wire, final(1600, channel=1))
    [first] = told(wire, final(1000, channel=0))
    assert (first["channel_index"], first["start"], first["duration"]) == ([0, 2], 0.0, 1.0)
    assert (second["channel_index"], second["start"], second["duration"]) == ([1, 2], 0.0, 1.6)
    [ended] = told(wire, replace(voice(3000), channel=1))
    assert (ended["type"], ended["channel"]) == ("UtteranceEnd", [1, 2])
    finalized = told(wire, Answered(final=True))
    assert [result["channel_index"] for result in finalized] == [[0, 2], [1, 2]]
    *rest, metadata = told(wire, Stopped(0, 2, from_ms(4000)))
    assert {tuple(message["channel_index"]) for message in rest if message["type"] == "Results"} == {
        (0, 2),
        (1, 2),
    }
    assert metadata["channels"] == 2


def test_what_the_protocol_has_no_word_for_is_not_said():
    assert told(stream(), Ack(1)) == []
