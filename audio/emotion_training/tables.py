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
from audio.emotion_training.corpus import LABELS, Clip
from audio.emotion_training.histories import History
from audio.emotion_training.listening import Heard, hear, hear_damaged
from audio.emotion_training.scores import (
    SHOWN,
    Heats,
    arousal_uar,
    confidences,
    head,
    interval,
    label_uar,
    print_cells,
    row,
)
from audio.emotion_training.transfer import CLEAN, print_pairs, print_sentences, print_seven, print_sexes
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
    recall,
)
from audio.values import RATE

Floats = NDArray[np.float64]

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
    unheard = {name: hear_damaged(clips, damage, seed=7) for name, damage in UNHEARD.items()}
    lengths = _lengths(clips)
    found = held_out(passes, {**tests, **unheard, **lengths}, (*SHOWN, History.WHOLE), recipe)
    channels = through_channels(passes, recipe)
    speakers = sorted(set(passes[0].speakers.tolist()))
    heats = {one: label_temperature(passes, channels, LABELS, without=one) for one in speakers}
    _print_main(passes[0], {history: found[CLEAN, history] for history in (*SHOWN, History.WHOLE)}, heats)
    _print_conditions({**tests, **unheard}, found, heats)
    _print_lengths(lengths, found)
    print_sexes(passes, recipe, heats)
    print_pairs(passes, unheard, recipe, heats)
    print_sentences(passes, recipe, heats)
    print_seven(passes, recipe)
    _print_ablations(passes, recipe)


def _print_main(heard: Heard, found: dict[History, Judged], heats: Heats) -> None:
    head(
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
        row(
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
    rows = ((name, heard, [found[name, history] for history in SHOWN]) for name, heard in tests.items())
    print_cells("Other conditions", "condition", rows, heats)


def _lengths(clips: Sequence[Clip]) -> dict[str, Heard]:
    """Hear utterances of several lengths: how much speech does a judgement need?"""
    lengths = [
        *([replace(clip, samples=clip.samples[: int(s * RATE)]) for clip in clips] for s in (0.8, 1.2, 1.6)),
        clips,
        [_joined(clip, clips) for clip in clips],
    ]
    heard = [hear(part, Channel(), seed=7) for part in lengths]
    return {f"{np.median(part.seconds):.2f}": part for part in heard}


def _print_lengths(tests: dict[str, Heard], found: Found) -> None:
    head("Utterance length: 4 labels / arousal, UAR %", "median speech, s", *(h.value for h in SHOWN))
    for name, heard in tests.items():
        cells = [found[name, history].logits for history in SHOWN]
        row(name, *(f"{label_uar(heard, c):.1f} / {arousal_uar(heard, c):.1f}" for c in cells))


def _joined(clip: Clip, clips: Sequence[Clip]) -> Clip:
    """Let two more clips of the same speaker and emotion follow after pauses of 300 ms."""
    alike = [
        c.samples for c in clips if (c.speaker, c.emotion) == (clip.speaker, clip.emotion) and c is not clip
    ]
    pause = np.zeros(300 * RATE // 1000, np.int16)
    return replace(clip, samples=np.concatenate([clip.samples, *(x for c in alike[:2] for x in (pause, c))]))


def _print_ablations(passes: Sequence[Heard], recipe: Recipe) -> None:
    heard = passes[0]
    head("Ablations: 4 labels / arousal, UAR %", "", "features", *(h.value for h in SHOWN))

    def ablate(title: str, passes: Sequence[Heard], recipe: Recipe) -> None:
        found = held_out(passes, {CLEAN: passes[0]}, SHOWN, recipe)
        cells = [
            f"{label_uar(heard, judged.logits):.1f} / {arousal_uar(heard, judged.logits):.1f}"
            for judged in found.values()
        ]
        row(title, len(passes[0].names), *cells)

    ablate("as shipped", passes, recipe)
    for family, prefixes in FAMILIES.items():
        names = [name for name in heard.names if not name.startswith(prefixes)]
        ablate(f"without {family}", [only(heard, names) for heard in passes], recipe)
    ablate("no random channels", [heard] * len(passes), recipe)
    ablate("voices not transposed", passes, replace(recipe, transposed_st=0.0))
    ablate("baseline takes moods for habits", passes, replace(recipe, moods=False))
    ablate("8 hidden units", passes, replace(recipe, units=8))
    ablate("another seed", passes, replace(recipe, seed=recipe.seed + 1))
