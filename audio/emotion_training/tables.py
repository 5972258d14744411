"""The figures of docs/emotion-model-card.md, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audio.emotion import CONFIDENT
from audio.emotion_model import softmax
from audio.emotion_training.channels import Channel
from audio.emotion_training.corpus import EMOTIONS, LABELS, WOMEN, Clip
from audio.emotion_training.histories import History
from audio.emotion_training.listening import Heard, hear
from audio.emotion_training.validation import (
    Recipe,
    calibration_error,
    excitement,
    held_out,
    label_index,
    only,
    part_of,
    recall,
    temperature,
)
from audio.values import RATE

Floats = NDArray[np.float64]

SHOWN = (History.NONE, History.SHUFFLED, History.MOSTLY_NEUTRAL, History.NEUTRAL, History.WHOLE)
CLEAN = "as recorded"

CONDITIONS = {
    CLEAN: Channel(),
    "20 dB quieter": Channel(gain_db=-14),
    "telephone": Channel(telephone=True),
    "white noise 10 dB": Channel(snr_db=10),
    "pink noise 15 dB": Channel(snr_db=15, noise_tilt_db=-3),
    "room, 0.4 s": Channel(reverb_s=0.4, reverb_ratio=0.6),
    "speed and pitch x 0.9": Channel(speed=0.9),
    "speed and pitch x 1.1": Channel(speed=1.1),
    "bright microphone, +3 dB per octave": Channel(tilt_db=3),
    "dull microphone, -3 dB per octave": Channel(tilt_db=-3),
}
"""Fixed points among what training draws at random; the noise itself is other noise."""

FAMILIES = {
    "pitch": ("pitch",),
    "level": ("level",),
    "rhythm": ("syllable", "stretch", "gap", "voiced"),
    "spectral balance": (
        "alpha",
        "hammarberg",
        "brilliance",
        "centroid",
        "spread",
        "flux",
        "entropy",
        "slope",
    ),
}


def print_tables(clips: Sequence[Clip], passes: Sequence[Heard], recipe: Recipe) -> None:
    """Measure everything on speakers that training left out, and print it."""
    tests = {name: hear(clips, channel, seed=7) for name, channel in CONDITIONS.items()}
    found = held_out(passes, tests, SHOWN, recipe)
    _print_main(passes[0], {history: found[CLEAN, history] for history in SHOWN})
    _print_conditions(tests, found)
    _print_lengths(clips, passes, recipe)
    _print_sexes(passes, recipe)
    _print_ablations(passes, recipe)


def _row(*cells: object) -> None:
    print("| " + " | ".join(f"{c:.1f}" if isinstance(c, float) else str(c) for c in cells) + " |", flush=True)


def _head(title: str, *cells: str) -> None:
    print(f"\n### {title}\n")
    _row(*cells)
    _row(*("---" for _ in cells))


def label_uar(heard: Heard, logits: Floats, labels: Sequence[str] = LABELS) -> float:
    """Return the labels' unweighted average recall in percent."""
    truth = label_index(heard, labels)
    clips = (truth >= 0) & heard.usable
    return 100 * float(recall(truth[clips], logits[clips, :-1].argmax(1)).mean())


def arousal_uar(heard: Heard, logits: Floats) -> float:
    """Return the unweighted average recall of high against low arousal in percent."""
    truth = excitement(heard)
    clips = (truth >= 0) & heard.usable
    return 100 * float(recall(truth[clips], (logits[clips, -1] > 0).astype(int)).mean())


def _interval(heard: Heard, logits: Floats, score: Callable[[Heard, Floats], float]) -> str:
    """Return the score with its 95 % interval over draws of speakers."""
    rng = np.random.default_rng(0)
    speakers = np.unique(heard.speakers)
    scores = []
    for _ in range(500):
        drawn = rng.choice(speakers, len(speakers))
        rows = np.concatenate([np.flatnonzero(heard.speakers == speaker) for speaker in drawn])
        scores.append(score(part_of(heard, rows), logits[rows]))
    low, high = np.percentile(scores, [2.5, 97.5])
    return f"{score(heard, logits):.1f} [{low:.1f}, {high:.1f}]"


def _probabilities(heard: Heard, pooled: Sequence[Floats], logits: Floats) -> Floats:
    """Calibrate each speaker by the temperature of the others."""
    truth = label_index(heard, LABELS)
    result = np.zeros((len(truth), len(LABELS)))
    for speaker in np.unique(heard.speakers):
        others = (heard.speakers != speaker) & (truth >= 0) & heard.usable
        fitted = temperature(
            np.concatenate([part[others, :-1] for part in pooled]), np.tile(truth[others], len(pooled))
        )
        mine = heard.speakers == speaker
        result[mine] = softmax(logits[mine, :-1] / fitted)
    return result


