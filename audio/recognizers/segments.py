"""An utterance out of segments: recognizers cut speech by their own rules, and nobody outside may notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from audio.values import Alternative, Recognition, Word


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a segment."""

    text: str
    words: tuple[Word, ...] | None
    """None where the recognizer doesn't time the words of this reading."""
    score: float = 0.0
    """The recognizer's log score; scores of segments that follow each other add up."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What was recognized between two cuts: the readings, best first; the first is the recognizer's answer."""

    readings: tuple[Reading, ...]


def join(segments: Sequence[Segment], *, alternatives: int) -> Recognition:
    """Join the segments of an utterance into one recognition that lists up to `alternatives` other readings.

    The best readings follow each other; another reading of the whole differs in one or more segments, and those
    of the highest summed score are listed.
    """
    whole = [Reading("", ())]
    for segment in segments:
        best, *others = [_after(left, right) for left, right in product(whole, segment.readings)]
        # The first of each is the answer whatever the scores say: recognizers may rank by more than them.
        whole = [best, *sorted(others, key=_by_score)[: alternatives + 1]]
    best, *others = whole
    distinct = {other.text: other for other in reversed(others) if other.text != best.text}
    return Recognition(
        text=best.text,
        words=best.words or (),
        alternatives=tuple(
            Alternative(text=other.text, confidence=other.score, words=other.words or ())
            for other in sorted(distinct.values(), key=_by_score)[:alternatives]
        ),
    )


def _after(left: Reading, right: Reading) -> Reading:
    words = None if left.words is None or right.words is None else left.words + right.words
    return Reading(f"{left.text} {right.text}".strip(), words, left.score + right.score)


def _by_score(reading: Reading) -> float:
    return -reading.score
