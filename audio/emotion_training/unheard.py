"""Damage of kinds that training never hears: how the model fares with what nobody thought of.

`channels` is what training draws from, so measuring on it alone flatters. Each function takes samples with 6 dB of
headroom and two generators: one that is the same for all clips of a speaker, one for each clip.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from audio.emotion_training.channels import filtered, quantized, rms
from audio.values import RATE

Floats = NDArray[np.float64]
Rng = np.random.Generator
Damage = Callable[[Floats, Rng, Rng], Floats]

CODER_WINDOW = 512
"""Samples; half of it is the step."""


def damaged(samples: NDArray[np.int16], damage: Damage, talker: Rng, clip: Rng) -> NDArray[np.int16]:
    """Send a clip through `damage`."""
    return quantized(damage(samples.astype(float) / 2, talker, clip))


def equalizer(signal: Floats, talker: Rng, clip: Rng) -> Floats:
    """Colour nine bands by up to 9 dB up or down."""
    gains, bands = talker.uniform(-9, 9, 9), np.log(np.geomspace(80, 8000, 9))
    return filtered(signal, lambda hertz: 10 ** (np.interp(np.log(np.maximum(hertz, 80)), bands, gains) / 20))


def compressor(signal: Floats, talker: Rng, clip: Rng) -> Floats:
    """Halve all differences of level, over 50 ms: an automatic gain control, in decibels 2 to 1."""
    window = RATE // 20
    level = np.sqrt(np.convolve(signal**2, np.full(window, 1 / window), "same")) + 30
    return signal * np.sqrt(3000 / level)


def clipping(signal: Floats, talker: Rng, clip: Rng) -> Floats:
    """Cut off the loudest 7 % of the samples."""
    limit = np.percentile(np.abs(signal), 93)
    return np.clip(signal, -limit, limit)


def coder(signal: Floats, talker: Rng, clip: Rng) -> Floats:
    """Round the spectrum coarsely in bands and end at 5.5 kHz: what coders of few bits do."""
    taper = np.sqrt(np.hanning(CODER_WINDOW + 1)[:CODER_WINDOW])
    signal = filtered(signal, lambda hertz: 1 / np.sqrt(1 + (hertz / 5500) ** 40))
    result = np.zeros(len(signal) + CODER_WINDOW)
    for start in range(0, len(signal) - CODER_WINDOW, CODER_WINDOW // 2):
        window = slice(start, start + CODER_WINDOW)
        bands = np.fft.rfft(signal[window] * taper)[:-1].reshape(16, -1)
        step = 0.5 * np.sqrt(np.mean(np.abs(bands) ** 2, axis=1, keepdims=True)) + 1e-9
        rough = step * (np.round(bands.real / step) + 1j * np.round(bands.imag / step))
        result[window] += np.fft.irfft(np.append(rough, 0), CODER_WINDOW) * taper
    return result[: len(signal)]


def echo(signal: Floats, talker: Rng, clip: Rng) -> Floats:
    """Add three distinct reflections."""
    heard = signal.copy()
    for seconds, gain in ((0.031, 0.6), (0.083, 0.45), (0.171, 0.35)):
        delay = int(seconds * RATE)
        heard[delay:] += gain * signal[:-delay]
    return heard / 2


def everything(signal: Floats, talker: Rng, clip: Rng) -> Floats:
    """Equalize, code, compress and add white noise 20 dB below."""
    heard = compressor(coder(equalizer(signal, talker, clip), talker, clip), talker, clip)
    noise = clip.standard_normal(len(heard))
    return heard + noise * (rms(heard) / rms(noise) / 10)
