"""The pitch tracker: right on known voices, silent on noise, and the same frames however the audio is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audio.pitch import PitchTracker
from audio.values import HOP, RATE, PitchFrame

EDGE = 5
"""Frames at either end of a sound that may go either way: the window is half in it."""


def voice(
    hertz: float | NDArray[np.float64], seconds: float = 0.6, rms: float = 0.1, lowest: int = 1
) -> NDArray[np.float32]:
    """Harmonics from the `lowest` to 3.5 kHz, falling 6 dB an octave, phases scattered."""
    contour = np.broadcast_to(hertz, int(seconds * RATE))
    phase = 2 * np.pi * np.cumsum(contour) / RATE
    harmonics = np.arange(lowest, int(3500 / contour.max()) + 1)[:, None]
    tone = np.sum(np.cos(phase * harmonics + harmonics**2) / harmonics, axis=0)
    return (tone / np.std(tone) * rms).astype(np.float32)


def noise(seconds: float, rms: float = 0.1, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, rms, int(seconds * RATE)).astype(np.float32)


def track(samples: NDArray[np.float32] | NDArray[np.int16], chunk: int | None = None) -> list[PitchFrame]:
    tracker = PitchTracker()
    frames = []
    for start in range(0, len(samples), chunk or len(samples)):
        frames += tracker.push(samples[start : start + (chunk or len(samples))])
    return frames + tracker.flush()


def pitches(frames: list[PitchFrame]) -> list[float | None]:
    return [frame.f0_hz for frame in frames[EDGE:-EDGE]]


def share_voiced(frames: list[PitchFrame]) -> float:
    return sum(frame.f0_hz is not None for frame in frames) / len(frames)


SPOKEN = np.concatenate((noise(0.3, 0.002), voice(np.linspace(90, 240, 8000), 0.5), noise(0.2, 0.01)))
"""A second with a beginning, a glide and an end."""


@pytest.mark.parametrize("hertz", [62, 75, 90, 110, 150, 200, 300, 400, 490])
def test_a_voice_is_found_within_one_percent(hertz: float):
    found = pitches(track(voice(hertz)))
    assert None not in found
    assert found == pytest.approx([hertz] * len(found), rel=0.01)


@pytest.mark.parametrize("hertz", [80, 120, 200, 300, 440])
def test_a_pure_tone_has_no_other_pitch_than_its_own(hertz: float):
    tone = (0.1 * np.sin(2 * np.pi * hertz * np.arange(RATE // 2) / RATE)).astype(np.float32)
    found = [f0 for f0 in pitches(track(tone)) if f0 is not None]
    assert found == pytest.approx([hertz] * len(found), rel=0.01)


@pytest.mark.parametrize("hertz", [100, 160, 220])
def test_a_missing_fundamental_is_heard(hertz: float):
    found = pitches(track(voice(hertz, lowest=3)))
    assert found == pytest.approx([hertz] * len(found), rel=0.01)


@pytest.mark.parametrize("hertz", [90, 140, 210])
def test_a_loud_second_harmonic_is_not_the_pitch(hertz: float):
    octave_up = 0.2 * np.sin(2 * np.pi * 2 * hertz * np.arange(int(0.6 * RATE)) / RATE)
    found = pitches(track(voice(hertz) + octave_up.astype(np.float32)))
    assert found == pytest.approx([hertz] * len(found), rel=0.01)


@pytest.mark.parametrize("hertz", [150, 250, 400])
def test_a_faint_subharmonic_is_not_the_pitch(hertz: float):
    found = pitches(track(voice(hertz) + voice(hertz / 2, rms=0.005)))
    assert found == pytest.approx([hertz] * len(found), rel=0.01)


def test_a_glide_is_followed():
    contour = 150 * 2 ** (0.8 * np.sin(2 * np.pi * 1.2 * np.arange(RATE) / RATE))
    frames = track(voice(contour, 1.0))[EDGE:-EDGE]
    found = [frame.f0_hz for frame in frames]
    assert found == pytest.approx([contour[frame.at] for frame in frames], rel=0.025)


def test_a_voice_in_noise_is_found():
    samples = np.concatenate((np.zeros(RATE // 2, np.float32), voice(130, 1.0))) + noise(1.5, 0.05)
    frames = track(samples)
    assert share_voiced(frames[:45]) < 0.1
    found = [frame.f0_hz for frame in frames[55:-EDGE]]
    assert sum(f0 is not None and abs(f0 / 130 - 1) < 0.03 for f0 in found) > 0.9 * len(found)


def test_the_first_frames_need_no_silence_before_them():
    assert [frame.f0_hz for frame in track(voice(180))[2:5]] == pytest.approx([180] * 3, rel=0.02)


def test_a_note_held_for_four_seconds_does_not_become_the_noise():
    assert share_voiced(track(voice(140, 4.0))) > 0.98


def test_white_noise_has_no_pitch():
    assert share_voiced(track(noise(3.0))) < 0.05


@pytest.mark.parametrize("level", [0.0, 0.5, -1.0])
def test_silence_and_offsets_have_no_pitch(level: float):
    assert share_voiced(track(np.full(RATE, level, np.float32))) == 0


def test_a_square_wave_has_the_pitch_of_its_period():
    square = np.where(np.arange(RATE // 2) % 100 < 50, 8000, -8000).astype(np.int16)
    found = pitches(track(square))
    assert found == pytest.approx([160] * len(found), rel=0.01)


@pytest.mark.parametrize("hertz", [70, 130, 260])
def test_backwards_a_voice_has_the_same_pitch(hertz: float):
    samples = voice(hertz)
    found = pitches(track(samples))
    assert pitches(track(samples[::-1].copy())) == pytest.approx(found, rel=0.005)


def test_forty_decibels_down_the_contour_is_the_same():
    loud = np.round(SPOKEN * 32767).astype(np.int16)
    quiet = np.round(SPOKEN * 327.67).astype(np.int16)
    pairs = list(zip(track(loud), track(quiet), strict=True))
    assert sum((a.f0_hz is None) != (b.f0_hz is None) for a, b in pairs) <= 0.03 * len(pairs)
    both = [(a.f0_hz, b.f0_hz) for a, b in pairs if a.f0_hz is not None and b.f0_hz is not None]
    assert [a for a, _ in both] == pytest.approx([b for _, b in both], rel=0.01)


@pytest.mark.parametrize("offset", [0.02, -0.5])
def test_beside_an_offset_a_soft_voice_is_the_same(offset: float):
    soft = 0.2 * SPOKEN
    plain, beside = (track(samples.astype(np.float32)) for samples in (soft, soft + offset))
    assert [frame.f0_hz is None for frame in beside] == [frame.f0_hz is None for frame in plain]
    found, wanted = ([frame.f0_hz for frame in frames if frame.f0_hz] for frames in (beside, plain))
    assert found == pytest.approx(wanted, rel=0.01)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 3000), max_size=40))
def test_chunking_does_not_matter(cuts: list[int]):
    tracker = PitchTracker()
    frames, start = [], 0
    for length in [*cuts, len(SPOKEN)]:
        frames += tracker.push(SPOKEN[start : start + length])
        start += length
    assert frames + tracker.flush() == track(SPOKEN)


@pytest.mark.parametrize("length", range(4800, 5500, 80))
def test_frames_that_wait_at_the_end_are_heard_like_others(length: int):
    assert track(SPOKEN[:length], 160) == track(SPOKEN[:length])


@pytest.mark.parametrize("chunk", [1, 7, 159, 160, 320, 1600])
def test_chunks_of_one_size_give_the_same_frames(chunk: int):
    samples = SPOKEN[3200:8000]
    assert track(samples, chunk) == track(samples)


def test_int16_and_float_give_the_same_frames():
    whole = np.round(SPOKEN * 32767).astype(np.int16)
    assert track(whole) == track((whole / 32768).astype(np.float32))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38])
def test_impossible_samples_poison_nothing(bad: float):
    samples = voice(150, 1.0)
    samples[6000:6100] = bad
    frames = track(samples)
    assert all(np.isfinite(frame.strength) for frame in frames)
    found = [frame.f0_hz for frame in frames[50:-EDGE]]
    assert found == pytest.approx([150] * len(found), rel=0.01)


def test_frames_lie_on_the_grid_from_first_sample_to_last():
    assert [frame.at for frame in track(voice(120, 0.605))] == list(range(0, int(0.605 * RATE), HOP))


@pytest.mark.parametrize("chunk", [1, 100, 320])
def test_no_frame_comes_later_than_latency_says(chunk: int):
    samples, tracker, frames = SPOKEN[2400:4800], PitchTracker(), 0
    for heard in range(chunk, len(samples) + 1, chunk):
        frames += len(tracker.push(samples[heard - chunk : heard]))
        assert frames >= (heard - tracker.latency) // HOP + 1


def test_half_of_the_frames_come_within_60_ms_of_a_microphone():
    tracker, waited = PitchTracker(), []
    for heard in range(320, len(SPOKEN), 320):
        waited += [heard - frame.at for frame in tracker.push(SPOKEN[heard - 320 : heard])]
    assert np.median(waited) <= 0.06 * RATE


def test_values_are_in_range():
    for frame in track(SPOKEN):
        assert 0 <= frame.strength <= 1
        assert frame.f0_hz is None or 60 <= frame.f0_hz <= 500


def test_a_voice_is_more_periodic_than_noise():
    strength = [np.mean([frame.strength for frame in track(samples)]) for samples in (voice(150), noise(0.6))]
    assert strength[0] > 0.8 > 0.5 > strength[1]


def test_flush_begins_a_new_utterance():
    tracker = PitchTracker()
    first = tracker.push(SPOKEN) + tracker.flush()
    assert tracker.flush() == []
    second = tracker.push(voice(200)) + tracker.flush()
    assert [frame.at for frame in second] == list(range(0, int(0.6 * RATE), HOP))
    assert pitches(second) == pytest.approx([200] * len(pitches(second)), rel=0.01)
    assert len(first) == len(SPOKEN) // HOP


@pytest.mark.parametrize("length", range(8000, 8640, 160))
def test_an_utterance_may_be_dropped_instead_of_flushed(length: int):
    flushed, dropped = PitchTracker(), PitchTracker()
    for tracker in (flushed, dropped):
        for start in range(0, length, 160):
            tracker.push(SPOKEN[start : start + 160])
    flushed.flush()
    dropped.drop()
    assert dropped.push(SPOKEN) + dropped.flush() == flushed.push(SPOKEN) + flushed.flush()


def test_an_empty_utterance_has_no_frames():
    tracker = PitchTracker()
    assert tracker.push(np.zeros(0, np.int16)) == []
    assert tracker.flush() == []
