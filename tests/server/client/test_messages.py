import json

import pytest

from audio.recognizers.base import RecognizerInfo
from audio.values import Emotion, Final, Quality, Reason, VoiceSummary, VoiceWarning, Word
from server.client import messages
from server.client.errors import Failed
from server.client.messages import Unshown, read
from server.events import Opened, Receipt
from server.replies import Ack, Pong, Ready, Stopped, Transcript, Trouble
from server.wire.native import NativeWire

QUALITY = Quality(
    score=0.81,
    snr_db=20.0,
    clipping=0.0,
    level_dbfs=-20.0,
    bandwidth_hz=8000.0,
    dropouts=0.0,
    reverberation=0.1,
)
EMOTION = Emotion("neutral", 0.62, 0.3, (("neutral", 0.62), ("sad", 0.38)))
FINAL = Final(
    utterance=1,
    text="hello",
    start=1600,
    end=16_000,
    reason=Reason.SILENCE,
    confidence=0.9,
    words=(Word("hello", 1600, 8000, 0.9),),
    voice=VoiceSummary(pitch_hz=182.0, emotion=EMOTION, quality=QUALITY),
)
OPENED = Opened(
    session_id="s",
    conversation_id=5,
    resume_token="r",
    sample_rate=16_000,
    silence_ms=1000,
    recognizer=RecognizerInfo("vosk", "small", "en-us", note="fine"),
)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (
            Ready(OPENED),
            messages.Ready(
                conversation_id=5,
                recognizer=messages.Recognizer("vosk", "small", "en-us", False, "fine"),
                session_id="s",
                resume_token="r",
                received_samples=0,
            ),
        ),
        (Ack(800), messages.Ack(received_samples=800)),
        (
            Transcript(FINAL, Receipt(3, "u"), 45),
            messages.Final(
                text="hello",
                start_ms=100,
                end_ms=1000,
                utterance=1,
                words=(messages.Word("hello", 100, 500),),
                voice=messages.Voice(182.0, messages.Emotion("neutral", 0.62), 0.81),
                latency_ms=45,
            ),
        ),
        (VoiceWarning("noise", "noisy"), messages.Caution(code="noise", message="noisy")),
        (Trouble("idle", "long", fatal=True), messages.Trouble(code="idle", message="long", fatal=True)),
        (Pong(), messages.Pong()),
        (Stopped(800, 1, 16_000), messages.Stopped(received_samples=800)),
    ],
)
def test_what_the_server_writes_is_what_the_client_reads(event, message):
    (text,) = NativeWire().encode(event)
    assert read(text).message == message


def test_a_message_of_a_newer_server_is_no_trouble():
    assert read('{"type": "from_the_future"}').message == Unshown()
    assert read('{"type": "pong", "new": 1}').message == messages.Pong()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '"final"', "{}", '{"type": "final"}', '{"type": "ack", "received_samples": "x"}']
)
def test_what_is_not_the_protocol_is_the_servers_fault(text):
    with pytest.raises(Failed, match="isn't Earshot's protocol"):
        read(text)


def test_the_text_is_kept_as_it_came():
    text = json.dumps({"type": "final", "text": "hi", "start_ms": 0, "end_ms": 1, "x": [1]})
    assert read(text).text == text
