"""How much carries over: tests that differ from training in more than the speaker. Part of the model card's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from audio.emotion_training.corpus import EMOTIONS, WOMEN
from audio.emotion_training.histories import History
from audio.emotion_training.listening import Heard
from audio.emotion_training.scores import SHOWN, Heats, head, interval, label_uar, print_cells, row
from audio.emotion_training.validation import Recipe, held_out, label_index, part_of, recall

CLEAN = "as recorded"


def print_sexes(passes: Sequence[Heard], recipe: Recipe, heats: Heats) -> None:
    """Train on one sex, judge the other: the nearest thing to another corpus."""
    men = set(passes[0].speakers.tolist()) - WOMEN
    found = held_out(passes, {CLEAN: passes[0]}, SHOWN, recipe, [set(WOMEN), men])
    rows = []
    for name, group in (("women", set(WOMEN)), ("men", men)):
        clips = np.flatnonzero(np.isin(passes[0].speakers, sorted(group)))
        judged = [found[CLEAN, history].of(clips) for history in SHOWN]
        rows.append((name, part_of(passes[0], clips), judged))
    print_cells("Trained on one sex, tested on the other", "tested on", rows, heats)


def print_pairs(passes: Sequence[Heard], tests: Mapping[str, Heard], recipe: Recipe, heats: Heats) -> None:
    """Train on eight speakers, judge the other two through `tests`."""
    everyone = set(passes[0].speakers.tolist())
    pairs = [set(pair) for pair in zip(sorted(everyone & WOMEN), sorted(everyone - WOMEN), strict=True)]
    found = held_out(passes, tests, SHOWN, recipe, pairs)
    rows = ((name, heard, [found[name, history] for history in SHOWN]) for name, heard in tests.items())
    print_cells("A woman and a man left out together, damage unheard", "damage", rows, heats)


def print_sentences(passes: Sequence[Heard], recipe: Recipe, heats: Heats) -> None:
    """Train on five sentences of nine speakers, judge the other five of the tenth."""
    first, second = (_half(passes, letter) for letter in "ab")
    rows = []
    for name, known, other in (("b, trained on a", first, second[0]), ("a, trained on b", second, first[0])):
        found = held_out(known, {CLEAN: other}, SHOWN, recipe)
        rows.append((name, other, [found[CLEAN, history] for history in SHOWN]))
    print_cells("Speaker and sentences left out", "sentences", rows, heats)


def _half(passes: Sequence[Heard], letter: str) -> list[Heard]:
    """Keep the sentences that begin with `letter`."""
    return [part_of(heard, np.flatnonzero(np.char.startswith(heard.texts, letter))) for heard in passes]


def print_seven(passes: Sequence[Heard], recipe: Recipe) -> None:
    """Tell all seven emotions of the corpus apart, as its usual yardstick does."""
    seven = tuple(EMOTIONS.values())
    shown = (*SHOWN, History.WHOLE)
    found = held_out(passes, {CLEAN: passes[0]}, shown, replace(recipe, labels=seven))
    head("All seven emotions of the corpus as labels, as recorded", "baseline", "7 labels, UAR %", *seven)
    truth = label_index(passes[0], seven)
    for history in shown:
        logits = found[CLEAN, history].logits
        uar = interval(passes[0], logits, lambda heard, logits: label_uar(heard, logits, seven))
        usable = passes[0].usable
        row(history.value, uar, *(100 * recall(truth[usable], logits[usable, :-1].argmax(1))))
