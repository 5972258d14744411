"""Audio quality: every damage lowers it, every part measures its own damage, and streaming changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audio.quality import QualityMeter, measure
from audio.resample import Resampler
from audio.values import RATE, Quality
from tests.audio.damage import (
    CLEAN,
    DAMAGES,
    clipped,
    pcm,
    white,
)


def judged(wave):
    """Untyped on purpose: a part that is None fails the comparison it is put in."""
    return measure(pcm(wave))


def score(wave):
    return judged(wave).score


def test_clean_speech_scores_high():
    assert score(CLEAN) > 0.8


@pytest.mark.parametrize("damage", DAMAGES)
def test_more_damage_scores_lower(damage):
    spoil, grades = DAMAGES[damage]
    scores = [score(CLEAN), *(score(spoil(grade)) for grade in grades)]
    assert all(better > worse + 0.01 for better, worse in pairwise(scores)), scores
    assert scores[-1] < 0.35


def push_in_pieces(meter: QualityMeter, samples: NDArray[np.int16], cuts: Sequence[int]) -> Quality:
    for piece in np.split(samples, sorted(cuts)):
        meter.push(piece)
    return meter.utterance()


def heard(meter):
    return meter.utterance()


def close(left: Quality, right: Quality) -> bool:
    pairs = zip(as_numbers(left), as_numbers(right), strict=True)
    return all(one == pytest.approx(other, rel=1e-4, abs=1e-4) for one, other in pairs)


def as_numbers(quality: Quality) -> list[float]:
    """The figures in order, and a figure that no part has in place of None."""
    return [-1e9 if figure is None else figure for figure in astuple(quality)]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 2 * RATE), max_size=12))
def test_how_the_audio_is_cut_changes_nothing(cuts):
    samples = pcm(white(25))[: 2 * RATE]
    assert close(push_in_pieces(QualityMeter(), samples, cuts), measure(samples))


def test_single_samples_can_be_pushed():
    samples = pcm(CLEAN)[:RATE]
    assert close(push_in_pieces(QualityMeter(), samples, range(1, RATE)), measure(samples))


def test_int16_and_float_audio_are_judged_alike():
    samples = pcm(white(20))
    assert measure((samples / 32768).astype(np.float32)) == measure(samples)


def test_values_that_are_no_numbers_count_as_silence():
    broken = (pcm(CLEAN) / 32768).astype(np.float32)
    mended = broken.copy()
    broken[5000:5400:3] = np.nan
    broken[5001:5400:3] = np.inf
    broken[5002:5400:3] = -np.inf
    mended[5000:5400] = 0
    assert close(measure(broken), measure(mended))


def test_another_rate_is_judged_as_at_ours():
    upwards = Resampler(8_000)  # our 16 kHz taken for 8 kHz comes out at what would be 32 kHz
    doubled = np.concatenate([upwards.push(pcm(CLEAN)), upwards.flush()])
    here, there = judged(CLEAN), measure(doubled, rate=2 * RATE)
    assert there.score == pytest.approx(here.score, abs=0.05)
    assert there.snr_db == pytest.approx(here.snr_db, abs=2)


NOTHING = Quality(None, None, 0.0, None, None, 0.0, None)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.int16),
        np.ones(1, np.int16),
        np.zeros(3 * RATE, np.int16),
        np.full(3 * RATE, 9000, np.int16),
        np.random.default_rng(4).integers(-1, 2, 3 * RATE).astype(np.int16),
        pcm(CLEAN)[2000:4000],
    ],
    ids=["nothing", "one sample", "silence", "DC", "rounding noise", "an eighth of a second"],
)
def test_where_there_is_too_little_speech_nothing_is_said(samples):
    assert measure(samples) == NOTHING


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, -1, 300, 32767, -32768]), st.integers(0, 9000), st.integers(1, 8000)
        ),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_is_heard_the_figures_are_finite(stretches):
    random = np.random.default_rng(7)
    samples = np.concatenate(
        [offset + spread * random.standard_normal(length) for offset, spread, length in stretches]
    )
    quality = measure(np.clip(samples, -32768, 32767).astype(np.int16))
    assert np.isfinite(as_numbers(quality)).all()
    shares = (quality.score, quality.clipping, quality.dropouts, quality.reverberation)
    assert all(0 <= share <= 1 for share in shares if share is not None)
    assert (quality.score is None) == (quality.snr_db is None) == (quality.level_dbfs is None)


def test_a_square_wave_is_clipped_and_no_speech():
    square = np.where(np.arange(3 * RATE) % 100 < 50, 32767, -32768).astype(np.int16)
    quality = judged(square / 32768)
    assert quality.clipping > 0.9
    assert quality.score < 0.1


def test_a_dc_offset_changes_little():
    assert score(CLEAN + 0.1) == pytest.approx(score(CLEAN), abs=0.02)


def test_half_a_second_is_enough():
    assert measure(pcm(CLEAN)[8000:16000]).score is not None


def test_a_reset_forgets_the_utterance():
    meter = QualityMeter()
    meter.push(pcm(clipped(0.1)))
    meter.reset()
    assert meter.utterance() == NOTHING
    meter.push(pcm(CLEAN))
    assert close(meter.utterance(), judged(CLEAN))


def test_a_reset_keeps_the_noise_floor():
    room = np.random.default_rng(6).standard_normal(2 * RATE) * 1e-3
    vowel = pcm(CLEAN)[RATE // 4 : RATE // 2]  # too short and too full to show the room behind it
    alone, after_silence = QualityMeter(), QualityMeter()
    after_silence.push(pcm(room))
    after_silence.reset()
    for meter in (alone, after_silence):
        meter.push(vowel)
    assert heard(after_silence).snr_db > heard(alone).snr_db + 3


def test_recent_looks_back_a_few_seconds_only():
    meter = QualityMeter()
    meter.push(pcm(clipped(0.1)))
    assert meter.recent().score == pytest.approx(score(clipped(0.1)), abs=0.05)
    for _ in range(2):
        meter.push(pcm(CLEAN))
    assert meter.recent().score == pytest.approx(score(CLEAN), abs=0.05)


@pytest.mark.parametrize("damage", DAMAGES)
def test_recent_agrees_with_the_whole_on_steady_audio(damage):
    spoil, grades = DAMAGES[damage]
    once = pcm(spoil(grades[0]))
    meter = QualityMeter()
    for _ in range(3):
        meter.push(once)
    assert meter.recent().score == pytest.approx(meter.utterance().score, abs=0.05)


def test_a_very_long_utterance_is_judged_by_its_end():
    meter = QualityMeter()
    meter.push(pcm(white(0)))
    for _ in range(13):
        meter.push(pcm(CLEAN))
    assert meter.utterance().score == pytest.approx(score(CLEAN), abs=0.05)
