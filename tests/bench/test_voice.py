"""The voice benchmark's own truth: its speech has the pitch it says, its scores count what they say."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from audio.values import HOP, RATE
from tests.bench.voice import pitch, quality, spoil
from tests.bench.voice.pitch import STEP_S, Score
from tests.bench.voice.speech import LEVEL, Item, Wave, active_level, items


@cache
def made() -> list[Item]:
    return list(items(3, seconds=1.5))


def score(item: Item, hertz: Wave) -> Score:
    score = Score()
    score.add(item, (np.arange(len(hertz)) * STEP_S, hertz))
    return score


@pytest.mark.parametrize("number", range(3))
def test_speech_repeats_after_the_period_it_states(number: int):
    item = made()[number]
    samples = spoil.low_pass(item.samples, 1000)
    cents = []
    for frame in np.flatnonzero((item.f0_hz > 0) & item.counts)[5:]:
        period = RATE / item.f0_hz[frame]
        lags = np.arange(round(0.8 * period), round(1.25 * period) + 1)
        likeness = [likeness_after(samples, frame * HOP, lag) for lag in lags]
        cents.append(1200 * np.log2(lags[np.argmax(likeness)] / period))
    assert len(cents) > 40
    assert abs(np.median(cents)) < 10
    assert np.median(np.abs(cents)) < 50


def likeness_after(samples: Wave, middle: int, lag: int) -> float:
    return float(np.corrcoef(samples[middle - lag : middle], samples[middle : middle + lag])[0, 1])


def test_speech_is_the_same_every_time_and_at_one_level():
    again = list(items(3, seconds=1.5))
    for one, other in zip(made(), again, strict=True):
        assert np.array_equal(one.samples, other.samples)
        assert active_level(one.samples) == pytest.approx(LEVEL)


def test_the_truth_itself_scores_full_marks():
    perfect = score(made()[0], made()[0].f0_hz)
    assert (perfect.rpa50, perfect.f50, perfect.gpe, perfect.vde) == (100, 100, 0, 0)
    assert perfect.median_right == 100


def test_an_octave_is_gross_and_a_miss_counts():
    item = made()[0]
    octave = score(item, item.f0_hz * 2)
    assert (octave.rpa50, octave.gpe, octave.vde, octave.median_right) == (0, 100, 0, 0)
    deaf = score(item, np.zeros(len(item.f0_hz)))
    assert (deaf.rpa50, deaf.f50) == (0, 0)
    assert deaf.vde > 30


def test_a_value_elsewhere_in_time_is_no_answer():
    late = (np.arange(3) * STEP_S + 1.0, np.full(3, 100.0))
    assert not pitch.on_grid(late, 50).any()


def test_a_missing_yardstick_is_named_with_its_remedy(monkeypatch):
    def absent(samples):
        raise ImportError

    monkeypatch.setitem(pitch.TRACKERS, "Praat", (absent, "praat-parselmouth"))
    for name in [name for name in pitch.TRACKERS if name not in ("Earshot", "Praat")]:
        monkeypatch.delitem(pitch.TRACKERS, name)
    lines = list(pitch.tables(2))
    assert any(line.startswith("| Praat | missing: pip install praat-parselmouth |") for line in lines)
    assert sum(line.startswith("| Earshot |") for line in lines) == 2


def test_noise_is_mixed_at_the_level_it_says():
    speech = made()[0].samples
    noise = spoil.mixed(speech, spoil.white(len(speech), np.random.default_rng(0)), 10) - speech
    assert 20 * np.log10(active_level(speech) / noise.std()) == pytest.approx(10, abs=0.1)


def test_wada_snr_reads_its_own_model_right():
    rng = np.random.default_rng(5)
    speech = rng.gamma(0.4, 1, 100_000) * rng.choice((-1, 1), 100_000)
    noise = rng.standard_normal(100_000) * speech.std() * 10 ** (-12 / 20)
    assert quality.wada_snr(speech + noise) == pytest.approx(12, abs=0.5)


def test_rank_correlation_shares_ranks_between_equals():
    assert quality.spearman([1, 2, 3], [10, 20, 25]) == pytest.approx(1)
    assert quality.spearman([1, 2, 2, 3], [3, 2, 2, 1]) == pytest.approx(-1)
    assert quality.spearman([1, 2, 3], [60, 60, 60]) == 0
