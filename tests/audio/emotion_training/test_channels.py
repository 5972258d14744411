from dataclasses import replace

import numpy as np
import pytest

from audio.emotion_training.channels import Channel, draw, through
from audio.values import RATE
from tests.audio.talker import talk

HALF = Channel(gain_db=-1e-9)
"""Changes nothing but the headroom."""


def rng(seed=1):
    return np.random.default_rng(seed)


def send(samples, **changes):
    return through(replace(HALF, **changes), samples, rng()).astype(float)


def decibels(samples, low, high):
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    return 10 * np.log10(power[(hertz >= low) & (hertz < high)].sum())


def test_the_default_channel_changes_nothing():
    samples = talk(1)
    assert through(Channel(), samples, rng()) is samples


def test_noise_has_the_asked_level():
    samples = talk(2)
    noise = send(samples, snr_db=10.0) - send(samples)
    ratio = 10 * np.log10(np.mean(send(samples) ** 2) / np.mean(noise**2))
    assert ratio == pytest.approx(10, abs=0.2)


def test_tilted_noise_is_darker():
    noise = send(talk(2), snr_db=0.0, noise_tilt_db=-6.0) - send(talk(2))
    assert decibels(noise, 1000, 2000) > decibels(noise, 4000, 8000) + 4


def test_a_telephone_carries_300_to_3400_hertz():
    # -30 dB white noise: mu-law's rounding is far below it.
    hiss = (rng().standard_normal(RATE) * 1000).astype(np.int16)
    lost_low = decibels(send(hiss), 50, 150) - decibels(send(hiss, telephone=True), 50, 150)
    lost_high = decibels(send(hiss), 5000, 8000) - decibels(send(hiss, telephone=True), 5000, 8000)
    kept = decibels(send(hiss), 500, 3000) - decibels(send(hiss, telephone=True), 500, 3000)
    assert lost_low > 20
    assert lost_high > 20
    assert kept == pytest.approx(0, abs=0.5)


def test_a_low_pass_takes_what_is_above_it():
    hiss = (rng().standard_normal(RATE) * 1000).astype(np.int16)
    narrow = send(hiss, low_pass_hz=4000.0)
    assert decibels(send(hiss), 5500, 8000) - decibels(narrow, 5500, 8000) > 20
    assert decibels(send(hiss), 500, 3000) - decibels(narrow, 500, 3000) == pytest.approx(0, abs=0.3)


def test_tilt_turns_around_one_kilohertz():
    hiss = (rng().standard_normal(RATE) * 1000).astype(np.int16)
    bright = send(hiss, tilt_db=3.0)
    assert decibels(bright, 3800, 4200) - decibels(send(hiss), 3800, 4200) == pytest.approx(6, abs=0.3)
    assert decibels(bright, 950, 1050) - decibels(send(hiss), 950, 1050) == pytest.approx(0, abs=0.3)


def test_a_room_answers_after_the_sound():
    click = np.zeros(RATE, np.int16)
    click[1000] = 30_000
    heard = np.abs(send(click, reverb_s=0.3, reverb_ratio=0.5))
    early, late = heard[1100:2000].mean(), heard[4500:5400].mean()
    assert heard[:1000].max() == 0
    assert early > 5 * late > 0


def test_speed_changes_length_and_pitch():
    assert len(through(Channel(speed=1.1), talk(2), rng())) == pytest.approx(2 * RATE / 1.1, abs=2)


def test_the_same_generator_draws_the_same_channel():
    assert draw(rng(3)) == draw(rng(3)) != draw(rng(4))
    assert np.array_equal(through(draw(rng(3)), talk(1), rng()), through(draw(rng(3)), talk(1), rng()))
