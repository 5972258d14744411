import json

import numpy as np
import pytest

from audio.emotion_bands import BandPowers
from audio.emotion_features import describe
from audio.emotion_model import (
    ACQUAINTED_S,
    LIMIT,
    LONGEST_TRUST_S,
    MEAN_TRUST_S,
    MEMORY_S,
    WEIGHTS,
    Baseline,
    Prior,
    Temperature,
    load,
    sigmoid,
    softmax,
)

PRIOR = Prior(
    mean=np.array([10.0, 0.0]),
    variance=np.array([4.0, 1.0]),
    between=np.array([4.0, 1.0]),
    moods=np.array([[3.0, 1.0], [-3.0, -1.0]]),
)
NOBODY = np.zeros(2)
"""The shares of an utterance without a mood."""


def prior(between):
    width = len(between)
    return Prior(np.zeros(width), np.ones(width), np.asarray(between), np.zeros((2, width)))


def deviations(baseline, features):
    return baseline.relative(np.asarray(features))[:-1]


def test_the_weights_fit_in_16_kilobytes_and_say_where_they_are_from():
    assert WEIGHTS.stat().st_size <= 16 * 1024
    provenance = json.loads(WEIGHTS.read_text())["provenance"]
    assert "CC0" in provenance["corpus"]
    assert "Burkhardt" in provenance["citation"]
    assert provenance["command"].startswith("python -m audio.emotion_training")
    assert isinstance(provenance["seed"], int)


def test_weights_and_features_fit_together():
    model = load()
    width, labels = len(model.features), len(model.labels)
    units = len(model.network.hidden_bias)
    assert model.labels == ("angry", "happy", "neutral", "sad")
    assert model.prior.mean.shape == model.prior.variance.shape == model.prior.between.shape == (width,)
    assert model.prior.moods.shape == (labels, width)
    assert model.network.hidden.shape == (width + 1, units)
    assert model.network.output.shape == (units, labels + 1)
    assert model.network.output_bias.shape == (labels + 1,)
    assert np.all(model.prior.variance > 0)
    assert np.all(model.prior.between > 0)


def test_before_any_speech_the_prior_is_the_baseline():
    # In units of what lies within and between talkers together: sqrt(4 + 4) and sqrt(1 + 1).
    assert deviations(Baseline(PRIOR), [10 + 2 * 8**0.5, -(2**0.5)]) == pytest.approx([2.0, -1.0])


def test_the_last_number_says_how_well_the_talker_is_known():
    baseline = Baseline(PRIOR)
    assert baseline.relative(PRIOR.mean)[-1] == 0
    baseline.take(PRIOR.mean, ACQUAINTED_S, NOBODY)
    assert baseline.relative(PRIOR.mean)[-1] == pytest.approx(0.5)
    baseline.take(PRIOR.mean, MEMORY_S, NOBODY)
    assert 0.95 < baseline.relative(PRIOR.mean)[-1] < 1


def test_what_differs_most_between_talkers_is_taken_from_the_talker_first():
    baseline = Baseline(prior([0.1, 10.0]))
    baseline.take(np.array([1.0, 1.0]), 4.0, NOBODY)
    of_the_melody, of_the_microphone = deviations(baseline, [1.0, 1.0])
    assert of_the_melody > 0.6
    assert of_the_microphone < 0.2


def test_nothing_waits_longer_for_the_talker_than_the_stated_seconds():
    baseline = Baseline(prior([1e-6]))
    baseline.take(np.array([1.0]), LONGEST_TRUST_S, NOBODY)
    assert deviations(baseline, [0.5]) == pytest.approx([0.0])


def test_an_odd_microphone_makes_no_odd_mood():
    quiet, loud = (deviations(Baseline(prior([between])), [3.0]) for between in (0.1, 8.0))
    assert loud[0] < quiet[0] / 2


def test_the_talker_weighs_half_after_the_stated_seconds():
    baseline = Baseline(PRIOR)
    baseline.take(np.array([12.0, 0.0]), MEAN_TRUST_S, NOBODY)
    assert deviations(baseline, [11.0, 0.0]) == pytest.approx([0.0, 0.0])


