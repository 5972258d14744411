"""What Earshot tells of an utterance in its own words, on its own wire and beside what others' protocols have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from audio.annotations import rounded, voice_json, words_json
from audio.values import to_ms
from server.replies import Transcript


def described(transcript: Transcript) -> dict[str, Any]:
    """Write where an utterance is kept, what was said in it, when and how; without its words one by one."""
    final, receipt = transcript.final, transcript.receipt
    return {
        "message_id": receipt.id if receipt else None,
        "uid": receipt.uid if receipt else None,
        "text": final.text,
        "start_ms": to_ms(final.start),
        "end_ms": to_ms(final.end),
        "confidence": rounded(final.confidence, 3),
        "voice": voice_json(final.voice),
        "reason": final.reason,
        "latency_ms": transcript.latency_ms,
    }


def extras(transcripts: Sequence[Transcript], warnings: Sequence[str]) -> dict[str, Any]:
    """Write what others' protocols lack: of the first utterance, and of all where one transcript took several."""
    parts = [described(transcript) | {"words": words_json(transcript.final)} for transcript in transcripts]
    told: dict[str, Any] = dict(parts[0]) if parts else {"message_id": None, "uid": None}
    if len(parts) > 1:
        told["parts"] = parts
    if warnings:
        told["warnings"] = list(warnings)
    return told
