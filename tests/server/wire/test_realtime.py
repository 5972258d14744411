"""OpenAI's rules for a Realtime transcription session, held against the wire."""

import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio.values import AudioFormat, Encoding
from server.events import Start
from server.replies import Trouble
from server.wire.realtime import RealtimeWire
from tests.quiet import quiet
from tests.server.wire.openai_rules import check
from tests.server.wire.realtime_talk import (
    COMPLETED,
    DELTA,
    ENGINE,
    SESSION_ID,
    SPOKEN,
    append,
    clear,
    commit,
    kinds,
    of,
    send,
    talk,
    update,
)
from tests.talk import Talk

# ---------------------------------------------------------------- the session


def test_a_session_is_told_first_with_openais_defaults():
    [created] = talk().told
    assert created["type"] == "session.created"
    assert created["session"] == {
        "id": "sess_01a202fa7bc972dd81d301082e506d8a",
        "object": "realtime.transcription_session",
        "type": "transcription",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24000},
                "transcription": {"model": None, "language": None, "prompt": None},
                "noise_reduction": None,
                "turn_detection": {
                    "type": "server_vad",
                    "threshold": 0.5,
                    "prefix_padding_ms": 300,
                    "silence_duration_ms": 500,
                },
            }
        },
        "include": None,
    }


def test_only_what_an_update_mentions_changes_and_null_is_the_default():
    conversation = talk(
        transcription={
            "model": "gpt-4o-transcribe",
            "language": "en",
            "prompt": "digits",
            "keywords": ["one"],
        }
    )
    [told] = conversation.say(update(turn_detection={"type": "server_vad", "silence_duration_ms": 700}))
    sound = told["session"]["audio"]["input"]
    assert sound["transcription"] == {
        "model": "gpt-4o-transcribe", "language": "en", "prompt": "digits", "keywords": ["one"]
    }  # fmt: skip
    assert sound["turn_detection"]["silence_duration_ms"] == 700
    [told] = conversation.say(update(turn_detection={"type": "server_vad", "prefix_padding_ms": 100}))
    turns = told["session"]["audio"]["input"]["turn_detection"]
    assert (turns["silence_duration_ms"], turns["prefix_padding_ms"]) == (700, 100)
    [told] = conversation.say(update(transcription=None, turn_detection=None))
    sound = told["session"]["audio"]["input"]
    assert sound["transcription"] == {"model": None, "language": None, "prompt": None}
    assert sound["turn_detection"] is None


@pytest.mark.parametrize(
    ("wish", "told", "heard"),
    [
        ({"type": "audio/pcm"}, {"type": "audio/pcm", "rate": 24000}, AudioFormat(24000)),
        ({"type": "audio/pcm", "rate": 16000}, {"type": "audio/pcm", "rate": 16000}, AudioFormat(16000)),
        ({"type": "audio/pcmu"}, {"type": "audio/pcmu"}, AudioFormat(8000, Encoding.MULAW)),
        ({"type": "audio/pcma"}, {"type": "audio/pcma"}, AudioFormat(8000, Encoding.ALAW)),
        (None, {"type": "audio/pcm", "rate": 24000}, AudioFormat(24000)),
    ],
)
def test_every_format_is_told_back_and_heard(wish, told, heard):
    conversation = talk(format=wish)
    assert conversation.told[-1]["session"]["audio"]["input"]["format"] == told
    conversation.say(append(bytes(480)))
    assert conversation.start.format == heard


def test_the_session_begins_with_the_first_audio_and_says_what_the_client_settled():
    conversation = talk(
        transcription={"model": "whisper-1", "language": "en", "prompt": "digits"},
        turn_detection={"type": "server_vad", "silence_duration_ms": 700, "prefix_padding_ms": 200},
    )
    assert conversation.start is None
    assert conversation.say(append(b"")) == []
    assert conversation.start is None
    conversation.say(append(bytes(480)))
    assert conversation.start == Start(
        format=AudioFormat(24000),
        platform="openai",
        language="en",
        silence_ms=700,
        pre_roll_ms=200,
        stall_ms=3000,
        empty_finals=True,
        words=True,
        metadata=b'{"session":"sess_01a202fa7bc972dd81d301082e506d8a","model":"whisper-1","language":"en",'
        b'"prompt":"digits"}',
        ignored=("transcription.prompt",),
    )


