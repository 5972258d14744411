"""The Python package wyoming, unmodified: what its clients are made of, and events as bytes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it takes audioop as long as Python has it
    from wyoming.asr import (
        Transcribe,
        Transcript,
        TranscriptChunk,
        TranscriptStart,
        TranscriptStop,
        VadSensitivity,
    )
    from wyoming.audio import AudioChunk, AudioChunkConverter, AudioStart, AudioStop
    from wyoming.client import AsyncClient, AsyncTcpClient
    from wyoming.error import Error
    from wyoming.event import Event, Eventable, read_event, write_event
    from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info
    from wyoming.ping import Ping, Pong
    from wyoming.vad import VoiceStarted, VoiceStopped

__all__ = [
    "AsrModel",
    "AsrProgram",
    "AsyncClient",
    "AsyncTcpClient",
    "Attribution",
    "AudioChunk",
    "AudioChunkConverter",
    "AudioStart",
    "AudioStop",
    "Describe",
    "Error",
    "Event",
    "Info",
    "Ping",
    "Pong",
    "Transcribe",
    "Transcript",
    "TranscriptChunk",
    "TranscriptStart",
    "TranscriptStop",
    "VadSensitivity",
    "VoiceStarted",
    "VoiceStopped",
    "chunks",
    "frame",
    "told",
]


def frame(event: Event | Eventable) -> bytes:
    """Write an event as the package does."""
    written = io.BytesIO()
    write_event(event if isinstance(event, Event) else event.event(), written)
    return written.getvalue()


def told(text: str | bytes) -> list[Event]:
    """Read events as the package does."""
    stream = io.BytesIO(text.encode() if isinstance(text, str) else text)
    events = []
    while stream.tell() < len(stream.getvalue()):
        event = read_event(stream)
        assert event, f"not an event of Wyoming's: {text!r}"
        events.append(event)
    return events


def chunks(data: bytes, rate: int = 16_000, size: int = 2048) -> Iterator[AudioChunk]:
    """Cut mono PCM16 as clients do."""
    for at in range(0, len(data), size):
        yield AudioChunk(rate, 2, 1, data[at : at + size])
