"""A Realtime client's messages, and a conversation to send them in."""

import base64

import soxr

from audio.recognizers.scripted import ScriptedEngine
from server.wire.realtime import RealtimeWire
from tests.fixtures.speech_files import speech
from tests.talk import Talk

SESSION_ID = "01a202fa-7bc9-72dd-81d3-01082e506d8a"
ENGINE = ScriptedEngine(("one", "two", "three"), samples_per_word=4000)
TURN = [
    "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed",
    "conversation.item.added", "conversation.item.input_audio_transcription.completed", "conversation.item.done",
]  # fmt: skip
DELTA = "conversation.item.input_audio_transcription.delta"
COMPLETED = "conversation.item.input_audio_transcription.completed"


def at_24k(name):
    clip = speech(name)
    return soxr.resample(clip.samples, clip.rate, 24_000).astype("<i2").tobytes()


SPOKEN = at_24k("digits-16k")


def talk(engine=ENGINE, *, beta=False, keeps=True, **session):
    conversation = Talk(RealtimeWire(SESSION_ID, beta=beta), engine, keeps=keeps)
    if session:
        assert kinds(conversation.say(update(**session))) == ["session.updated"]
    return conversation


def update(*, include=None, **sound):
    session = {"type": "transcription", "audio": {"input": sound}}
    return {"type": "session.update", "session": {**session, "include": include} if include else session}


def append(data, **more):
    return {"type": "input_audio_buffer.append", "audio": base64.b64encode(data).decode(), **more}


def commit(**more):
    return {"type": "input_audio_buffer.commit", **more}


def clear(**more):
    return {"type": "input_audio_buffer.clear", **more}


def send(conversation, data, size=4800):
    """Append `data` in pieces of 100 ms; return what was told."""
    before = len(conversation.told)
    for position in range(0, len(data), size):
        conversation.say(append(data[position : position + size]))
    return conversation.told[before:]


def kinds(messages):
    return [message["type"] for message in messages]


def of(messages, kind):
    return [message for message in messages if message["type"] == kind]
