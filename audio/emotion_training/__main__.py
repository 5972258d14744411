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

from audio.emotion_model import WEIGHTS, Network, Prior, Temperature
from audio.emotion_training.calibration import arousal_temperature, label_temperature, through_channels
from audio.emotion_training.channels import Channel
from audio.emotion_training.corpus import Clip, read
from audio.emotion_training.listening import Heard, hear, hear_varied
from audio.emotion_training.tables import print_tables
from audio.emotion_training.validation import Recipe, train

PASSES = 12
"""Times the corpus is heard: once as it is, then through random channels. 18 are no better."""

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
    labels = label_temperature(passes, through_channels(passes, recipe), recipe.labels)
    arousal = arousal_temperature(passes, recipe)
    prior, network = train(passes, set(passes[0].speakers.tolist()), recipe)
    stored = {
        "provenance": {**PROVENANCE, "seed": recipe.seed},
        "labels": recipe.labels,
        "features": passes[0].names,
        "temperature": _degrees(labels),
        "arousal_temperature": _degrees(arousal),
        "weights": _arrays(prior, network),
    }
    # A line per name and array: a retrained model makes a diff that can be read.
    return json.dumps(stored, separators=(",", ":")).replace(',"', ',\n"') + "\n"


def _degrees(temperature: Temperature) -> list[float]:
    return [round(temperature.stranger, 3), round(temperature.familiar, 3)]


def _arrays(prior: Prior, network: Network) -> dict[str, object]:
    """Four digits are enough: further ones change no probability by a thousandth."""
    return {
        "prior_mean": _rounded(prior.mean),
        "prior_variance": _rounded(prior.variance),
        "prior_between": _rounded(prior.between),
        "moods": _rounded(prior.moods),
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
