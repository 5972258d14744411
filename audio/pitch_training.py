"""Fit the pitch network: `python -m audio.pitch_training TRAINING_FOLDER HELD_OUT_FOLDER`.

Writes pitch_weights.json. A folder holds pairs: NAME.wav, mono 16-bit at 16 kHz, and NAME.f0, a line for every
10 ms with the time in seconds, the true pitch in hertz (0 where unvoiced) and 1 where that truth should count.
Truth must be exact: resynthesise speech from a known contour (by WORLD, or pulses through linear prediction)
and damage the result: noise, babble, hum, music, telephones, gains, beginnings cut off. Add some plain tones.
"""

from __future__ import annotations

import argparse
import json
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.pitch_candidates import CandidateFinder
from audio.pitch_frames import PitchFrames
from audio.pitch_judge import WEIGHTS

UNITS = 24
"""Hidden units; 16 lose 0.2 % of frames, 48 gain nothing that can be measured."""

PASSES = 8
BATCH = 256
RATE_OF_LEARNING = 0.01
DECAY = 1e-5
"""Pull of the weights to zero; the cues are standardised."""

VOICED_BIAS = 0.2
"""Nats added for voice: a frame missed costs the user more than one too many."""

_NEAR = 50 / 1200
"""Octaves: a candidate this close to the truth is right."""

_CARELESS = -30.0

Floats = NDArray[np.float32]
Weights = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Examples:
    """Frames to learn from."""

    cues: Floats
    """(frames, candidates, cues)"""
    exist: NDArray[np.bool_]
    """(frames, candidates)"""
    right: NDArray[np.bool_]
    """(frames, candidates + 1): which choices are right; the last is unvoiced."""


