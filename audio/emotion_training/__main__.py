"""Train the voice-emotion classifier: `python -m audio.emotion_training EMODB_FOLDER [--tables]`.

Writes audio/emotion_weights.json. With --tables it writes nothing and prints the figures of the model card.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.emotion_model import WEIGHTS, Network, Prior
from audio.emotion_training.channels import Channel
from audio.emotion_training.corpus import Clip, read
from audio.emotion_training.histories import History
from audio.emotion_training.listening import Heard, hear, hear_varied
from audio.emotion_training.tables import print_tables
from audio.emotion_training.validation import (
    Recipe,
    excitement,
    held_out,
    label_index,
    temperature,
    train,
)

PASSES = 12
"""Times the corpus is heard: once as it is, then through random channels. From 6 on nothing changes much."""

CALIBRATED_ON = (History.NONE, History.SHUFFLED, History.MOSTLY_NEUTRAL)

PROVENANCE = {
    "corpus": "EmoDB, 535 clips of 10 actors, German; CC0 1.0",
    "citation": "Burkhardt, Paeschke, Rolfes, Sendlmeier, Weiss: A Database of German Emotional Speech, "
    "Interspeech 2005",
    "command": "python -m audio.emotion_training EMODB_FOLDER",
    "card": "docs/emotion-model-card.md",
}


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m audio.emotion_training", description=__doc__)
    parser.add_argument("corpus", type=Path, help="folder with EmoDB's WAV or FLAC files")
    parser.add_argument("--tables", action="store_true", help="print the model card's figures instead")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    clips = read(asked.corpus)
    passes = _passes(clips, asked.seed)
    recipe = Recipe(seed=asked.seed)
    if asked.tables:
        print_tables(clips, passes, recipe)
    else:
        WEIGHTS.write_text(weights(passes, recipe))


def _passes(clips: Sequence[Clip], seed: int) -> list[Heard]:
    varied = [hear_varied(clips, seed=seed * 1000 + number) for number in range(1, PASSES)]
    return [hear(clips, Channel(), seed=seed), *varied]


def weights(passes: Sequence[Heard], recipe: Recipe) -> str:
    """Train on every speaker of `passes`, calibrate on speakers left out, and return the weights file."""
    label_temperature, arousal_temperature = _temperatures(passes, recipe)
    prior, network = train(passes, set(passes[0].speakers.tolist()), recipe)
    stored = {
        "provenance": {**PROVENANCE, "seed": recipe.seed},
        "labels": recipe.labels,
        "features": passes[0].names,
        "temperature": round(label_temperature, 3),
        "arousal_temperature": round(arousal_temperature, 3),
        "weights": _arrays(prior, network),
    }
    # A line per name and array: a retrained model makes a diff that can be read.
    return json.dumps(stored, separators=(",", ":")).replace(',"', ',\n"') + "\n"


def _temperatures(passes: Sequence[Heard], recipe: Recipe) -> tuple[float, float]:
    """Calibrate labels and arousal on speakers left out, with and without a baseline."""
    found = held_out(passes, {"": passes[0]}, CALIBRATED_ON, recipe)
    logits = np.concatenate(list(found.values()))
    labels = np.tile(label_index(passes[0], recipe.labels), len(found))
    excited = np.tile(excitement(passes[0]), len(found))
    described = np.tile(passes[0].usable, len(found))
    named, roused = (labels >= 0) & described, (excited >= 0) & described
    arousal = np.column_stack((np.zeros(len(logits)), logits[:, -1]))
    return (
        temperature(logits[named, :-1], labels[named]),
        temperature(arousal[roused], excited[roused]),
    )


def _arrays(prior: Prior, network: Network) -> dict[str, object]:
    """Four digits are enough: further ones change no probability by a thousandth."""
    return {
        "prior_mean": _rounded(prior.mean),
        "prior_variance": _rounded(prior.variance),
        "hidden": _rounded(network.hidden),
        "hidden_bias": _rounded(network.hidden_bias),
        "output": _rounded(network.output),
        "output_bias": _rounded(network.output_bias),
    }


def _rounded(values: NDArray[np.float64]) -> list[object]:
    if values.ndim > 1:
        return [_rounded(row) for row in values]
    return [float(f"{value:.4g}") for value in values]


if __name__ == "__main__":
    main()
