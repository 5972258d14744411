"""What a session has heard before it hears a clip: the baseline to judge it by.

A live session begins with strangers, then knows its talker, who is mostly neutral. The network is trained on all
of these, and measured on each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from audio.emotion_model import LIMIT, Baseline, Prior
from audio.emotion_training.listening import Heard

Floats = NDArray[np.float64]
Shares = Callable[[Baseline, int], Floats]
"""Tells how much of each label is in a clip, given by its index, when it is heard after a baseline."""

LONG = 20
"""Clips in the neutral histories: about half a minute of voiced speech."""

OUTBURST = 5
"""Clips at most in a history of one mood: what comes before a talker is known."""


class History(StrEnum):
    """Which clips of the same speaker came before."""

    NONE = "no baseline"
    SHUFFLED = "session in random order"
    MOSTLY_NEUTRAL = "session mostly neutral"
    NEUTRAL = "session all neutral"
    ONE_MOOD = "first utterances all of one mood"
    """One to five, and not neutral: the baseline's worst beginning."""
    WHOLE = "all clips, z-norm"
    """The usual yardstick and an upper bound: mean and spread of all the speaker's clips, moods balanced, the
    clip itself and its future included."""
    MIXED = "mixed"
    """For training: any number of clips, any share of neutral ones."""


def prior_of(heard: Sequence[Heard], speakers: set[str], labels: Sequence[str]) -> Prior:
    """Return the mean over all clips, the variance within a speaker in a channel and that between them, and moods."""
    groups = [
        (passing, (passing.speakers == speaker) & passing.usable)
        for passing in heard
        for speaker in sorted(speakers)
    ]
    parts = [passing.features[own] for passing, own in groups]
    return Prior(
        mean=np.concatenate(parts).mean(0),
        variance=np.mean([part.var(0) for part in parts], axis=0),
        between=np.var([part.mean(0) for part in parts], axis=0),
        moods=np.array([_mood(label, groups) for label in labels]),
    )


def _mood(label: str, groups: Sequence[tuple[Heard, NDArray[np.bool_]]]) -> Floats:
    """Return what the clips of `label` add to their speaker's mean, over the groups that have any."""
    added = [
        passing.features[own & (passing.emotions == label)].mean(0) - passing.features[own].mean(0)
        for passing, own in groups
        if np.any(own & (passing.emotions == label))
    ]
    mood: Floats = np.mean(added, axis=0)
    return mood


def relative(
    heard: Heard,
    clips: NDArray[np.intp],
    history: History,
    prior: Prior,
    shares: Shares,
    rng: np.random.Generator,
) -> Floats:
    """Return the features of `clips` relative to baselines after random histories, shape (clips, features + 1)."""
    rows = []
    for clip in clips:
        own = (heard.speakers == heard.speakers[clip]) & heard.usable
        if history is History.WHOLE:
            rows.append(_z_norm(heard.features[clip], heard.features[own]))
            continue
        own[clip] = False
        baseline = Baseline(prior)
        for earlier in _earlier(history, np.flatnonzero(own), heard.emotions, rng):
            share = shares(baseline, int(earlier))
            baseline.take(heard.features[earlier], float(heard.seconds[earlier]), share)
        rows.append(baseline.relative(heard.features[clip]))
    return np.array(rows)


def _earlier(
    history: History, own: NDArray[np.intp], emotions: NDArray[np.str_], rng: np.random.Generator
) -> NDArray[np.intp]:
    neutral = own[emotions[own] == "neutral"]
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
        case History.ONE_MOOD:
            moved = own[emotions[own] != "neutral"]
            mood = rng.choice(np.unique(emotions[moved])) if len(moved) else ""
            return rng.permutation(own[emotions[own] == mood])[: rng.integers(1, OUTBURST + 1)]
        case History.MIXED:
            return _blend(own, neutral, int(rng.integers(0, LONG * 2)), rng.choice([0.0, rng.random()]), rng)
        case History.WHOLE:
            raise ValueError("z-norm has no history")
        case _:
            assert_never(history)


def _z_norm(features: Floats, everything: Floats) -> Floats:
    deviations: Floats = (features - everything.mean(0)) / everything.std(0)
    return np.append(np.clip(deviations, -LIMIT, LIMIT), 1.0)


def _blend(
    own: NDArray[np.intp], neutral: NDArray[np.intp], count: int, share: float, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Draw `count` clips, about `share` of them neutral. A speaker has few of those: they may repeat."""
    drawn = rng.binomial(count, share) if len(neutral) else 0
    chosen = np.concatenate(
        (neutral[rng.integers(0, len(neutral), drawn)], rng.permutation(own)[: count - drawn])
    )
    return rng.permutation(chosen)