def main() -> None:
    """Fit on one folder, print how it does on another, write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("training", type=Path)
    parser.add_argument("held_out", type=Path)
    parser.add_argument("--made-of", default="unnamed pairs", help="provenance, kept with the weights")
    arguments = parser.parse_args()
    weights = fit(read(arguments.training))
    print(f"held out: {loss(weights, read(arguments.held_out)):.4f} nats a frame")
    WEIGHTS.write_text(written(biased(weights), arguments.made_of))


def read(folder: Path) -> Examples:
    """Read all pairs of a folder. Raises: FileNotFoundError, for a recording without its truth."""
    parts = [
        examples(_samples(path), np.loadtxt(path.with_suffix(".f0"))) for path in sorted(folder.glob("*.wav"))
    ]
    return Examples(
        np.concatenate([part.cues for part in parts]),
        np.concatenate([part.exist for part in parts]),
        np.concatenate([part.right for part in parts]),
    )


def examples(samples: NDArray[np.int16], truth: NDArray[np.float64]) -> Examples:
    """Find the candidates of a recording and mark the right ones; truth: (hops, 3), see above.

    Frames that don't count are left out, and voiced ones without a right candidate: nothing can be learned there.
    """
    frames = PitchFrames().push(samples)[: len(truth)]
    found = CandidateFinder().push(frames)
    hertz, counts = truth[: len(frames), 1], truth[: len(frames), 2] > 0
    voiced = hertz > 0
    distance = np.abs(found.octaves - np.log2(np.maximum(hertz, 1))[:, None])
    right = np.column_stack(((distance < _NEAR) & voiced[:, None] & found.exist, ~voiced))
    useful = counts & right.any(1)
    return Examples(found.cues[useful], found.exist[useful], right[useful])


def fit(data: Examples, *, passes: int = PASSES, seed: int = 0) -> Weights:
    """Maximise the likelihood of the right choices by Adam (Kingma and Ba 2015) on standardised cues."""
    rng = np.random.default_rng(seed)
    known = data.cues[data.exist]
    centre, scale = known.mean(0), known.std(0) + np.float32(1e-6)
    cues = (data.cues - centre) / scale
    weights = _begin(rng, cues.shape[-1])
    first = {name: np.zeros_like(values) for name, values in weights.items()}
    second = {name: np.zeros_like(values) for name, values in weights.items()}
    step, steps = 0, passes * (len(cues) // BATCH + 1)
    for _ in range(passes):
        for rows in np.array_split(rng.permutation(len(cues)), len(cues) // BATCH + 1):
            step += 1
            slopes = _slopes(weights, Examples(cues[rows], data.exist[rows], data.right[rows]))
            pace = RATE_OF_LEARNING * (0.5 + 0.5 * np.cos(np.pi * step / steps))
            for name, slope in slopes.items():
                first[name] += 0.1 * (slope - first[name])
                second[name] += 0.001 * (slope**2 - second[name])
                stride = first[name] / (1 - 0.9**step) / (np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8)
                weights[name] = (weights[name] - pace * (stride + DECAY * weights[name])).astype(np.float32)
    return _unstandardised(weights, centre, scale)


def loss(weights: Weights, data: Examples) -> float:
    """Mean negative log likelihood of the right choices, nats a frame."""
    _, chances = _chances(weights, data)
    return float(-np.log((chances * data.right).sum(1) + 1e-9).mean())


def biased(weights: Weights) -> Weights:
    """Lean towards voice by `VOICED_BIAS`."""
    return {**weights, "bias": weights["bias"] + np.float32(VOICED_BIAS)}


def written(weights: Weights, made_of: str) -> str:
    """The weights file: to three decimals, a row of a matrix in a line."""
    rounded = {name: np.round(values.astype(float), 3).tolist() for name, values in weights.items()}
    text = json.dumps({"made_of": made_of, "weights": rounded})
    return text.replace("], [", "],\n    [").replace(', "', ',\n  "') + "\n"


def _begin(rng: np.random.Generator, cues: int) -> Weights:
    weights = {
        "hidden": rng.normal(0, cues**-0.5, (cues, UNITS)),
        "hidden_bias": np.zeros(UNITS),
        "output": rng.normal(0, 0.3, UNITS),
        "direct": np.zeros(cues),
        "bias": np.zeros(1),
    }
    return {name: values.astype(np.float32) for name, values in weights.items()}


def _chances(weights: Weights, data: Examples) -> tuple[Floats, Floats]:
    """Hidden units, and the probability of each choice: (frames, candidates + 1)."""
    units = np.tanh(data.cues @ weights["hidden"] + weights["hidden_bias"])
    odds = units @ weights["output"] + data.cues @ weights["direct"] + weights["bias"]
    odds = np.column_stack((np.where(data.exist, odds, _CARELESS), np.zeros(len(odds))))
    chances = np.exp(odds - odds.max(1, keepdims=True))
    return units, (chances / chances.sum(1, keepdims=True)).astype(np.float32)


def _slopes(weights: Weights, data: Examples) -> Weights:
    """Gradient of `loss`: expected minus right choices, carried back through the units."""
    units, chances = _chances(weights, data)
    credit = chances * data.right
    credit /= credit.sum(1, keepdims=True) + np.float32(1e-9)
    error = (chances - credit)[:, :-1] / len(chances)
    back = error[:, :, None] * weights["output"] * (1 - units**2)
    return {
        "hidden": np.einsum("fcq,fcu->qu", data.cues, back, optimize=True),
        "hidden_bias": back.sum((0, 1)),
        "output": np.einsum("fc,fcu->u", error, units, optimize=True),
        "direct": np.einsum("fc,fcq->q", error, data.cues, optimize=True),
        "bias": error.sum(keepdims=True).reshape(1),
    }


def _unstandardised(weights: Weights, centre: Floats, scale: Floats) -> Weights:
    """Let the weights take cues as they come."""
    hidden, direct = weights["hidden"] / scale[:, None], weights["direct"] / scale
    return {
        "hidden": hidden,
        "hidden_bias": weights["hidden_bias"] - centre @ hidden,
        "output": weights["output"],
        "direct": direct,
        "bias": weights["bias"] - centre @ direct,
    }


def _samples(path: Path) -> NDArray[np.int16]:
    with wave.open(str(path)) as recording:
        return np.frombuffer(recording.readframes(recording.getnframes()), "<i2")


if __name__ == "__main__":
    main()
