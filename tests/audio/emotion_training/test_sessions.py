"""From made-up talkers to a weights file: every step of training on a corpus small enough to run in seconds."""

import json
from dataclasses import replace

import numpy as np
import pytest

from audio.emotion_model import LIMIT, Baseline, Temperature, load
from audio.emotion_training.__main__ import weights
from audio.emotion_training.calibration import (
    arousal_temperature,
    calibration_error,
    label_temperature,
    probabilities,
    temperature,
    through_channels,
)
from audio.emotion_training.channels import Channel
from audio.emotion_training.corpus import LABELS, Clip
from audio.emotion_training.histories import OUTBURST, History, prior_of, relative
from audio.emotion_training.listening import hear, hear_damaged, hear_varied, transposed
from audio.emotion_training.unheard import clipping
from audio.emotion_training.validation import (
    CREDIT,
    Judged,
    Recipe,
    as_known,
    held_out,
    label_index,
    only,
    part_of,
    recall,
)
from audio.errors import AudioError
from tests.audio.talker import talk

MOODS = {
    "angry": {"swing": 0.3, "tilt": 0.7, "syllables_per_s": 5.0},
    "happy": {"swing": 0.3, "tilt": 0.95, "syllables_per_s": 4.0},
    "neutral": {"swing": 0.1, "tilt": 0.95, "syllables_per_s": 3.5},
    "sad": {"swing": 0.03, "tilt": 0.985, "syllables_per_s": 2.5},
}


def clips(speakers=4, repeats=2):
    """Speakers 08, 09 and so on, the first two of them women."""
    return [
        Clip(
            f"{speaker + 8:02}{'ab'[repeat % 2]}0{repeat}{mood[0].upper()}",
            f"{speaker + 8:02}",
            mood,
            talk(1.2, 90 + 60 * speaker, seed=repeat, **how),
        )
        for speaker in range(speakers)
        for mood, how in MOODS.items()
        for repeat in range(repeats)
    ]


def nothing(baseline, clip):
    """Shares that ascribe nothing to a mood."""
    return np.zeros(len(LABELS))


@pytest.fixture(scope="module")
def heard():
    return hear(clips(), Channel(), seed=1)


def test_a_clip_that_is_no_voice_is_marked_unusable():
    silence = Clip("x", "09", "sad", np.zeros(16_000, np.int16))
    found = hear([*clips(1, 1), silence], Channel(), seed=1)
    assert found.usable.tolist() == [True] * 4 + [False]
    assert np.isfinite(found.features).all()


def test_a_corpus_without_a_voice_is_refused():
    with pytest.raises(AudioError, match="none of 1 clips"):
        hear([Clip("x", "09", "sad", np.zeros(16_000, np.int16))], Channel(), seed=1)


def test_dropping_a_clip_changes_none_of_other_moods():
    some = hear_varied(clips(2, 1)[2:], seed=5)
    assert np.array_equal(hear_varied(clips(2, 1), seed=5).features[2:], some.features)


def test_varied_utterances_are_often_longer_than_their_clips(heard):
    longer = hear_varied(clips(1, 4), seed=5).seconds > 1.5 * np.median(heard.seconds)
    assert 2 <= longer.sum() <= 14


def test_damage_changes_what_is_heard(heard):
    broken = hear_damaged(clips(1), clipping, seed=1)
    assert broken.emotions.tolist() == heard.emotions[:8].tolist()
    level = heard.names.index("level_deviation")
    assert broken.features[:, level].mean() < heard.features[:8, level].mean()


def test_a_speaker_has_one_channel(heard):
    varied = hear_varied(clips(), seed=5)
    shift = varied.features[:, varied.names.index("alpha")] - heard.features[:, heard.names.index("alpha")]
    spread = [shift[heard.speakers == speaker].std() for speaker in np.unique(heard.speakers)]
    assert max(spread) < shift.std()


def test_without_history_the_prior_is_the_baseline(heard):
    prior = prior_of([heard], {"08", "09"}, LABELS)
    rows = relative(heard, np.arange(3), History.NONE, prior, nothing, np.random.default_rng(1))
    assert rows.tolist() == [Baseline(prior).relative(features).tolist() for features in heard.features[:3]]


def test_a_history_never_holds_the_clip_itself(heard):
    # Speaker 08 alone with one clip: there is nothing before it.
    alone = part_of(heard, np.array([0, 8, 9, 10]))
    prior = prior_of([heard], {"09", "10"}, LABELS)
    rng = np.random.default_rng(1)
    first = relative(alone, np.array([0]), History.SHUFFLED, prior, nothing, rng)
    assert np.array_equal(first, relative(alone, np.array([0]), History.NONE, prior, nothing, rng))
    assert np.array_equal(first, relative(alone, np.array([0]), History.ONE_MOOD, prior, nothing, rng))


def test_first_utterances_of_one_mood_are_few_and_not_neutral(heard):
    heads = []

    def overheard(baseline, clip):
        heads[-1].append(heard.emotions[clip])
        return np.zeros(4)

    prior = prior_of([heard], {"08", "09"}, LABELS)
    rng = np.random.default_rng(1)
    for clip in range(8):
        heads.append([])
        relative(heard, np.array([clip]), History.ONE_MOOD, prior, overheard, rng)
    assert all(len(set(moods)) == 1 and 1 <= len(moods) <= OUTBURST for moods in heads)
    assert "neutral" not in {mood for moods in heads for mood in moods}


