import numpy as np
import pytest

from audio.emotion_training.unheard import (
    clipping,
    coder,
    compressor,
    damaged,
    echo,
    equalizer,
    everything,
)
from audio.values import RATE
from tests.audio.talker import talk

KINDS = [equalizer, compressor, clipping, coder, echo, everything]


def rng(seed):
    return np.random.default_rng(seed)


def send(damage, samples, talker=1, clip=2):
    return damage(samples.astype(float) / 2, rng(talker), rng(clip))


def band(signal, low, high):
    power = np.abs(np.fft.rfft(signal)) ** 2
    hertz = np.fft.rfftfreq(len(signal), 1 / RATE)
    return 10 * np.log10(power[(hertz >= low) & (hertz < high)].sum())


@pytest.mark.parametrize("damage", KINDS)
def test_damage_keeps_the_length_and_changes_the_sound(damage):
    samples = talk(1)
    heard = damaged(samples, damage, rng(1), rng(2))
    assert heard.dtype == np.int16
    assert heard.shape == samples.shape
    assert np.mean((heard - samples / 2) ** 2) > 100


@pytest.mark.parametrize("damage", KINDS)
def test_the_same_generators_do_the_same_damage(damage):
    assert np.array_equal(send(damage, talk(1)), send(damage, talk(1)))


def test_an_equalizer_belongs_to_the_talker():
    samples = talk(1)
    assert np.array_equal(send(equalizer, samples, clip=2), send(equalizer, samples, clip=3))
    assert not np.array_equal(send(equalizer, samples, talker=1), send(equalizer, samples, talker=2))


def test_a_compressor_halves_differences_of_level():
    hiss = rng(1).standard_normal(2 * RATE) * np.repeat([200.0, 6000.0], RATE)
    heard = compressor(hiss, rng(1), rng(2))
    before = 20 * np.log10(hiss[RATE + 2000 :].std() / hiss[: RATE - 2000].std())
    after = 20 * np.log10(heard[RATE + 2000 :].std() / heard[: RATE - 2000].std())
    assert after == pytest.approx(before / 2, abs=1.5)


def test_clipping_cuts_off_the_peaks():
    heard = send(clipping, talk(1))
    assert np.mean(np.abs(heard) == np.abs(heard).max()) == pytest.approx(0.07, abs=0.01)


def test_a_coder_ends_at_five_and_a_half_kilohertz():
    hiss = (rng(1).standard_normal(RATE) * 1000).astype(np.int16)
    heard = send(coder, hiss)
    assert band(hiss / 2, 6500, 8000) - band(heard, 6500, 8000) > 20
    assert band(heard, 500, 5000) == pytest.approx(band(hiss / 2, 500, 5000), abs=1)


def test_an_echo_comes_back_three_times():
    click = np.zeros(RATE, np.int16)
    click[1000] = 20_000
    assert np.flatnonzero(send(echo, click)).tolist() == [1000, 1496, 2328, 3736]
