"""Earshot's own protocol, `/v1/stream`: JSON text with a `type`, binary audio, times in ms on the session's clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

import msgspec

from audio.annotations import rounded, words_json
from audio.values import (
    HOP,
    AudioFormat,
    Partial,
    SpeechStarted,
    VoiceActivity,
    VoiceWarning,
    to_ms,
)
from server import bodies, events
from server.events import ClientEvent, Mistake
from server.replies import (
    Ack,
    AgentLogSaved,
    Answered,
    FeedbackSaved,
    MemorySaved,
    MessageSaved,
    Pong,
    Ready,
    ServerEvent,
    Stopped,
    Transcript,
    Trouble,
)
from server.validation import Invalid, convert, parse
from server.wire import native_messages
from server.wire.base import Idle, json_text, sliced, too_long
from server.wire.extras import described


class NativeWire:
    """The native protocol; it needs no memory."""

    lockstep = False
    resumable = True
    idle: Idle | None = None

    def greet(self) -> Sequence[ClientEvent]:
        """Wait for the client's first message; see `base.Wire`."""
        return ()

    def decode(self, message: str | bytes) -> Sequence[ClientEvent]:
        """Turn one message into events; see `base.Wire`."""
        if isinstance(message, bytes):
            return list(sliced(message))
        if refused := too_long(message):
            return [refused]
        try:
            return [_event(convert(parse(message), native_messages.ClientMessage))]
        except Invalid as error:
            return [Mistake("invalid", str(error))]

    def encode(self, event: ServerEvent) -> Sequence[str]:
        """Turn one event into messages; see `base.Wire`."""
        if isinstance(event, Answered | events.Aside):
            return ()
        return (json_text(_message(event)),)


def _event(message: native_messages.ClientMessage) -> ClientEvent:
    match message:
        case native_messages.Start():
            return _start(message)
        case native_messages.Resume():
            return events.Resume(message.session_id, message.resume_token, message.after_utterance)
        case native_messages.Finalize():
            return events.Finalize()
        case bodies.Message() | bodies.Feedback() | bodies.Memory() | bodies.AgentLog():
            return message
        case native_messages.Ping():
            return events.Ping()
        case native_messages.Stop():
            return events.Stop()
        case _:
            assert_never(message)


def _start(start: native_messages.Start) -> events.Start:
    fields = msgspec.structs.asdict(start)
    audio_format = AudioFormat(*(fields.pop(name) for name in ("sample_rate", "encoding", "channels")))
    metadata = fields.pop("metadata")
    return events.Start(
        format=audio_format, metadata=None if metadata is None else msgspec.json.encode(metadata), **fields
    )


def _message(event: ServerEvent) -> dict[str, Any]:
    match event:
        case Ready():
            return _ready(event)
        case Ack(received):
            return {"type": "ack", "received_samples": received}
        case SpeechStarted(at):
            return {"type": "speech_started", "at_ms": to_ms(at)}
        case VoiceActivity():
            return _activity(event)
        case Partial(utterance, text, start):
            return {"type": "partial", "utterance": utterance, "text": text, "start_ms": to_ms(start)}
        case Transcript():
            return _final(event)
        case MessageSaved(receipt):
            return {"type": "message_saved", "message_id": receipt.id, "uid": receipt.uid}
        case MemorySaved(receipt):
            return {"type": "memory_saved", "memory_id": receipt.id, "existed": receipt.existed}
        case AgentLogSaved(receipt):
            return {"type": "agent_log_saved", "log_id": receipt.id}
        case FeedbackSaved(feedback):
            return {"type": "feedback_saved", "message_id": feedback.message_id, "rating": feedback.rating}
        case VoiceWarning(code, text):
            return {"type": "warning", "code": code, "message": text}
        case Trouble(code, text, fatal):
            return {"type": "error", "code": code, "message": text, "fatal": fatal}
        case Pong():
            return {"type": "pong"}
        case Stopped(received, utterances, duration):
            return {
                "type": "stopped",
                "received_samples": received,
                "utterances": utterances,
                "duration_ms": to_ms(duration),
            }
        case Answered() | events.Aside():
            raise AssertionError("other wires' events have no native message")
        case _:
            assert_never(event)


def _ready(ready: Ready) -> dict[str, Any]:
    opened = ready.opened
    return {
        "type": "ready",
        "session_id": opened.session_id,
        "conversation_id": opened.conversation_id,
        "resume_token": opened.resume_token,
        "received_samples": ready.received,
        "sample_rate": opened.sample_rate,
        "silence_ms": opened.silence_ms,
        "recognizer": opened.recognizer,
    }


def _activity(voice: VoiceActivity) -> dict[str, Any]:
    return {
        "type": "voice",
        "at_ms": to_ms(voice.at),
        "level_dbfs": rounded(voice.level_dbfs, 1),
        "speech": voice.speech,
        "silence_ms": to_ms(voice.silence),
        "pitch_hz": [rounded(f0, 1) for f0 in voice.pitch_hz],
        "pitch_at_ms": None if voice.pitch_at is None else to_ms(voice.pitch_at),
        "hop_ms": to_ms(HOP),
    }


def _final(transcript: Transcript) -> dict[str, Any]:
    final = transcript.final
    message = {"type": "final", "utterance": final.utterance, **described(transcript)}
    if final.words:
        message["words"] = words_json(final)
    if transcript.memories is not None:
        message["memories"] = transcript.memories
    return message