def test_a_model_may_be_named_in_the_url():
    conversation = Talk(RealtimeWire(SESSION_ID, model="gpt-realtime-whisper"), ENGINE)
    session = conversation.told[0]["session"]
    assert session["audio"]["input"]["transcription"]["model"] == "gpt-realtime-whisper"


def test_what_is_not_done_is_told_as_not_in_effect_and_noted():
    conversation = talk(
        turn_detection={"type": "semantic_vad", "eagerness": "low"},
        noise_reduction={"type": "near_field"},
        transcription={"prompt": "", "keywords": ["Kubernetes"]},
    )
    sound = conversation.told[-1]["session"]["audio"]["input"]
    assert sound["noise_reduction"] is None
    assert sound["turn_detection"]["type"] == "server_vad"
    assert sound["turn_detection"]["silence_duration_ms"] == 2000
    conversation.say(append(bytes(480)))
    assert conversation.start.ignored == (
        "turn_detection semantic_vad", "transcription.keywords", "noise_reduction"
    )  # fmt: skip
    assert conversation.start.phrases == ()  # a recognizer with phrases hears nothing else


def test_a_silence_too_short_for_words_is_told_as_what_it_is_made():
    conversation = talk(turn_detection={"type": "server_vad", "silence_duration_ms": 50, "threshold": 0.9})
    turns = conversation.told[-1]["session"]["audio"]["input"]["turn_detection"]
    assert turns == {
        "type": "server_vad", "threshold": 0.9, "prefix_padding_ms": 300, "silence_duration_ms": 200
    }  # fmt: skip


@pytest.mark.parametrize(
    ("message", "param"),
    [
        (update(format={"type": "audio/pcmu"}), "session.audio.input.format"),
        (
            {"type": "transcription_session.update", "session": {"input_audio_format": "g711_alaw"}},
            "session.input_audio_format",
        ),
    ],
)
def test_the_format_cannot_change_after_the_first_audio_and_the_error_says_so(message, param):
    conversation = talk()
    conversation.say(append(bytes(480)))
    [error] = conversation.say({**message, "event_id": "mine"})
    assert error["error"] == {
        "type": "invalid_request_error",
        "code": "invalid_value",
        "message": f"{param} can't change once audio has come; connect anew",
        "param": param,
        "event_id": "mine",
    }
    assert conversation.closed is None


def test_everything_else_may_change_any_time():
    conversation = talk(format={"type": "audio/pcm", "rate": 24000})
    conversation.say(append(bytes(480)))
    [told] = conversation.say(
        update(
            format={"type": "audio/pcm"},
            transcription={"language": "de"},
            turn_detection=None,
            noise_reduction=None,
        )
    )
    sound = told["session"]["audio"]["input"]
    assert (sound["transcription"]["language"], sound["turn_detection"]) == ("de", None)


def test_the_beta_speaks_flat():
    conversation = talk(beta=True)
    assert kinds(conversation.told) == ["transcription_session.created"]
    message = {
        "type": "transcription_session.update",
        "session": {
            "input_audio_format": "g711_ulaw",
            "input_audio_transcription": {"model": "gpt-4o-transcribe", "language": "en", "prompt": ""},
            "turn_detection": {"type": "server_vad", "threshold": 0.4, "silence_duration_ms": 600},
            "input_audio_noise_reduction": {"type": "near_field"},
            "include": ["item.input_audio_transcription.logprobs"],
        },
    }
    [told] = conversation.say(message)
    assert told["type"] == "transcription_session.updated"
    assert told["session"] == {
        "id": "sess_01a202fa7bc972dd81d301082e506d8a",
        "object": "realtime.transcription_session",
        "input_audio_format": "g711_ulaw",
        "input_audio_transcription": {"model": "gpt-4o-transcribe", "language": "en", "prompt": ""},
        "input_audio_noise_reduction": None,
        "turn_detection": {
            "type": "server_vad", "threshold": 0.4, "prefix_padding_ms": 300, "silence_duration_ms": 600
        },
        "include": ["item.input_audio_transcription.logprobs"],
        "client_secret": None,
    }  # fmt: skip


