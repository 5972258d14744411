"""How sure the model may be: temperatures, from speakers and channels that its training never met."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from audio.emotion_model import Temperature, softmax
from audio.emotion_training.corpus import WOMEN
from audio.emotion_training.histories import History
from audio.emotion_training.listening import Heard
from audio.emotion_training.validation import Judged, Recipe, excitement, held_out, label_index

Floats = NDArray[np.float64]
Classes = NDArray[np.intp]
Found = Mapping[tuple[str, History], Judged]

STRANGER = (History.NONE,)
FAMILIAR = (History.SHUFFLED, History.MOSTLY_NEUTRAL)


def through_channels(
    passes: Sequence[Heard], recipe: Recipe, folds: Iterable[set[str]] | None = None
) -> Found:
    """Judge all speakers through all channels by networks that heard neither; passes by their number."""
    tests = {str(number): heard for number, heard in enumerate(passes)}
    return held_out(passes, tests, (*STRANGER, *FAMILIAR), recipe, folds)


def label_temperature(
    passes: Sequence[Heard], found: Found, labels: Sequence[str], without: str | None = None
) -> Temperature:
    """Fit the labels' temperature to `through_channels`' judgements, those of the speaker `without` left out."""

    def fitted(histories: Sequence[History]) -> float:
        logits, classes = _pooled(passes, found, histories, lambda heard: label_index(heard, labels), without)
        return temperature(logits[:, :-1], classes)

    return Temperature(fitted(STRANGER), fitted(FAMILIAR))


def arousal_temperature(passes: Sequence[Heard], recipe: Recipe) -> Temperature:
    """Fit arousal's temperature where its bias is worst: on the sex that training didn't hear.

    Which side of the middle a voice is on doesn't depend on it.
    """
    speakers = set(passes[0].speakers.tolist())
    found = through_channels(passes, recipe, [speakers & WOMEN, speakers - WOMEN])

    def fitted(histories: Sequence[History]) -> float:
        logits, classes = _pooled(passes, found, histories, excitement)
        return temperature(np.column_stack((np.zeros(len(logits)), logits[:, -1])), classes)

    return Temperature(fitted(STRANGER), fitted(FAMILIAR))


def probabilities(judged: Judged, heat: Temperature) -> Floats:
    """Return the labels' probabilities as the runtime would, shape (clips, labels)."""
    return softmax(judged.logits[:, :-1] / heat.at(judged.acquaintance))


def _pooled(
    passes: Sequence[Heard],
    found: Found,
    histories: Sequence[History],
    truth_of: Callable[[Heard], Classes],
    without: str | None = None,
) -> tuple[Floats, Classes]:
    """Return logits and classes of all clips that have a class."""
    logits, classes = [], []
    for number, heard in enumerate(passes):
        truth = truth_of(heard)
        rows = (truth >= 0) & heard.usable & (heard.speakers != without)
        for history in histories:
            logits.append(found[str(number), history].logits[rows])
            classes.append(truth[rows])
    return np.concatenate(logits), np.concatenate(classes)


def temperature(logits: Floats, classes: Classes) -> float:
    """Return what to divide logits by so that the right classes are likeliest (Guo et al., 2017)."""
    candidates = np.geomspace(0.3, 5, 300)
    right = np.arange(len(classes)), classes
    loss = [-np.log(softmax(logits / t)[right] + 1e-12).mean() for t in candidates]
    return float(candidates[int(np.argmin(loss))])


def calibration_error(confidence: Floats, right: NDArray[np.bool_], bins: int = 10) -> float:
    """Return the expected calibration error: how far confidence is from the share of right answers."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[place == b].mean() - right[place == b].mean()) * np.mean(place == b)
        for b in range(bins)
        if np.any(place == b)
    ]
    return float(sum(gaps))
