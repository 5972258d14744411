"""How sure the recognizer is of each word, in OpenAI's shape: log probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any

from audio.values import Final, Word

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