def test_a_beta_message_makes_the_session_one_of_the_beta():
    conversation = talk()
    told = conversation.say({"type": "transcription_session.update", "session": {"turn_detection": None}})
    told += send(conversation, SPOKEN)
    told += conversation.say(commit())
    assert kinds(told) == [
        "transcription_session.updated", *[DELTA] * (kinds(told).count(DELTA) - 1), "input_audio_buffer.committed",
        "conversation.item.created", DELTA, COMPLETED,
    ]  # fmt: skip
    for message in told:
        check(message, is_beta=True)


# ---------------------------------------------------------------- mistakes and troubles


@pytest.mark.parametrize(
    ("message", "code", "param", "words"),
    [
        ("nonsense", "invalid_json", None, ["not valid JSON"]),
        ("[" * 60_000, "invalid_json", None, ["nested too deeply"]),
        (b"\x00\x01", "invalid_message", None, ["input_audio_buffer.append"]),
        ("[]", "invalid_value", None, ["expected `object`"]),
        ({}, "invalid_value", "type", ["type is missing"]),
        (
            {"type": "response.create"},
            "invalid_value",
            "type",
            ["response.create", "session.update, transcription_session.update, input_audio_buffer.append"],
        ),
        ({"type": "session.update", "session": {}}, "invalid_value", "session.type", ["is missing"]),
        (
            {"type": "session.update", "session": {"type": "realtime"}},
            "invalid_value",
            "session.type",
            ["choose from transcription"],
        ),
        (
            update(format={"type": "audio/mp3"}),
            "invalid_value",
            "session.audio.input.format.type",
            ["choose from audio/pcm, audio/pcmu, audio/pcma"],
        ),
        (
            update(format={"type": "audio/pcm", "rate": 7999}),
            "invalid_value",
            "session.audio.input.format.rate",
            [">= 8000"],
        ),
        (
            update(turn_detection={"type": "server_vad", "silence_duration_ms": -1}),
            "invalid_value",
            "session.audio.input.turn_detection.silence_duration_ms",
            ["-1", ">= 0"],
        ),
        (
            update(turn_detection={"type": "server_vad", "threshold": 1.5}),
            "invalid_value",
            "session.audio.input.turn_detection.threshold",
            ["<= 1"],
        ),
        (
            {"type": "transcription_session.update", "session": {"input_audio_format": "pcm24"}},
            "invalid_value",
            "session.input_audio_format",
            ["choose from g711_alaw, g711_ulaw, pcm16"],
        ),
        (append(b"").copy() | {"audio": "ä"}, "invalid_value", "audio", ["invalid base64"]),
        ({"type": "input_audio_buffer.append"}, "invalid_value", "audio", ["audio is missing"]),
        (update(transcription={"prompt": "x" * 70_000}), "too_large", None, ["65536 bytes"]),
        (commit(event_id=5), "invalid_value", "event_id", ["expected `str"]),
    ],
)
def test_a_mistake_is_named_and_the_session_goes_on(message, code, param, words):
    conversation = talk()
    if isinstance(message, dict) and "event_id" not in message:
        message = {**message, "event_id": "mine"}
    [error] = conversation.say(message)
    check(error)
    assert (error["error"]["code"], error["error"]["param"]) == (code, param)
    assert error["error"]["type"] == "invalid_request_error"
    for word in words:
        assert word in error["error"]["message"]
    named = isinstance(message, dict) and isinstance(message["event_id"], str)
    assert error["error"]["event_id"] == ("mine" if named else None)
    assert conversation.closed is None
    assert kinds(send(conversation, SPOKEN) + conversation.say(commit()))[-1] == "conversation.item.done"


