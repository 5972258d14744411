import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.recognizers.base import RecognizerInfo
from audio.values import (
    AudioChunk,
    AudioFormat,
    Emotion,
    Encoding,
    Final,
    Partial,
    Quality,
    Reason,
    SpeechStarted,
    VoiceActivity,
    VoiceSummary,
    VoiceWarning,
    Word,
)
from server.bodies import Feedback
from server.events import Audio, Finalize, Mistake, Opened, Ping, Receipt, Start, Stop
from server.replies import (
    Ack,
    Answered,
    FeedbackSaved,
    MessageSaved,
    Pong,
    Ready,
    Stopped,
    Transcript,
    Trouble,
)
from server.wire import native_messages
from server.wire.native import NativeWire

WIRE = NativeWire()


def told(event):
    [text] = WIRE.encode(event)
    return json.loads(text)


@pytest.mark.parametrize(
    ("message", "event"),
    [
        ({"type": "finalize"}, Finalize()),
        ({"type": "stop"}, Stop()),
        ({"type": "ping"}, Ping()),
        (
            {"type": "feedback", "message_id": 4, "rating": 5},
            native_messages.Feedback(message_id=4, rating=5),
        ),
        ({"type": "start"}, Start(platform="native")),
        (
            {"type": "message", "role": "assistant", "content": "hi", "agent_outputs": {"a": [1]}},
            native_messages.Message(role="assistant", content="hi", agent_outputs={"a": [1]}),
        ),
    ],
)
def test_a_message_is_read_into_its_event(message, event):
    assert list(WIRE.decode(json.dumps(message))) == [event]


def test_a_start_says_everything_a_session_wants():
    message = {
        "type": "start", "sample_rate": 48000, "encoding": "pcm_f32le", "channels": 2, "user_id": "u",
        "conversation_id": 3, "platform": "web", "language": "en-US", "phrases": ["yes"], "silence_ms": 200,
        "max_utterance_s": 10, "partials": False, "words": True, "voice_events": True, "record": False,
        "training": False, "metadata": {"k": "ä"},
    }  # fmt: skip
    assert list(WIRE.decode(json.dumps(message))) == [
        Start(
            format=AudioFormat(48000, Encoding.PCM_F32LE, 2),
            user_id="u",
            conversation_id=3,
            platform="web",
            language="en-US",
            phrases=("yes",),
            silence_ms=200,
            max_utterance_s=10,
            partials=False,
            words=True,
            voice_events=True,
            record=False,
            training=False,
            metadata='{"k":"ä"}'.encode(),
        )
    ]


