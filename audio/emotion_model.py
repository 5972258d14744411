"""The classifier behind `EmotionMeter`: a talker's baseline and a small network, trained by us on EmoDB.

How a voice differs from its own usual sound says more than how it sounds: without the talker's baseline, emotion
recognizers are near chance on another corpus. So the network sees features relative to a `Baseline`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WEIGHTS = Path(__file__).with_name("emotion_weights.json")
"""Written by `python -m audio.emotion_training`; docs/emotion-model-card.md says what it can do."""

MEAN_TRUST_S = 8.0
"""Seconds of the talker's speech that weigh as much as the training speakers' mean, in a feature that differs as
much from talker to talker as within one. What differs more between talkers and microphones is taken from the talker
sooner, what differs less later: the best estimate there is (James and Stein, 1961)."""

LONGEST_TRUST_S = 20.0
"""And never later than this: ten actors don't say how little talkers elsewhere differ. Without a bound, women with a
neutral history were judged 15 points worse by a model that had only heard men."""

SPREAD_TRUST_S = 60.0
"""The same for the spread: a dozen utterances of one mood would make it far too small."""

ACQUAINTED_S = 10.0
"""Seconds of the talker's speech that make `Baseline.acquaintance` a half."""

MEMORY_S = 300.0
"""Speech that the talker's own share may stand for; older speech fades, as moods and microphones change."""

LIMIT = 4.0
"""Deviations beyond which a feature is cut: outside of what was trained on, further away means nothing."""


@dataclass(frozen=True, slots=True)
class Prior:
    """The training speakers: what is usual before the talker has spoken."""

    mean: Floats
    """Shape (features,)."""
    variance: Floats
    """Within a speaker, over all expressions; shape (features,)."""
    between: Floats
    """Variance of the means of speakers, each through channels of their own; shape (features,)."""
    moods: Floats
    """What each label's clips add to their speaker's mean, shape (labels, features)."""


class Baseline:
    """What is usual for one talker: running mean and variance of features, weighted by seconds of speech.

    Somebody who begins a session in anger is not an angry-sounding person. So what the judgement ascribes to a mood
    is taken off the first utterances; the more speech is heard, the more its moods may be trusted to even out, and
    the less is taken off. That also heals it where a habit of the voice was taken for a mood.
    """

    def __init__(self, prior: Prior) -> None:
        self._prior = prior
        self._seconds = 0.0
        self._mean = np.zeros_like(prior.mean)
        self._variance = np.zeros_like(prior.variance)

    @property
    def seconds(self) -> float:
        """Speech that the talker's own share stands for."""
        return self._seconds

    @property
    def acquaintance(self) -> float:
        """How well the talker is known: 0 a stranger, nearly 1 after minutes."""
        return self._seconds / (self._seconds + ACQUAINTED_S)

    def take(self, features: Floats, seconds: float, shares: Floats) -> None:
        """Count an utterance of `seconds` as usual for this talker (West's weighted update, 1979).

        `shares` says how much of each label is in it, shape (labels,); they add up to 1 or less.
        """
        mood = (1 - self.acquaintance) * shares @ self._prior.moods
        kept = min(self._seconds, MEMORY_S - min(seconds, MEMORY_S))
        self._seconds = kept + seconds
        share = seconds / self._seconds
        step = features - mood - self._mean
        self._mean = self._mean + share * step
        self._variance = (1 - share) * (self._variance + share * step**2)

    def relative(self, features: Floats) -> Floats:
        """Return how many deviations `features` lie from the usual, within ±LIMIT, and last the acquaintance.

        Shape (features + 1,).
        """
        prior = self._prior
        trust = np.minimum(MEAN_TRUST_S * prior.variance / prior.between, LONGEST_TRUST_S)
        own = self._seconds / (self._seconds + trust)
        mean = prior.mean + own * (self._mean - prior.mean)
        settled = self._seconds / (self._seconds + SPREAD_TRUST_S)
        within = prior.variance + settled * (self._variance - prior.variance)
        # The talker's mean may still be anywhere between talkers: an odd microphone makes no odd mood.
        deviations = (features - mean) / np.sqrt(within + (1 - own) * prior.between)
        return np.append(np.clip(deviations, -LIMIT, LIMIT), self.acquaintance)


def softmax(logits: Floats) -> Floats:
    """Turn logits, shape (..., classes), into probabilities."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    shares: Floats = powers / powers.sum(-1, keepdims=True)
    return shares


def sigmoid(logit: Floats) -> Floats:
    """Turn a logit into a probability; exp of a negative number only, so it can't overflow."""
    power = np.exp(-np.abs(logit))
    probability: Floats = np.where(logit >= 0, 1, power) / (1 + power)
    return probability


@dataclass(frozen=True, slots=True)
class Network:
    """One hidden layer of tanh; a linear output per label and a last one for arousal."""

    hidden: Floats
    """Shape (features + 1, units): the deviations and the acquaintance."""
    hidden_bias: Floats
    output: Floats
    """Shape (units, labels + 1)."""
    output_bias: Floats

    def logits(self, relative: Floats) -> Floats:
        """Judge what `Baseline.relative` returns, shape (..., features + 1); returns shape (..., labels + 1)."""
        activity = np.tanh(relative @ self.hidden + self.hidden_bias)
        return activity @ self.output + self.output_bias

    def shares(self, relative: Floats) -> Floats:
        """Return the labels' shares in an utterance for `Baseline.take`, shape (..., labels)."""
        return softmax(self.logits(relative)[..., :-1])


@dataclass(frozen=True, slots=True)
class Temperature:
    """What logits are divided by, so that confidence is the share of right answers (Guo et al., 2017)."""

    stranger: float
    familiar: float

    def at(self, acquaintance: Floats) -> Floats:
        """Return the temperature for talkers this well known: strangers are judged with more doubt."""
        return self.stranger + acquaintance * (self.familiar - self.stranger)


@dataclass(frozen=True, slots=True)
class EmotionModel:
    """What training leaves behind."""

    labels: tuple[str, ...]
    features: tuple[str, ...]
    """Names, in the order of the weights."""
    prior: Prior
    network: Network
    temperature: Temperature
    """Of the labels."""
    arousal_temperature: Temperature

    def vector(self, features: Mapping[str, float]) -> Floats:
        """Put described features into the order of the weights."""
        return np.array([features[name] for name in self.features])

    def judge(self, relative: Floats) -> tuple[Floats, float]:
        """Return the labels' probabilities and arousal, 0 to 1, of one utterance, from `Baseline.relative`."""
        logits, acquaintance = self.network.logits(relative), relative[-1:]
        arousal = sigmoid(logits[-1:] / self.arousal_temperature.at(acquaintance))
        return softmax(logits[:-1] / self.temperature.at(acquaintance)), float(arousal[0])


def load(path: Path = WEIGHTS) -> EmotionModel:
    """Read a weights file."""
    stored: dict[str, Any] = json.loads(path.read_text())
    array = {name: np.array(values) for name, values in stored["weights"].items()}
    return EmotionModel(
        labels=tuple(stored["labels"]),
        features=tuple(stored["features"]),
        prior=Prior(array["prior_mean"], array["prior_variance"], array["prior_between"], array["moods"]),
        network=Network(array["hidden"], array["hidden_bias"], array["output"], array["output_bias"]),
        temperature=Temperature(*stored["temperature"]),
        arousal_temperature=Temperature(*stored["arousal_temperature"]),
    )
