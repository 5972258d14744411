"""Every part of audio quality measures its own damage, and no other."""

from __future__ import annotations

import numpy as np
import pytest

from audio.quality import measure
from audio.values import RATE
from tests.audio.damage import (
    CLEAN,
    at_dbfs,
    at_level,
    babble,
    clipped,
    low_passed,
    pcm,
    reverberant,
    white,
    with_lost_packets,
)
from tests.fixtures.speech_files import speech


def judged(wave):
    """Untyped on purpose: a part that is None fails the comparison it is put in."""
    return measure(pcm(wave))


@pytest.mark.parametrize("snr_db", [5, 10, 20])  # one talker came with 27 dB
@pytest.mark.parametrize("noise", [white, babble])
def test_the_snr_is_true_within_four_decibels(noise, snr_db):
    measured = judged(noise(snr_db)).snr_db
    assert measured == pytest.approx(snr_db, abs=4)


def test_the_level_is_that_of_active_speech():
    half_silent = np.concatenate([np.zeros(2 * RATE), at_dbfs(-23), np.zeros(2 * RATE)])
    assert judged(half_silent).level_dbfs == pytest.approx(-23, abs=1)


@pytest.mark.parametrize("cut_off_hz", [2000, 3400, 5000])
def test_the_bandwidth_is_where_the_voice_ends(cut_off_hz):
    # Half an octave of slack: a filter is no cliff.
    assert cut_off_hz <= judged(low_passed(cut_off_hz)).bandwidth_hz <= cut_off_hz * 1.4


def test_dropouts_are_the_share_of_lost_time():
    assert judged(CLEAN).dropouts == 0
    assert judged(with_lost_packets(0.1)).dropouts == pytest.approx(0.1, abs=0.04)


def test_pauses_of_digital_silence_are_no_dropouts():
    pauses = speech("pauses-inside").samples
    assert measure(pauses).dropouts == 0
    assert measure(np.where(np.abs(pauses) < 30, 0, pauses).astype(np.int16)).dropouts == 0


def test_clipping_is_found_at_any_level():
    shares = [judged(clipped(share)).clipping for share in (1.0, 0.5, 0.1)]
    assert shares[0] < 0.001 < shares[1] < 0.1 < shares[2]
    assert judged(clipped(0.1) / 10).clipping == pytest.approx(shares[2], rel=0.2)


def test_one_sided_clipping_is_found():
    assert judged(np.minimum(CLEAN, 0.3 * CLEAN.max())).clipping > 0.01


def test_reverberation_rises_with_the_room():
    amounts = [judged(reverberant(t60)).reverberation for t60 in (0.1, 0.3, 0.6, 1.0)]
    assert amounts == sorted(amounts)
    assert amounts[0] < 0.3
    assert amounts[-1] > 0.9


def test_noise_is_not_taken_for_reverberation():
    assert judged(white(15)).reverberation < 0.25


@pytest.mark.parametrize("level_dbfs", [-10, -20, -30, -40])
def test_snr_bandwidth_and_reverberation_do_not_depend_on_the_level(level_dbfs):
    tame = clipped(0.4)  # so that even -10 dBFS fits under full scale
    reference, here = judged(tame), judged(at_level(tame, 10 ** (level_dbfs / 20)))
    assert here.snr_db == pytest.approx(reference.snr_db, abs=1.5)
    assert here.bandwidth_hz == pytest.approx(reference.bandwidth_hz, abs=250)
    assert here.reverberation == pytest.approx(reference.reverberation, abs=0.03)
