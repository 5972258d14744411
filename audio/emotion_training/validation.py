"""Training, and judging speakers that the training never heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from audio.emotion_model import Baseline, Network, Prior
from audio.emotion_training.corpus import EXCITED, LABELS
from audio.emotion_training.fitting import UNITS, Examples, fit
from audio.emotion_training.histories import History, Shares, prior_of, relative
from audio.emotion_training.listening import TRANSPOSED_ST, Heard, transposed

Floats = NDArray[np.float64]
Classes = NDArray[np.intp]

TRAINED_ON = (
    History.MIXED,
    History.NONE,
    History.NEUTRAL,
    History.SHUFFLED,
    History.NONE,
    History.MOSTLY_NEUTRAL,
)
"""Histories of successive passes through the corpus, over and over. A third has none: with one pass in six, strangers
were judged 4 points worse, and familiar talkers 1 better."""

CREDIT = 0.7
"""Share that the right label has in the histories of training, as if a judge had given it; the rest is nobody's.
Left-out speakers' right labels are given about as much."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the ablations vary."""

    labels: tuple[str, ...] = LABELS
    units: int = UNITS
    seed: int = 1
    transposed_st: float = TRANSPOSED_ST
    moods: bool = True
    """Whether baselines are spared the moods of a talker's first utterances."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What networks said of clips; NaN where a clip couldn't be described."""

    logits: Floats
    """Shape (clips, labels + 1)."""
    acquaintance: Floats
    """How well the talker was known, shape (clips, 1)."""

    @classmethod
    def nothing(cls, clips: int, outputs: int) -> Judged:
        """Return room for `clips` judgements."""
        return cls(np.full((clips, outputs), np.nan), np.full((clips, 1), np.nan))

    def of(self, clips: Classes) -> Judged:
        """Keep these clips."""
        return Judged(self.logits[clips], self.acquaintance[clips])


def label_index(heard: Heard, labels: Sequence[str]) -> Classes:
    """Return each clip's place in `labels`, -1 for none."""
    place = {label: index for index, label in enumerate(labels)}
    return np.array([place.get(emotion, -1) for emotion in heard.emotions])


def excitement(heard: Heard) -> Classes:
    """Return 1 for clips of high arousal, 0 for low, -1 for neither."""
    return np.array([int(EXCITED[emotion]) if emotion in EXCITED else -1 for emotion in heard.emotions])


def as_known(heard: Heard, labels: Sequence[str]) -> Shares:
    """Take the clips of a history for what they are.

    A clip of another emotion is shared by the labels that are as excited as it is.
    """
    credit = {}
    for emotion in np.unique(heard.emotions).tolist():
        right = [label == emotion if emotion in labels else _as_excited(label, emotion) for label in labels]
        credit[emotion] = CREDIT * np.array(right) / max(1, sum(right))
    return lambda _, clip: credit[heard.emotions[clip]]


def _as_excited(label: str, emotion: str) -> bool:
    return emotion in EXCITED and EXCITED.get(label) == EXCITED[emotion]


def train(passes: Sequence[Heard], speakers: set[str], recipe: Recipe) -> tuple[Prior, Network]:
    """Fit prior and network to the clips of `speakers` in all `passes`."""
    rng = np.random.default_rng(recipe.seed)
    passes = [transposed(heard, recipe.transposed_st, rng) for heard in passes]
    prior = prior_of(passes, speakers, recipe.labels)
    if not recipe.moods:
        prior = replace(prior, moods=np.zeros_like(prior.moods))
    inputs, labels, excited = [], [], []
    for heard, history in zip(passes, cycle(TRAINED_ON), strict=False):
        clips = np.flatnonzero(np.isin(heard.speakers, sorted(speakers)) & heard.usable)
        inputs.append(relative(heard, clips, history, prior, as_known(heard, recipe.labels), rng))
        labels.append(label_index(heard, recipe.labels)[clips])
        excited.append(excitement(heard)[clips])
    examples = Examples(
        np.concatenate(inputs), np.concatenate(labels), np.concatenate(excited), len(recipe.labels)
    )
    return prior, fit(examples, recipe.seed, recipe.units)


def as_judged(heard: Heard, network: Network) -> Shares:
    """Take the clips of a history for what `network` judges them to be, as a live session does."""

    def shares(baseline: Baseline, clip: int) -> Floats:
        return network.shares(baseline.relative(heard.features[clip]))

    return shares


def held_out(
    passes: Sequence[Heard],
    tests: Mapping[str, Heard],
    histories: Sequence[History],
    recipe: Recipe,
    folds: Iterable[set[str]] | None = None,
) -> dict[tuple[str, History], Judged]:
    """Judge every clip of every test by a network that never heard its speaker.

    `folds` are the groups of speakers left out together, by default each speaker alone.
    """
    everyone = set(passes[0].speakers.tolist())
    found = {
        (name, history): Judged.nothing(len(heard.speakers), len(recipe.labels) + 1)
        for name, heard in tests.items()
        for history in histories
    }
    for fold in folds or [{speaker} for speaker in sorted(everyone)]:
        prior, network = train(passes, everyone - fold, recipe)
        for (name, history), judged in found.items():
            heard = tests[name]
            clips = np.flatnonzero(np.isin(heard.speakers, sorted(fold)) & heard.usable)
            rng = np.random.default_rng(recipe.seed)
            if len(clips):
                rows = relative(heard, clips, history, prior, as_judged(heard, network), rng)
                judged.logits[clips] = network.logits(rows)
                judged.acquaintance[clips] = rows[:, -1:]
    return found


def only(heard: Heard, names: Sequence[str]) -> Heard:
    """Keep the features of these names."""
    columns = [heard.names.index(name) for name in names]
    return replace(heard, names=tuple(names), features=heard.features[:, columns])


def part_of(heard: Heard, clips: Classes) -> Heard:
    """Keep these clips, in this order; a clip may come twice."""
    return replace(
        heard,
        speakers=heard.speakers[clips],
        emotions=heard.emotions[clips],
        texts=heard.texts[clips],
        features=heard.features[clips],
        seconds=heard.seconds[clips],
    )


def recall(classes: Classes, guess: Classes) -> Floats:
    """Return the share of each class that was found; its mean is the unweighted average recall (UAR)."""
    return np.array([np.mean(guess[classes == c] == c) for c in np.unique(classes)])
