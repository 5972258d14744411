"""What is worked out from messages: a message's quality score and a conversation's statistics. Pure.

A conversation's averages are kept as a `Tally`: counts, and sums in whole millionths. Whole numbers add up to the
same total in any order and can be taken away again, so what inserts, ratings, edits and deletions leave behind is
exactly what a recount gives; sums of floats would drift.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

VERSION = 1
"""Kept beside each score; raise it when the formula changes, so that old and new scores can be told apart."""

BASE = 0.5
"""Where a score starts: the four factors then span 0.4 to 0.9, which holds the contract's own examples."""

GOOD_LENGTH = (20, 100)  # words
GOOD_TIME = (0.5, 3.0)  # seconds
GOOD_MEMORIES = (1, 5)
BONUS = 0.1
EMOTION_WEIGHT = 0.2

MILLION = 1_000_000
LONGEST = 1_000_000.0  # seconds; more is a mistake, and sums of millionths must fit 64 bits

# Written without spaces: Thai, Lao, Burmese, Khmer, kana and Han. Two characters make a word, roughly.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
# A run of letters and digits; apostrophes, combining accents and Indic vowel signs go on with it. The underscore,
# which \w takes for a letter, is made a space first: one class of characters is matched much faster than several.
_WORD = re.compile("\\w[\\w'’\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff]*")


def words(text: str) -> float:
    """Count the words of `text`; a character of a script without spaces counts for half of one.

    >>> words("Don't stop, 3 of them said: 你好"), words("—")
    (7.0, 0.0)
    """
    spaced, unspaced = (text, 0) if text.isascii() else _UNSPACED.subn(" ", text)
    return len(_WORD.findall(spaced.replace("_", " "))) + unspaced / 2


def quality_score(
    role: str,
    content: str,
    *,
    processing_time: float | None = None,
    emotion_confidence: float | None = None,
    memories: int = 0,
) -> float:
    """Return how good a turn is for training, 0 to 1.

    What is unknown adds and costs nothing. Length, time (seconds) and memories speak of answers, so they count
    for assistant turns only; bounds are inclusive.
    """
    score = BASE
    if emotion_confidence is not None:
        score += EMOTION_WEIGHT * (emotion_confidence - 0.5)
    if role == "assistant":
        score += BONUS * (GOOD_LENGTH[0] <= words(content) <= GOOD_LENGTH[1])
        score += BONUS * (processing_time is not None and GOOD_TIME[0] <= processing_time <= GOOD_TIME[1])
        score += BONUS * (GOOD_MEMORIES[0] <= memories <= GOOD_MEMORIES[1])
    return round(min(max(score, 0.0), 1.0), 6)


class Statistics(NamedTuple):
    """What a conversation row says of its messages; None where no message says anything."""

    total_messages: int
    avg_response_time: float | None
    """Seconds, over assistant turns."""
    avg_emotion_score: float | None
    """Mean emotion confidence over all turns, 0 to 1."""
    conversation_quality: float | None
    """Mean quality score over assistant turns, 0 to 1."""
    user_satisfaction: float | None
    """Mean rating, 1 to 5."""


class Tally(NamedTuple):
    """Counts, and sums in millionths, of a set of messages. A named tuple: two are made for every message."""

    total_messages: int = 0
    response_time_count: int = 0
    response_time_sum: int = 0
    emotion_count: int = 0
    emotion_sum: int = 0
    quality_count: int = 0
    quality_sum: int = 0
    feedback_count: int = 0
    feedback_sum: int = 0

    def plus(self, other: Tally) -> Tally:
        """Return the tally of both sets."""
        return Tally(*[mine + its for mine, its in zip(self, other, strict=True)])

    def minus(self, other: Tally) -> Tally:
        """Return the tally of what remains when `other` is taken away."""
        return Tally(*[mine - its for mine, its in zip(self, other, strict=True)])

    def statistics(self) -> Statistics:
        """Return the averages that these sums make."""
        return Statistics(
            self.total_messages,
            _mean(self.response_time_sum, self.response_time_count),
            _mean(self.emotion_sum, self.emotion_count),
            _mean(self.quality_sum, self.quality_count),
            _mean(self.feedback_sum, self.feedback_count),
        )


def tally(
    role: str,
    *,
    processing_time: object = None,
    emotion_confidence: object = None,
    quality_score: object = None,
    user_feedback: object = None,
) -> Tally:
    """Return what one message adds to its conversation's tally.

    Takes columns as rows hold them: in an old file they may be anything, and only numbers within range count.
    """
    answer = role == "assistant"
    return Tally(
        1,
        *_part(processing_time if answer else None, 0.0, LONGEST),
        *_part(emotion_confidence, 0.0, 1.0),
        *_part(quality_score if answer else None, 0.0, 1.0),
        *_part(user_feedback, 1.0, 5.0),
    )


def _part(value: object, low: float, high: float) -> tuple[int, int]:
    if not isinstance(value, (int, float)) or not low <= value <= high:
        return 0, 0
    return 1, math.floor(value * MILLION + 0.5)


def _mean(total: int, count: int) -> float | None:
    return total / MILLION / count if count else None