def test_audio_may_be_as_long_as_the_socket_takes():
    conversation = talk(turn_detection=None)
    conversation.say(append(bytes(720_000)))
    assert of(conversation.say(commit()), COMPLETED)[0]["usage"]["seconds"] == 15.0


@pytest.mark.parametrize(
    ("code", "kind"), [("recognizer_failed", "server_error"), ("idle", "invalid_request_error")]
)
def test_the_end_of_a_session_is_told_with_whose_fault_it_is(code, kind):
    [text] = RealtimeWire(SESSION_ID).encode(Trouble(code, "why", fatal=True))
    error = json.loads(text)["error"]
    assert (error["type"], error["code"], error["message"]) == (kind, code, "why")


# ---------------------------------------------------------------- any client at all

VOICES = [SPOKEN[start : start + length] for start in (20_000, 60_000) for length in (960, 9600, 48_000)]
SOUNDS = [*VOICES, quiet(0.02, 24_000), quiet(0.7, 24_000), b"", b"\x01"]
MESSAGES = st.one_of(
    st.sampled_from(SOUNDS).map(append),
    st.sampled_from(["one", None]).map(lambda event_id: commit(event_id=event_id)),
    st.just(clear()),
    st.sampled_from(
        [
            update(turn_detection=None),
            update(turn_detection={"type": "server_vad", "silence_duration_ms": 200}),
            update(turn_detection={"type": "server_vad", "silence_duration_ms": "long"}),
            update(transcription={"language": "en"}, include=["item.input_audio_transcription.logprobs"]),
            update(format={"type": "audio/pcmu"}),
        ]
    ),
    st.text(max_size=20) | st.binary(max_size=4),
    st.dictionaries(
        st.sampled_from(["type", "audio", "session", "event_id"]), st.text(max_size=9) | st.none()
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(MESSAGES, max_size=14))
def test_whatever_a_client_says_it_gets_documented_answers_and_the_session_goes_on(messages):
    conversation = talk()
    for message in messages:
        told = conversation.say(message)
        answer(message, told)
    for message in conversation.told:
        check(message)
    assert conversation.closed is None
    ids = [message["event_id"] for message in conversation.told]
    assert len(set(ids)) == len(ids)
    follow_items(conversation.told)


def answer(message, told):
    """Appended audio may be followed by what was heard; anything else has one answer, at the end."""
    last = told[-1]["type"] if told else None
    match message:
        case {"type": "input_audio_buffer.append", "audio": str(data)} if data.isascii():
            return
        case {"type": "input_audio_buffer.commit"}:
            assert last in ("error", "conversation.item.done")
            assert kinds(told).count("error") + kinds(told).count("input_audio_buffer.committed") == 1
        case {"type": "input_audio_buffer.clear"}:
            assert kinds(told) == ["input_audio_buffer.cleared"]
        case _:
            assert kinds(told) in (["session.updated"], ["error"])


def follow_items(told):
    """Every item is committed once, completed once, in order; its deltas are told before, never after."""
    committed = [message["item_id"] for message in of(told, "input_audio_buffer.committed")]
    assert [message["item_id"] for message in of(told, COMPLETED)] == committed
    assert max(Counter(committed).values(), default=1) == 1
    assert [message["previous_item_id"] for message in of(told, "input_audio_buffer.committed")] == [
        None, *committed
    ][: len(committed)]  # fmt: skip
    done = set()
    for message in told:
        if message["type"] == DELTA:
            assert message["item_id"] not in done
        if message["type"] == COMPLETED:
            done.add(message["item_id"])
