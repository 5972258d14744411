"""Frames are judged one by one, whatever calls they come in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.vad import Vad
from audio.values import FRAME, RATE
from tests.fixtures.speech_files import speech


def framed(samples):
    return samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)


def noise(dbfs, seconds=1.0, seed=1):
    samples = np.random.default_rng(seed).normal(0, 32768 * 10 ** (dbfs / 20), int(seconds * RATE))
    return samples.clip(-32768, 32767).astype(np.int16)


def sine(dbfs, hertz=1000, seconds=1.0):
    amplitude = 32768 * 10 ** (dbfs / 20) * np.sqrt(2)
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.int16)


SPOKEN = framed(np.concatenate([noise(-66), speech("digits-16k").samples, noise(-40), noise(-66)]))


@pytest.mark.parametrize("dbfs", [-6, -20, -40])
def test_the_level_is_the_root_mean_square(dbfs):
    assert [frame.level_dbfs for frame in Vad().push(framed(sine(dbfs)))] == pytest.approx(
        [dbfs] * 50, abs=0.05
    )


def test_digital_silence_is_at_minus_one_hundred():
    frames = Vad().push(np.zeros((50, FRAME), np.int16))
    assert {(frame.speech, round(frame.level_dbfs, 6)) for frame in frames} == {(False, -100.0)}


def test_full_scale_is_at_zero_and_overflows_nothing():
    loudest = np.full((3, FRAME), -32768, np.int16)
    assert [frame.level_dbfs for frame in Vad().push(loudest)] == pytest.approx([0.0] * 3, abs=1e-6)


def test_no_frames_give_no_verdicts():
    assert Vad().push(np.empty((0, FRAME), np.int16)) == []


def test_speech_is_heard_and_the_silence_around_it_is_not():
    clip = speech("digits-16k")
    verdicts = Vad().push(framed(np.concatenate([noise(-66, 2), clip.samples, noise(-66, 2)])))
    heard = [at * FRAME / RATE - 2 for at, verdict in enumerate(verdicts) if verdict.speech]
    assert clip.onset - 0.05 < heard[0] < clip.onset + 0.1
    assert clip.end - 0.15 < heard[-1] < clip.end + 0.15
    assert len(heard) * FRAME / RATE > 0.8 * (clip.end - clip.onset)


@pytest.mark.parametrize("dbfs", [-70, -50, -30])
def test_steady_noise_is_never_clear_speech(dbfs):
    assert not any(verdict.speech and not verdict.faint for verdict in Vad().push(framed(noise(dbfs, 10))))


def test_the_frames_given_are_left_as_they_were():
    frames = SPOKEN.copy()
    frames.flags.writeable = False
    assert len(Vad().push(frames)) == len(frames)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1))
def test_the_grouping_into_calls_changes_nothing(sizes):
    vad, judged, at = Vad(), [], 0
    for size in sizes:
        judged += vad.push(SPOKEN[at : at + size])
        at += size
    judged += vad.push(SPOKEN[at:])
    assert judged == Vad().push(SPOKEN)


def test_sessions_do_not_hear_each_other():
    alone = Vad().push(SPOKEN)
    one, other = Vad(), Vad()
    side_by_side = []
    for frame in SPOKEN:
        side_by_side += one.push(frame[np.newaxis])
        other.push(framed(noise(-10, 0.02)))
    assert side_by_side == alone
