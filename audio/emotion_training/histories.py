"""What a session has heard before it hears a clip: the baseline to judge it by.

A live session begins with strangers, then knows its talker, who is mostly neutral. The network is trained on all
of these, and measured on each.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from audio.emotion_model import LIMIT, Baseline, Prior
from audio.emotion_training.listening import Heard

LONG = 20
"""Clips in the neutral histories: about half a minute of voiced speech."""


class History(StrEnum):
    """Which clips of the same speaker came before."""

    NONE = "no baseline"
    SHUFFLED = "session in random order"
    MOSTLY_NEUTRAL = "session mostly neutral"
    NEUTRAL = "session all neutral"
    WHOLE = "all clips, z-norm"
    """The usual yardstick and an upper bound: mean and spread of all the speaker's clips, moods balanced, the
    clip itself and its future included."""
    MIXED = "mixed"
    """For training: any number of clips, any share of neutral ones."""


def prior_of(heard: Sequence[Heard], speakers: set[str]) -> Prior:
    """Return the mean over all clips, the mean variance within a speaker in a channel, and that between them."""
    parts = [
        passing.features[(passing.speakers == speaker) & passing.usable]
        for passing in heard
        for speaker in sorted(speakers)
    ]
    return Prior(
        mean=np.concatenate(parts).mean(0),
        variance=np.mean([part.var(0) for part in parts], axis=0),
        between=np.var([part.mean(0) for part in parts], axis=0),
    )


def relative(
    heard: Heard, clips: NDArray[np.intp], history: History, prior: Prior, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the features of `clips` relative to baselines after random histories, shape (clips, features + 1)."""
    rows = []
    for clip in clips:
        own = (heard.speakers == heard.speakers[clip]) & heard.usable
        if history is History.WHOLE:
            rows.append(_z_norm(heard.features[clip], heard.features[own]))
            continue
        own[clip] = False
        neutral = np.flatnonzero(own & (heard.emotions == "neutral"))
        baseline = Baseline(prior)
        for earlier in _earlier(history, np.flatnonzero(own), neutral, rng):
            baseline.take(heard.features[earlier], float(heard.seconds[earlier]))
        rows.append(baseline.relative(heard.features[clip]))
    return np.array(rows)


def _earlier(
    history: History, own: NDArray[np.intp], neutral: NDArray[np.intp], rng: np.random.Generator
) -> NDArray[np.intp]:
    match history:
        case History.NONE:
            return own[:0]
        case History.SHUFFLED:
            # Position n of a random order is as likely as any other.
            return rng.permutation(own)[: rng.integers(0, len(own) + 1)]
        case History.MOSTLY_NEUTRAL:
            return _blend(own, neutral, LONG, 0.7, rng)
        case History.NEUTRAL:
            return _blend(own, neutral, LONG, 1.0, rng)
        case History.MIXED:
            return _blend(own, neutral, int(rng.integers(0, LONG * 2)), rng.choice([0.0, rng.random()]), rng)
        case History.WHOLE:
            raise ValueError("z-norm has no history")
        case _:
            assert_never(history)


def _z_norm(features: NDArray[np.float64], everything: NDArray[np.float64]) -> NDArray[np.float64]:
    deviations: NDArray[np.float64] = (features - everything.mean(0)) / everything.std(0)
    return np.append(np.clip(deviations, -LIMIT, LIMIT), 1.0)


def _blend(
    own: NDArray[np.intp], neutral: NDArray[np.intp], count: int, share: float, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Draw `count` clips, about `share` of them neutral. A speaker has few of those: they may repeat."""
    drawn = rng.binomial(count, share)
    chosen = np.concatenate((rng.choice(neutral, drawn), rng.permutation(own)[: count - drawn]))
    return rng.permutation(chosen)