def test_a_prior_knows_what_a_mood_adds(heard):
    prior = prior_of([heard], {"08", "09", "10", "11"}, LABELS)
    swing = heard.names.index("pitch_deviation")
    angry, happy, neutral, sad = prior.moods[:, swing]
    assert min(angry, happy) > neutral > sad
    # Every speaker has as many clips of each.
    assert prior.moods.sum(0) == pytest.approx(np.zeros(len(heard.names)), abs=1e-9)


def test_training_takes_other_emotions_for_the_labels_they_are_as_excited_as(heard):
    other = replace(heard, emotions=np.array(["fear", "bored", "disgust", "sad"] * 8))
    shares = as_known(other, LABELS)
    assert [shares(None, clip).tolist() for clip in range(4)] == [
        [CREDIT / 2, CREDIT / 2, 0, 0],
        [0, 0, CREDIT / 2, CREDIT / 2],
        [0, 0, 0, 0],
        [0, 0, 0, CREDIT],
    ]


def test_transposing_moves_where_a_voice_lies_and_nothing_else(heard):
    moved = transposed(heard, 6.0, np.random.default_rng(1))
    shift = moved.features - heard.features
    changed = {name for name, column in zip(heard.names, shift.T, strict=True) if column.any()}
    assert changed == {"pitch_mean", "pitch_median", "pitch_low", "pitch_high"}
    place = shift[:, heard.names.index("pitch_mean")]
    assert [np.ptp(place[heard.speakers == speaker]) < 1e-9 for speaker in np.unique(heard.speakers)] == [
        True
    ] * 4
    assert 0.1 < np.abs(place).max() <= 6


def test_z_norm_centres_each_speaker(heard):
    prior = prior_of([heard], {"08"}, LABELS)
    rows = relative(heard, np.arange(8), History.WHOLE, prior, nothing, np.random.default_rng(1))[:, :-1]
    inside = np.abs(rows).max(0) < LIMIT
    assert rows[:, inside].mean(0) == pytest.approx(0, abs=1e-9)


def test_speakers_left_out_are_judged_and_told_apart(heard):
    # Made-up moods are far apart; what counts is that labels, folds and rows stay together.
    found = held_out([heard], {"same": heard}, [History.WHOLE], Recipe(units=8))
    logits = found["same", History.WHOLE].logits
    truth = label_index(heard, LABELS)
    assert np.isfinite(logits).all()
    assert recall(truth, logits[:, :-1].argmax(1)).mean() > 0.7


def test_only_keeps_the_named_features(heard):
    kept = only(heard, ["alpha", "pitch_mean"])
    assert kept.names == ("alpha", "pitch_mean")
    assert np.array_equal(kept.features[:, 1], heard.features[:, heard.names.index("pitch_mean")])


def test_the_weights_file_loads_and_is_the_same_every_time(heard, tmp_path):
    text = weights([heard], Recipe(units=4, seed=3))
    assert text == weights([heard], Recipe(units=4, seed=3))
    (tmp_path / "weights.json").write_text(text)
    model = load(tmp_path / "weights.json")
    assert model.features == heard.names
    assert json.loads(text)["provenance"]["seed"] == 3
    probabilities, arousal = model.judge(Baseline(model.prior).relative(heard.features[0]))
    assert probabilities.sum() == pytest.approx(1)
    assert 0 <= arousal <= 1


def test_a_strangers_temperature_is_fitted_without_history_and_without_the_tested_speaker(heard):
    found = through_channels([heard], Recipe(units=4))
    everyone = label_temperature([heard], found, LABELS)
    stranger = found["0", History.NONE]
    assert everyone.stranger == temperature(stranger.logits[:, :-1], label_index(heard, LABELS))
    others = np.flatnonzero(heard.speakers != "10")
    without = label_temperature([heard], found, LABELS, without="10")
    assert without.stranger == temperature(stranger.logits[others, :-1], label_index(heard, LABELS)[others])


def test_arousal_is_calibrated_on_the_sex_that_training_did_not_hear(heard):
    both = arousal_temperature([heard], Recipe(units=4))
    assert 0.3 <= both.stranger <= 5
    assert 0.3 <= both.familiar <= 5


def test_probabilities_are_cooler_for_strangers():
    judged = Judged(np.array([[2.0, 0.0, 9.0], [2.0, 0.0, 9.0]]), np.array([[0.0], [1.0]]))
    first, second = probabilities(judged, Temperature(2.0, 1.0))
    assert first == pytest.approx(1 / (1 + np.exp([-1.0, 1.0])))
    assert second == pytest.approx(1 / (1 + np.exp([-2.0, 2.0])))


def test_temperature_cools_what_is_too_sure():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 4000)
    honest = np.log(np.where(np.eye(2)[truth], 0.8, 0.2))
    # Right in four of five: swap the scores of every fifth.
    honest[::5] = honest[::5, ::-1]
    assert temperature(honest * 3, truth) == pytest.approx(3, rel=0.05)


def test_calibration_error_is_the_gap_between_confidence_and_success():
    confidence = np.full(100, 0.95)
    assert calibration_error(confidence, np.arange(100) < 95) == pytest.approx(0)
    assert calibration_error(confidence, np.arange(100) < 75) == pytest.approx(0.2)
