"""The figures of docs/emotion-model-card.md, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audio.emotion import CONFIDENT
from audio.emotion_training.calibration import (
    Found,
    calibration_error,
    label_temperature,
    through_channels,
)
from audio.emotion_training.channels import Channel
from audio.emotion_training.corpus import EMOTIONS, LABELS, WOMEN, Clip
from audio.emotion_training.histories import History
from audio.emotion_training.listening import Heard, hear, hear_damaged
from audio.emotion_training.scores import Heats, arousal_uar, cell, confidences, interval, label_uar
from audio.emotion_training.unheard import (
    Damage,
    clipping,
    coder,
    compressor,
    echo,
    equalizer,
    everything,
)
from audio.emotion_training.validation import (
    Judged,
    Recipe,
    held_out,
    label_index,
    only,
    part_of,
    recall,
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
    "very bright, +6 dB per octave": Channel(tilt_db=6),
    "very dull, -6 dB per octave": Channel(tilt_db=-6),
    "telephone, pink noise 10 dB": Channel(telephone=True, snr_db=10, noise_tilt_db=-3),
}
"""Fixed points, most of them among what training draws at random; the noise itself is other noise."""

UNHEARD: dict[str, Damage] = {
    "unheard: equalizer, ±9 dB in 9 bands": equalizer,
    "unheard: compressor, 2 to 1": compressor,
    "unheard: 7 % clipped": clipping,
    "unheard: coder of few bits": coder,
    "unheard: three echoes": echo,
    "unheard: equalizer, coder, compressor, noise": everything,
}
"""Kinds of damage that training has no notion of."""

FAMILIES = {
    "pitch": ("pitch",),
    "level": ("level",),
    "rhythm": ("syllable", "stretch", "gap", "voiced"),
    "spectral balance": (
        "alpha",
        "hammarberg",
        "centroid",
        "flux",
        "entropy",
        "slope",
    ),
}


def print_tables(clips: Sequence[Clip], passes: Sequence[Heard], recipe: Recipe) -> None:
    """Measure everything on speakers that training left out, and print it."""
    tests = {name: hear(clips, channel, seed=7) for name, channel in CONDITIONS.items()}
    tests |= {name: hear_damaged(clips, damage, seed=7) for name, damage in UNHEARD.items()}
    found = held_out(passes, tests, SHOWN, recipe)
    channels = through_channels(passes, recipe)
    speakers = sorted(set(passes[0].speakers.tolist()))
    heats = {one: label_temperature(passes, channels, LABELS, without=one) for one in speakers}
    _print_main(passes[0], {history: found[CLEAN, history] for history in SHOWN}, heats)
    _print_conditions(tests, found, heats)
    _print_lengths(clips, passes, recipe)
    _print_sexes(passes, recipe, heats)
    _print_ablations(passes, recipe)


def _row(*cells: object) -> None:
    print("| " + " | ".join(f"{c:.1f}" if isinstance(c, float) else str(c) for c in cells) + " |", flush=True)


def _head(title: str, *cells: str) -> None:
    print(f"\n### {title}\n")
    _row(*cells)
    _row(*("---" for _ in cells))


def _print_main(heard: Heard, found: dict[History, Judged], heats: Heats) -> None:
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
    for history, judged in found.items():
        given, logits = confidences(heard, judged, heats), judged.logits
        confidence, guess = given.max(1), given.argmax(1)
        sure = confidence >= CONFIDENT
        _row(
            history.value,
            interval(heard, logits, label_uar),
            *(100 * recall(truth[clips], guess[clips])),
            f"{calibration_error(confidence[clips], (guess == truth)[clips]):.3f}",
            interval(heard, logits, arousal_uar),
            100 * sure[clips].mean(),
            100 * float(recall(truth[clips & sure], guess[clips & sure]).mean()),
            100 * float((guess == truth)[clips & ~sure].mean()),
            100 * sure[(truth < 0) & heard.usable].mean(),
        )


def _print_conditions(tests: dict[str, Heard], found: Found, heats: Heats) -> None:
    _head(
        "Other conditions: 4 labels, UAR % / arousal, UAR % / ECE",
        "condition",
        *(history.value for history in SHOWN),
    )
    for name, heard in tests.items():
        _row(name, *(cell(heard, found[name, history], heats) for history in SHOWN))


def _print_lengths(clips: Sequence[Clip], passes: Sequence[Heard], recipe: Recipe) -> None:
    """Measure how much speech a judgement needs."""
    lengths = [
        *([replace(clip, samples=clip.samples[: int(s * RATE)]) for clip in clips] for s in (0.8, 1.2, 1.6)),
        clips,
        [_joined(clip, clips) for clip in clips],
    ]
    tests = {f"{n}": hear(part, Channel(), seed=7) for n, part in enumerate(lengths)}
    found = held_out(passes, tests, SHOWN, recipe)
    _head("Utterance length: 4 labels / arousal, UAR %", "median speech, s", *(h.value for h in SHOWN))
    for name, heard in tests.items():
        cells = [found[name, history].logits for history in SHOWN]
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


def _print_sexes(passes: Sequence[Heard], recipe: Recipe, heats: Heats) -> None:
    men = set(passes[0].speakers.tolist()) - WOMEN
    _head(
        "Trained on one sex, tested on the other: 4 labels, UAR % / arousal, UAR % / ECE",
        "tested on",
        *(h.value for h in SHOWN),
    )
    found = held_out(passes, {CLEAN: passes[0]}, SHOWN, recipe, [set(WOMEN), men])
    for name, group in (("women", set(WOMEN)), ("men", men)):
        rows = np.flatnonzero(np.isin(passes[0].speakers, sorted(group)))
        heard = part_of(passes[0], rows)
        _row(name, *(cell(heard, found[CLEAN, history].of(rows), heats) for history in SHOWN))


def _print_ablations(passes: Sequence[Heard], recipe: Recipe) -> None:
    heard = passes[0]
    _head("Ablations: 4 labels / arousal, UAR %", "", "features", *(h.value for h in SHOWN))

    def row(title: str, passes: Sequence[Heard], recipe: Recipe) -> None:
        found = held_out(passes, {CLEAN: passes[0]}, SHOWN, recipe)
        cells = [
            f"{label_uar(heard, judged.logits, recipe.labels):.1f} / {arousal_uar(heard, judged.logits):.1f}"
            for judged in found.values()
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
