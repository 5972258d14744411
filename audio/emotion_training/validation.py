"""Training, and judging speakers that the training never heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from audio.emotion_model import Network, Prior, softmax
from audio.emotion_training.corpus import EXCITED, LABELS
from audio.emotion_training.fitting import UNITS, Examples, fit
from audio.emotion_training.histories import History, prior_of, relative
from audio.emotion_training.listening import Heard

Floats = NDArray[np.float64]
Classes = NDArray[np.intp]

TRAINED_ON = (
    History.MIXED,
    History.MIXED,
    History.NEUTRAL,
    History.SHUFFLED,
    History.NONE,
    History.MOSTLY_NEUTRAL,
)
"""Histories of successive passes through the corpus, over and over."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the ablations vary."""

    labels: tuple[str, ...] = LABELS
    units: int = UNITS
    seed: int = 1


def label_index(heard: Heard, labels: Sequence[str]) -> Classes:
    """Return each clip's place in `labels`, -1 for none."""
    place = {label: index for index, label in enumerate(labels)}
    return np.array([place.get(emotion, -1) for emotion in heard.emotions])


def excitement(heard: Heard) -> Classes:
    """Return 1 for clips of high arousal, 0 for low, -1 for neither."""
    return np.array([int(EXCITED[emotion]) if emotion in EXCITED else -1 for emotion in heard.emotions])


def train(passes: Sequence[Heard], speakers: set[str], recipe: Recipe) -> tuple[Prior, Network]:
    """Fit prior and network to the clips of `speakers` in all `passes`."""
    rng = np.random.default_rng(recipe.seed)
    prior = prior_of(passes, speakers)
    inputs, labels, excited = [], [], []
    for heard, history in zip(passes, cycle(TRAINED_ON), strict=False):
        clips = np.flatnonzero(np.isin(heard.speakers, sorted(speakers)) & heard.usable)
        inputs.append(relative(heard, clips, history, prior, rng))
        labels.append(label_index(heard, recipe.labels)[clips])
        excited.append(excitement(heard)[clips])
    examples = Examples(
        np.concatenate(inputs), np.concatenate(labels), np.concatenate(excited), len(recipe.labels)
    )
    return prior, fit(examples, recipe.seed, recipe.units)


def held_out(
    passes: Sequence[Heard],
    tests: Mapping[str, Heard],
    histories: Sequence[History],
    recipe: Recipe,
    folds: Iterable[set[str]] | None = None,
) -> dict[tuple[str, History], Floats]:
    """Judge every clip of every test by a network that never heard its speaker.

    `folds` are the groups of speakers left out together, by default each speaker alone. Returns logits, shape
    (clips, labels + 1), NaN where a clip couldn't be described.
    """
    everyone = set(passes[0].speakers.tolist())
    found = {
        (name, history): np.full((len(heard.speakers), len(recipe.labels) + 1), np.nan)
        for name, heard in tests.items()
        for history in histories
    }
    for fold in folds or [{speaker} for speaker in sorted(everyone)]:
        prior, network = train(passes, everyone - fold, recipe)
        for (name, history), logits in found.items():
            heard = tests[name]
            clips = np.flatnonzero(np.isin(heard.speakers, sorted(fold)) & heard.usable)
            rng = np.random.default_rng(recipe.seed)
            logits[clips] = network.logits(relative(heard, clips, history, prior, rng))
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
        features=heard.features[clips],
        seconds=heard.seconds[clips],
    )


def temperature(logits: Floats, classes: Classes) -> float:
    """Return what to divide logits by so that the right classes are likeliest (Guo et al., 2017)."""
    candidates = np.geomspace(0.3, 5, 300)
    right = np.arange(len(classes)), classes
    loss = [-np.log(softmax(logits / t)[right] + 1e-12).mean() for t in candidates]
    return float(candidates[int(np.argmin(loss))])


def recall(classes: Classes, guess: Classes) -> Floats:
    """Return the share of each class that was found; its mean is the unweighted average recall (UAR)."""
    return np.array([np.mean(guess[classes == c] == c) for c in np.unique(classes)])


def calibration_error(confidence: Floats, right: NDArray[np.bool_], bins: int = 10) -> float:
    """Return the expected calibration error: how far confidence is from the share of right answers."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[place == b].mean() - right[place == b].mean()) * np.mean(place == b)
        for b in range(bins)
        if np.any(place == b)
    ]
    return float(sum(gaps))
