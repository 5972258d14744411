"""Traces: each is found where it was made, at the strength it has, and none is found in natural recordings."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from audio.quality import measure
from audio.quality_frames import BEFORE, Frames, analyse
from audio.quality_parts import loud_db
from audio.quality_stretch import survey
from audio.quality_traces import CLICK_LEAST_S, HARMLESS, Traces, find
from audio.values import RATE
from tests.audio.damage import (
    CLEAN,
    DAMAGES,
    TRACES,
    held,
    hum,
    pcm,
    thinned,
    white,
    with_clicks,
    with_copied_packets,
    with_echo,
)
from tests.fixtures.speech_files import speech


def found(wave):
    return in_samples(pcm(wave))


def in_samples(samples) -> Traces:
    stretch = survey(Frames(analyse(np.pad(samples, (BEFORE, 0)).astype(np.float32))))
    assert stretch is not None
    return find(stretch, loud_db(stretch))


def score(wave):
    return measure(pcm(wave)).score


@pytest.mark.parametrize("name", ["real-ss", "real-printing", "digits-16k", "all-words", "pauses-inside"])
def test_natural_recordings_and_synthetic_ones_have_no_traces(name):
    traces = in_samples(speech(name).samples)
    assert traces.clicks_per_s < 0.1
    assert (traces.copies, traces.image_hz) == (0, np.inf)
    assert traces.hollow < HARMLESS.hollow
    assert traces.echo < HARMLESS.echo


@pytest.mark.parametrize("damage", DAMAGES)
def test_other_damage_is_no_trace(damage):
    spoil, grades = DAMAGES[damage]
    for grade in grades:
        traces = found(spoil(grade))
        assert traces.clicks_per_s < 0.5
        assert traces.copies < 0.02
        assert traces.image_hz == np.inf
        assert traces.hollow < HARMLESS.hollow
        assert traces.echo < HARMLESS.echo + 0.02


@pytest.mark.parametrize("damage", TRACES)
def test_more_of_a_trace_scores_lower(damage):
    spoil, grades = TRACES[damage]
    scores = [score(CLEAN), *(score(spoil(grade)) for grade in grades)]
    assert all(better > worse + 0.02 for better, worse in pairwise(scores)), scores
    assert scores[-1] < 0.5


@pytest.mark.parametrize("delay_s", [0.06, 0.113, 0.25, 0.35])
def test_an_echo_is_found_at_any_delay(delay_s):
    strengths = [found(with_echo(amplitude, delay_s)).echo for amplitude in (0.2, 0.35, 0.5)]
    assert strengths[0] > HARMLESS.echo
    assert strengths == sorted(strengths)


def test_an_echo_counts_as_reverberation():
    assert measure(pcm(with_echo(0.5))).reverberation > measure(pcm(CLEAN)).reverberation + 0.4


def test_a_hum_is_no_echo_and_no_copy():
    traces = found(hum(0))
    assert traces.echo < HARMLESS.echo
    assert traces.copies < 0.02


def test_clicks_are_counted_the_softer_ones_in_part():
    rates = [found(with_clicks(per_s)).clicks_per_s for per_s in (0, 1, 4, 15)]
    assert rates == sorted(rates)
    assert 2 < rates[2] <= 4


def test_one_click_in_a_short_utterance_is_no_crackle():
    second = CLEAN[:RATE].copy()
    second[RATE // 2 : RATE // 2 + 16] += 0.9 * np.exp(-np.arange(16) / 3)
    assert found(second).clicks_per_s == pytest.approx(1 / CLICK_LEAST_S)


def test_copies_count_as_dropouts_even_on_an_offset():
    for wave in (with_copied_packets(0.15), with_copied_packets(0.15) + 0.1):
        assert found(wave).copies == pytest.approx(0.13, abs=0.04)
        assert measure(pcm(wave)).dropouts == found(wave).copies


def test_a_copy_of_ten_milliseconds_is_found():
    packets = CLEAN[: len(CLEAN) // 160 * 160].reshape(-1, 160).copy()
    packets[10::10] = packets[9::10][: len(packets[10::10])]
    assert found(packets.reshape(-1)).copies > 0.05


@pytest.mark.parametrize(("rate", "fold"), [(4_000, 2_000), (8_000, 4_000), (12_000, 6_000)])
def test_sound_above_a_fold_is_no_bandwidth(rate, fold):
    assert found(held(rate)).image_hz == fold
    assert measure(pcm(held(rate))).bandwidth_hz == fold


def test_holes_are_seen_through_no_noise():
    # Noise fills them: then nobody hears them either.
    assert found(thinned(0.1)).hollow > 0.3
    assert found(thinned(0.1) + 0.01 * (white(20) - CLEAN)).hollow < HARMLESS.hollow