def test_after_much_speech_the_baseline_is_the_talkers_own():
    baseline = Baseline(PRIOR)
    rng = np.random.default_rng(1)
    for _ in range(400):
        baseline.take(np.array([14.0, 5.0]) + rng.standard_normal(2) * [0.5, 3.0], 2.0, NOBODY)
    assert deviations(baseline, [14.0, 5.0]) == pytest.approx([0.0, 0.0], abs=0.5)
    assert baseline.relative(np.array([14.0, 8.0]))[1] == pytest.approx(1.0, abs=0.4)


def test_long_utterances_weigh_more():
    one, two = Baseline(PRIOR), Baseline(PRIOR)
    one.take(np.array([12.0, 0.0]), 1.0, NOBODY)
    two.take(np.array([12.0, 0.0]), 9.0, NOBODY)
    assert one.relative(PRIOR.mean)[0] > two.relative(PRIOR.mean)[0]


def test_a_mood_at_the_beginning_does_not_become_the_usual():
    spared, naive = Baseline(PRIOR), Baseline(PRIOR)
    spared.take(PRIOR.mean + PRIOR.moods[0], 6.0, np.array([1.0, 0.0]))
    naive.take(PRIOR.mean + PRIOR.moods[0], 6.0, NOBODY)
    assert deviations(spared, PRIOR.mean) == pytest.approx([0.0, 0.0])
    assert deviations(naive, PRIOR.mean)[0] < -0.3


def test_of_a_well_known_talker_less_is_put_down_to_a_mood():
    spared, half = Baseline(PRIOR), Baseline(PRIOR)
    for baseline in (spared, half):
        baseline.take(PRIOR.mean, ACQUAINTED_S, NOBODY)
    spared.take(np.array([14.0, 0.0]), 10.0, np.array([1.0, 0.0]))
    half.take(np.array([14.0, 0.0]) - PRIOR.moods[0] / 2, 10.0, NOBODY)
    assert deviations(spared, PRIOR.mean) == pytest.approx(deviations(half, PRIOR.mean))


def test_a_habit_that_was_taken_for_a_mood_becomes_the_usual():
    baseline = Baseline(PRIOR)
    bright = PRIOR.mean + PRIOR.moods[0]
    for _ in range(int(2 * MEMORY_S / 2)):
        baseline.take(bright, 2.0, np.array([1.0, 0.0]))
    assert deviations(baseline, bright) == pytest.approx([0.0, 0.0], abs=0.5)


def test_an_utterance_counts_as_its_seconds_however_it_was_divided():
    whole, parts = Baseline(PRIOR), Baseline(PRIOR)
    whole.take(np.array([13.0, 2.0]), 6.0, NOBODY)
    for _ in range(3):
        parts.take(np.array([13.0, 2.0]), 2.0, NOBODY)
    assert whole.relative(PRIOR.mean) == pytest.approx(parts.relative(PRIOR.mean))


def test_a_constant_talker_does_not_make_small_differences_huge():
    baseline = Baseline(PRIOR)
    for _ in range(30):
        baseline.take(PRIOR.mean, 1.0, NOBODY)
    assert baseline.relative(np.array([12.0, 0.0]))[0] < 1.3


def test_old_speech_fades():
    baseline = Baseline(PRIOR)
    for mean in (0.0, 20.0):
        for _ in range(int(3 * MEMORY_S / 10)):
            baseline.take(np.array([mean, 0.0]), 10.0, NOBODY)
    assert baseline.seconds == pytest.approx(MEMORY_S)
    assert abs(baseline.relative(np.array([20.0, 0.0]))[0]) < 0.5


def test_what_lies_far_outside_is_cut():
    assert deviations(Baseline(PRIOR), [1e6, -1e6]).tolist() == [LIMIT, -LIMIT]


def test_temperature_falls_from_a_strangers_to_a_familiar_talkers():
    temperature = Temperature(stranger=1.5, familiar=1.0)
    assert temperature.at(np.array([[0.0], [0.5], [1.0]])).tolist() == [[1.5], [1.25], [1.0]]


@pytest.mark.parametrize("logit", [-1000.0, 0.0, 1000.0])
def test_extreme_logits_do_not_overflow(logit):
    assert 0 <= sigmoid(np.array(logit)) <= 1
    assert softmax(np.array([logit, 0.0])).sum() == pytest.approx(1)


def test_nothing_pushed_is_not_described():
    assert describe(BandPowers().values(), []) is None
