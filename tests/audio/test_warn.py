"""Warnings: what the talker can mend is said, once per spell, and never without cause."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from audio.quality import QualityMeter
from audio.rate_check import NO_HEARSAY, Hearsay
from audio.values import RATE, Quality
from audio.warn import BEGIN, BEGIN_HEARSAY, END, Warner
from tests.audio.damage import at_dbfs, clipped, pcm, white
from tests.audio.test_rate_check import live, taken_for
from tests.fixtures.speech_files import speech

GOOD = Quality(
    score=0.9,
    snr_db=30.0,
    clipping=0.0,
    level_dbfs=-25.0,
    bandwidth_hz=7750.0,
    dropouts=0.0,
    reverberation=0.0,
)
BAD = {
    "clipping": replace(GOOD, clipping=0.1),
    "too_quiet": replace(GOOD, level_dbfs=-55.0),
    "noise": replace(GOOD, snr_db=3.0),
}
MIDDLING = {
    "clipping": replace(GOOD, clipping=0.003),
    "too_quiet": replace(GOOD, level_dbfs=-43.0),
    "noise": replace(GOOD, snr_db=12.0),
}
SPEECHLESS = Quality(None, None, 0.0, None, None, 0.0, None)
SLOW = Hearsay(slow=5.0, fast=-9.0, narrow=False)
NATURAL = Hearsay(slow=-5.0, fast=-9.0, narrow=False)
NARROW = Hearsay(slow=-5.0, fast=-9.0, narrow=True)


def codes(warner, qualities, hearsay=NO_HEARSAY):
    return [warning.code for quality in qualities for warning in warner.hear(quality, hearsay)]


def streamed(samples, sample_rate=RATE):
    """Hear a recording, over and over for 20 s, as a live session would."""
    warner, meter, said = Warner(sample_rate=sample_rate), QualityMeter(), []
    for second in np.resize(samples, 20 * RATE).reshape(-1, RATE):
        meter.push(second)
        said += [warning.code for warning in warner.hear(meter.recent(), meter.hearsay())]
    return said


def paced(warner, received):
    return [
        warning
        for second, audio in enumerate(received)
        for warning in warner.clock(received_s=audio, elapsed_s=float(second))
    ]


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [(clipped(0.1), "clipping"), (at_dbfs(-55), "too_quiet"), (white(3), "noise")],
    ids=["clipping", "too_quiet", "noise"],
)
def test_spoilt_speech_is_warned_of_once(spoilt, code):
    assert streamed(pcm(spoilt)) == [code]


def test_speech_at_the_wrong_rate_is_warned_of_once():
    assert streamed(taken_for(speech("pauses-inside").samples, RATE // 3)) == ["rate_mismatch"]


@pytest.mark.parametrize("name", ["all-words", "pauses-inside", "two-utterances", "digits-16k", "real-ss"])
def test_clean_speech_is_not_warned_of(name):
    assert streamed(speech(name).samples) == []


def test_slightly_spoilt_speech_is_not_warned_of():
    assert streamed(pcm(white(20))) == []
    assert streamed(pcm(at_dbfs(-35))) == []


@pytest.mark.parametrize("code", BAD)
def test_a_spell_is_announced_once(code):
    warner = Warner()
    assert codes(warner, [BAD[code]] * (BEGIN - 1)) == []
    assert codes(warner, [BAD[code]]) == [code]
    assert codes(warner, [BAD[code]] * 50) == []


@pytest.mark.parametrize("code", BAD)
def test_a_new_spell_is_announced_again(code):
    spell = [BAD[code]] * BEGIN + [GOOD] * END
    assert codes(Warner(), spell * 3) == [code] * 3


@pytest.mark.parametrize("code", BAD)
def test_a_figure_that_wavers_never_flaps(code):
    wavering = [BAD[code], MIDDLING[code], GOOD, BAD[code], BAD[code], GOOD] * 10
    assert codes(Warner(), wavering) == []
    assert codes(Warner(), [BAD[code]] * BEGIN + wavering + [MIDDLING[code]] * 20 + wavering) == [code]


@pytest.mark.parametrize("code", BAD)
def test_a_moment_without_speech_neither_begins_nor_ends_a_spell(code):
    warner = Warner()
    assert codes(warner, [BAD[code], SPEECHLESS, BAD[code], SPEECHLESS, BAD[code]]) == [code]
    assert codes(warner, [SPEECHLESS] * 20 + [BAD[code]] * BEGIN) == []


def test_every_message_says_what_to_do():
    worst = replace(GOOD, clipping=0.2, level_dbfs=-60.0, snr_db=0.0)
    warner = Warner()
    warnings = [warning for _ in range(BEGIN) for warning in warner.hear(worst)]
    assert [warning.code for warning in warnings] == ["clipping", "too_quiet", "noise"]
    assert all(": " in warning.message and warning.message.endswith(".") for warning in warnings)


def test_live_audio_at_its_rate_is_not_warned_of():
    assert paced(Warner(), live(1.0, seconds=60)) == []


def test_a_pace_no_program_would_choose_is_believed_alone():
    [warning] = paced(Warner(sample_rate=16_000), live(44_100 / 16_000, seconds=60))
    assert warning.code == "rate_mismatch"
    assert "44100" in warning.message


def test_live_audio_slower_than_its_rate_is_warned_of():
    [warning] = paced(Warner(sample_rate=16_000), live(0.5, seconds=60))
    assert "8000" in warning.message


def test_a_file_paced_at_three_times_real_time_is_no_lie():
    warner = Warner()
    codes(warner, [GOOD], NATURAL)
    assert paced(warner, live(3.0, seconds=60)) == []


def test_three_times_real_time_with_a_slow_voice_is_48_khz():
    warner = Warner(sample_rate=16_000)
    codes(warner, [GOOD], replace(SLOW, slow=0.5))
    [warning] = paced(warner, live(3.0, seconds=60))
    assert "48000" in warning.message


def test_a_file_sent_as_fast_as_it_goes_is_not_warned_of():
    assert paced(Warner(), np.cumsum(np.random.default_rng(3).uniform(5, 25, 60))) == []


def test_the_voice_alone_must_be_sure_for_longer():
    warner = Warner()
    assert codes(warner, [GOOD] * (BEGIN_HEARSAY - 1), SLOW) == []
    assert codes(warner, [GOOD], SLOW) == ["rate_mismatch"]


def test_a_voice_that_cannot_tell_neither_begins_nor_ends_a_spell():
    warner = Warner()
    assert codes(warner, [GOOD] * 20, NO_HEARSAY) == []
    assert codes(warner, [GOOD] * BEGIN_HEARSAY, SLOW) == ["rate_mismatch"]
    assert codes(warner, [GOOD] * 20, NO_HEARSAY) == []
    assert codes(warner, [GOOD] * 20, SLOW) == []


def test_a_rate_mismatch_is_said_once_whoever_notices_it():
    warner = Warner()
    assert len(paced(warner, live(44_100 / 16_000, seconds=40))) == 1
    assert codes(warner, [GOOD] * 20, SLOW) == []


def test_narrow_audio_is_warned_of_unless_it_was_declared_so():
    assert codes(Warner(sample_rate=16_000), [GOOD] * 20, NARROW) == ["rate_mismatch"]
    assert codes(Warner(sample_rate=8_000), [GOOD] * 20, NARROW) == []
