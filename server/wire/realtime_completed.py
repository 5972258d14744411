"""What a Realtime transcript carries besides its text: log probabilities in OpenAI's shape, and Earshot's own."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any

from audio.annotations import rounded, voice_json, words_json
from audio.values import Final, Word, to_ms
from server.replies import Transcript

_LEAST = 1e-6
"""Confidence below which the logarithm isn't taken: JSON knows no infinity."""


def logprobs(finals: Sequence[Final]) -> list[dict[str, Any]] | None:
    """Write the recognizer's confidence in each word as a log probability; None where it has none.

    Tokens are words with the space before them, so that together they are the transcript.
    """
    words = [word for final in finals for word in final.words]
    text = " ".join(final.text for final in finals if final.text)
    if " ".join(word.text for word in words) != text:
        return None
    found = [_logprob(word, first=number == 0) for number, word in enumerate(words)]
    return None if None in found else [one for one in found if one]


def _logprob(word: Word, *, first: bool) -> dict[str, Any] | None:
    if word.confidence is None:
        return None
    token = word.text if first else f" {word.text}"
    probability = log(min(max(word.confidence, _LEAST), 1.0))
    return {"token": token, "bytes": list(token.encode()), "logprob": round(probability, 6)}


def extras(transcripts: Sequence[Transcript], warnings: Sequence[str]) -> dict[str, Any]:
    """Write what Earshot adds: of the first utterance, and of all where an item took several."""
    parts = [_part(transcript) for transcript in transcripts]
    told: dict[str, Any] = dict(parts[0]) if parts else {"message_id": None, "uid": None}
    if len(parts) > 1:
        told["parts"] = parts
    if warnings:
        told["warnings"] = list(warnings)
    return told


def _part(transcript: Transcript) -> dict[str, Any]:
    final, receipt = transcript.final, transcript.receipt
    return {
        "message_id": receipt.id if receipt else None,
        "uid": receipt.uid if receipt else None,
        "text": final.text,
        "start_ms": to_ms(final.start),
        "end_ms": to_ms(final.end),
        "confidence": rounded(final.confidence, 3),
        "words": words_json(final),
        "voice": voice_json(final.voice),
        "reason": final.reason,
        "latency_ms": transcript.latency_ms,
    }
