"""The tables of what carries over, on made-up talkers: who is trained on, who is judged."""

from dataclasses import replace

import numpy as np
import pytest

from audio.emotion_model import Temperature
from audio.emotion_training.corpus import EMOTIONS, LABELS
from audio.emotion_training.listening import Heard
from audio.emotion_training.transfer import print_pairs, print_sentences, print_seven, print_sexes
from audio.emotion_training.validation import Recipe, train

SPEAKERS = ("03", "08", "09", "10")
COLD = {speaker: Temperature(1.0, 1.0) for speaker in SPEAKERS}
SMALL = Recipe(units=4)


def corpus(emotions=LABELS, seed=1):
    """Two women and two men, every mood in four sentences; only the mood can be heard."""
    clips = [(s, e, t) for s in SPEAKERS for e in emotions for t in ("a01", "a02", "b01", "b02")]
    mood = np.array([list(emotions).index(emotion) for _, emotion, _ in clips])
    noise = np.random.default_rng(seed).standard_normal((len(clips), len(emotions)))
    return Heard(
        speakers=np.array([speaker for speaker, _, _ in clips]),
        emotions=np.array([emotion for _, emotion, _ in clips]),
        texts=np.array([text for _, _, text in clips]),
        names=tuple(f"tells_{emotion}" for emotion in emotions),
        features=4 * np.eye(len(emotions))[mood] + 0.3 * noise,
        seconds=np.full(len(clips), 2.0),
    )


def turned(heard):
    b = np.char.startswith(heard.texts, "b")[:, None]
    return replace(heard, features=np.where(b, np.roll(heard.features, 1, axis=1), heard.features))


def figures(printed):
    """Return the first column's name and the first figure of the second, of every row below the head."""
    rows = [line.split(" | ") for line in printed.splitlines() if line.startswith("| ")][2:]
    return {row[0].lstrip("| "): float(row[1].split()[0]) for row in rows}


@pytest.fixture(scope="module")
def passes():
    return [corpus(seed=number) for number in range(6)]


def test_each_sex_is_judged_by_what_the_other_taught(passes, capsys):
    print_sexes(passes, SMALL, COLD)
    found = figures(capsys.readouterr().out)
    assert set(found) == {"women", "men"}
    assert min(found.values()) > 90


def test_every_damage_gets_a_row_for_pairs_of_speakers(passes, capsys):
    deaf = replace(corpus(), features=np.zeros((64, 4)))
    print_pairs(passes, {"none": corpus(seed=9), "all": deaf}, SMALL, COLD)
    found = figures(capsys.readouterr().out)
    assert found["none"] > 90
    assert found["all"] == pytest.approx(25)


def test_both_halves_of_the_sentences_are_judged_by_the_other(passes, capsys):
    print_sentences(passes, SMALL, COLD)
    found = figures(capsys.readouterr().out)
    assert set(found) == {"b, trained on a", "a, trained on b"}
    assert min(found.values()) > 90


def test_a_half_that_teaches_otherwise_is_found_out(capsys):
    # In the b sentences every mood sounds like the next one: what a teaches is wrong there, and the other way round.
    print_sentences([turned(corpus(seed=number)) for number in range(6)], SMALL, COLD)
    assert max(figures(capsys.readouterr().out).values()) < 20


def test_seven_labels_have_a_column_each(capsys):
    print_seven([corpus(tuple(EMOTIONS.values()), seed) for seed in range(6)], SMALL)
    printed = capsys.readouterr().out
    assert " | ".join(EMOTIONS.values()) in printed
    assert figures(printed)["no baseline"] > 80


def test_the_usual_is_spared_the_moods_unless_asked(passes):
    spared, _ = train(passes, set(SPEAKERS), SMALL)
    naive, _ = train(passes, set(SPEAKERS), Recipe(units=4, moods=False))
    assert np.abs(spared.moods).max() > 2
    assert not naive.moods.any()