def _print_main(heard: Heard, found: dict[History, Floats]) -> None:
    _head(
        "Speakers left out one by one, as recorded",
        "baseline",
        "4 labels, UAR %",
        *(f"{label} %" for label in LABELS),
        "ECE",
        "arousal, UAR %",
        f"sure (≥ {CONFIDENT}) %",
        "UAR % when sure",
        "right when not sure %",
        "sure on fear, bored, disgust %",
    )
    truth = label_index(heard, LABELS)
    clips = (truth >= 0) & heard.usable
    pooled = [found[history] for history in SHOWN[:3]]
    for history, logits in found.items():
        probabilities = _probabilities(heard, pooled, logits)
        confidence, guess = probabilities.max(1), probabilities.argmax(1)
        sure = confidence >= CONFIDENT
        _row(
            history.value,
            _interval(heard, logits, label_uar),
            *(100 * recall(truth[clips], guess[clips])),
            f"{calibration_error(confidence[clips], (guess == truth)[clips]):.3f}",
            _interval(heard, logits, arousal_uar),
            100 * sure[clips].mean(),
            100 * float(recall(truth[clips & sure], guess[clips & sure]).mean()),
            100 * float((guess == truth)[clips & ~sure].mean()),
            100 * sure[(truth < 0) & heard.usable].mean(),
        )


def _print_conditions(tests: dict[str, Heard], found: dict[tuple[str, History], Floats]) -> None:
    _head(
        "Other conditions: 4 labels, UAR % / arousal, UAR % / ECE",
        "condition",
        *(history.value for history in SHOWN),
    )
    for name, heard in tests.items():
        cells = []
        for history in SHOWN:
            logits = found[name, history]
            pooled = [found[CLEAN, shown] for shown in SHOWN[:3]]
            probabilities = _probabilities(heard, pooled, logits)
            truth = label_index(heard, LABELS)
            clips = (truth >= 0) & heard.usable
            error = calibration_error(probabilities.max(1)[clips], (probabilities.argmax(1) == truth)[clips])
            cells.append(f"{label_uar(heard, logits):.1f} / {arousal_uar(heard, logits):.1f} / {error:.2f}")
        _row(name, *cells)


def _print_lengths(clips: Sequence[Clip], passes: Sequence[Heard], recipe: Recipe) -> None:
    """Measure how much speech a judgement needs; the network is the shipped one, trained on clips of 2 s."""
    lengths = [
        *([replace(clip, samples=clip.samples[: int(s * RATE)]) for clip in clips] for s in (0.8, 1.2, 1.6)),
        clips,
        [_joined(clip, clips) for clip in clips],
    ]
    tests = {f"{n}": hear(part, Channel(), seed=7) for n, part in enumerate(lengths)}
    found = held_out(passes, tests, SHOWN, recipe)
    _head("Utterance length: 4 labels / arousal, UAR %", "median speech, s", *(h.value for h in SHOWN))
    for name, heard in tests.items():
        cells = [found[name, history] for history in SHOWN]
        _row(
            f"{np.median(heard.seconds):.2f}",
            *(f"{label_uar(heard, c):.1f} / {arousal_uar(heard, c):.1f}" for c in cells),
        )


def _joined(clip: Clip, clips: Sequence[Clip]) -> Clip:
    """Let two more clips of the same speaker and emotion follow after pauses of 300 ms."""
    alike = [
        c.samples for c in clips if (c.speaker, c.emotion) == (clip.speaker, clip.emotion) and c is not clip
    ]
    pause = np.zeros(300 * RATE // 1000, np.int16)
    return replace(clip, samples=np.concatenate([clip.samples, *(x for c in alike[:2] for x in (pause, c))]))


def _print_sexes(passes: Sequence[Heard], recipe: Recipe) -> None:
    men = set(passes[0].speakers.tolist()) - WOMEN
    _head(
        "Trained on one sex, tested on the other: 4 labels / arousal, UAR %",
        "tested on",
        *(h.value for h in SHOWN),
    )
    found = held_out(passes, {CLEAN: passes[0]}, SHOWN, recipe, [set(WOMEN), men])
    for name, group in (("women", set(WOMEN)), ("men", men)):
        rows = np.flatnonzero(np.isin(passes[0].speakers, sorted(group)))
        heard = part_of(passes[0], rows)
        cells = [found[CLEAN, history][rows] for history in SHOWN]
        _row(name, *(f"{label_uar(heard, c):.1f} / {arousal_uar(heard, c):.1f}" for c in cells))


def _print_ablations(passes: Sequence[Heard], recipe: Recipe) -> None:
    heard = passes[0]
    _head("Ablations: 4 labels / arousal, UAR %", "", "features", *(h.value for h in SHOWN))

    def row(title: str, passes: Sequence[Heard], recipe: Recipe) -> None:
        found = held_out(passes, {CLEAN: passes[0]}, SHOWN, recipe)
        cells = [
            f"{label_uar(heard, logits, recipe.labels):.1f} / {arousal_uar(heard, logits):.1f}"
            for logits in found.values()
        ]
        _row(title, len(passes[0].names), *cells)

    row("as shipped", passes, recipe)
    for family, prefixes in FAMILIES.items():
        names = [name for name in heard.names if not name.startswith(prefixes)]
        row(f"without {family}", [only(heard, names) for heard in passes], recipe)
    row("no random channels", [heard] * len(passes), recipe)
    row("8 hidden units", passes, Recipe(units=8, seed=recipe.seed))
    row("32 hidden units", passes, Recipe(units=32, seed=recipe.seed))
    row("another seed", passes, Recipe(seed=recipe.seed + 1))
    row("7 labels", passes, Recipe(labels=tuple(EMOTIONS.values()), seed=recipe.seed))
