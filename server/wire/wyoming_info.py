"""What a Wyoming client is told about the server: `info`, by which Home Assistant finds out what it can do."""

from __future__ import annotations

from audio.recognizers.base import RecognizerInfo
from server.wire.wyoming_events import write

VERSION = "0.1.0"
"""Earshot's, as in pyproject.toml."""

_MAKERS = {
    "vosk": ("Alpha Cephei", "https://alphacephei.com/vosk/"),
    "pocketsphinx": ("CMU Sphinx", "https://cmusphinx.github.io/"),
}
"""Who made the recognizers, and where they are from."""

_NOT_OURS = ("tts", "handle", "intent", "wake", "mic", "snd")
"""Kinds of services that are not offered."""


def info(recognizer: RecognizerInfo) -> str:
    """Write `info`: one program with one model, the one that listens."""
    maker, url = _MAKERS.get(recognizer.engine, ("Earshot", ""))
    model = {
        "name": recognizer.model,
        "languages": [recognizer.language],
        "attribution": {"name": maker, "url": url},
        "installed": True,
        "description": recognizer.note or f"{recognizer.model}, heard by {recognizer.engine}",
        "version": None,
    }
    program = {
        "name": "earshot",
        "attribution": {"name": "Earshot", "url": ""},
        "installed": True,
        "description": "Hears, annotates the voice and keeps what it hears",
        "version": VERSION,
        "models": [model],
        "supports_transcript_streaming": True,
        "requires_external_vad": True,  # a transcript answers audio-stop, which is the client's to send
        "prefers_auto_gain_enabled": False,  # the voice is measured and kept as it is
        "prefers_noise_reduction_enabled": False,
    }
    return write("info", asr=[program], **{name: [] for name in _NOT_OURS})