def test_long_audio_is_cut_into_turns_without_loss():
    data = bytes(range(256)) * 4096
    events = WIRE.decode(data)
    assert len(events) == 32
    assert b"".join(event.chunk.data for event in events) == data
    assert list(WIRE.decode(b"ab")) == [Audio(AudioChunk(b"ab"))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", ["not valid JSON"]),
        ("[]", ["expected `object`"]),
        ('{"type": "sing"}', ["type = 'sing'", "choose from start, resume"]),
        ("{}", ["type is missing"]),
        ('{"type": "start", "sample_rate": 7999}', ["sample_rate = 7999", ">= 8000"]),
        ('{"type": "start", "sample_rate": 16000.5}', ["sample_rate = 16000.5", "`int`"]),
        ('{"type": "start", "encoding": "mp3"}', ["encoding = 'mp3'", "pcm_s16le, pcm_f32le, mulaw, alaw"]),
        ('{"type": "start", "channels": 3}', ["channels = 3", "choose from 1, 2"]),
        ('{"type": "start", "rate": 16000}', ["unknown field 'rate'", "sample_rate"]),
        ('{"type": "start", "silence_ms": 100}', ["silence_ms = 100", ">= 200"]),
        ('{"type": "feedback", "message_id": 1, "rating": 6}', ["rating = 6", "<= 5"]),
        ('{"type": "message", "role": "boss", "content": "x"}', ["role = 'boss'", "assistant, system, user"]),
        ('{"type": "message", "role": "user"}', ["content is missing"]),
        ("[" * 60000, ["nested too deeply"]),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(text, words):
    [mistake] = WIRE.decode(text)
    assert isinstance(mistake, Mistake)
    assert mistake.close_code is None
    for word in words:
        assert word in mistake.message


def test_text_beyond_64_kib_closes_with_1009():
    [mistake] = WIRE.decode(" " * 65537)
    assert mistake.close_code == 1009


@given(st.text(max_size=200) | st.binary(max_size=50))
def test_no_message_raises(message):
    assert all(isinstance(event, Mistake | Audio) for event in WIRE.decode(message))


def test_a_final_tells_everything_times_in_ms():
    summary = VoiceSummary(
        pitch_hz=120.04,
        pitch_min_hz=100.0,
        pitch_max_hz=140.0,
        pitch_range_st=5.825,
        voiced_ratio=0.5,
        emotion=Emotion("happy", 0.7, 0.6, (("happy", 0.7), ("sad", 0.3))),
        quality=Quality(0.9, 30.0, 0.0, -20.0, 7000.0, 0.0, 0.1),
    )
    words = (Word("yes", 16000, 24000, 0.9876),)
    final = Final(2, "yes", 16000, 32000, Reason.SILENCE, 0.9876, words, voice=summary, audio=b"secret")
    assert told(Transcript(final, Receipt(5, "u"), 31)) == {
        "type": "final",
        "utterance": 2,
        "message_id": 5,
        "uid": "u",
        "text": "yes",
        "start_ms": 1000,
        "end_ms": 2000,
        "confidence": 0.988,
        "words": [{"word": "yes", "start_ms": 1000, "end_ms": 1500, "confidence": 0.988}],
        "voice": {
            "pitch_hz": 120.0,
            "pitch_min_hz": 100.0,
            "pitch_max_hz": 140.0,
            "pitch_range_st": 5.83,
            "voiced_ratio": 0.5,
            "emotion": {
                "label": "happy",
                "confidence": 0.7,
                "arousal": 0.6,
                "scores": {"happy": 0.7, "sad": 0.3},
            },
            "audio_quality": 0.9,
            "snr_db": 30.0,
            "clipping": 0.0,
            "level_dbfs": -20.0,
            "bandwidth_hz": 7000.0,
            "dropouts": 0.0,
            "reverberation": 0.1,
        },
        "reason": "silence",
        "latency_ms": 31,
    }


def test_what_is_not_known_is_null():
    voice = told(Transcript(Final(1, "", 0, 160, Reason.STOP), None, 0))["voice"]
    assert voice.pop("voiced_ratio") == 0
    assert set(voice.values()) == {None}


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (Ack(9), {"type": "ack", "received_samples": 9}),
        (SpeechStarted(160), {"type": "speech_started", "at_ms": 10}),
        (Partial(1, "ye", 32), {"type": "partial", "utterance": 1, "text": "ye", "start_ms": 2}),
        (MessageSaved(Receipt(1, "u")), {"type": "message_saved", "message_id": 1, "uid": "u"}),
        (FeedbackSaved(Feedback(message_id=1, rating=4.0)), {"type": "feedback_saved", "message_id": 1, "rating": 4.0}),
        (VoiceWarning("noise", "x"), {"type": "warning", "code": "noise", "message": "x"}),
        (Trouble("a", "b", True), {"type": "error", "code": "a", "message": "b", "fatal": True}),
        (Pong(), {"type": "pong"}),
        (
            Stopped(9, 2, 16000),
            {"type": "stopped", "received_samples": 9, "utterances": 2, "duration_ms": 1000},
        ),
        (
            VoiceActivity(1600, -20.04, True, 0, 160, (100.04, None)),
            {
                "type": "voice", "at_ms": 100, "level_dbfs": -20.0, "speech": True, "silence_ms": 0,
                "pitch_hz": [100.0, None], "pitch_at_ms": 10, "hop_ms": 10,
            },
        ),
        (
            Ready(Opened("s", 3, "t", 8000, 1000, RecognizerInfo("vosk", "m", "en-us", note=None))),
            {
                "type": "ready", "session_id": "s", "conversation_id": 3, "resume_token": "t",
                "received_samples": 0, "sample_rate": 8000, "silence_ms": 1000,
                "recognizer": {"engine": "vosk", "model": "m", "language": "en-us", "demo": False, "note": None},
            },
        ),
    ],
)  # fmt: skip
def test_an_event_is_written_as_documented(event, message):
    assert told(event) == message


def test_lock_step_has_no_native_word():
    assert list(WIRE.encode(Answered(False))) == []
