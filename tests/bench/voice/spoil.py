"""Ways to spoil speech by a known amount. Waves are float, mono at `RATE`, in ±1."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from audio.values import RATE
from tests.bench.voice.speech import LEVEL, Wave, active_level

Noise = Callable[[int, np.random.Generator], Wave]

PACKET = RATE // 50
"""Samples in 20 ms."""


def white(length: int, rng: np.random.Generator) -> Wave:
    return rng.standard_normal(length)


def hum(length: int, rng: np.random.Generator) -> Wave:
    """Mains hum with harmonics, and rumble below 150 Hz."""
    time = np.arange(length) / RATE
    tones = sum(np.sin(2 * np.pi * 50 * k * time + rng.uniform(0, 6)) / k for k in (1, 2, 3, 4, 5))
    return tones + 2 * low_pass(rng.standard_normal(length), 150)


def babble(voices: Sequence[Wave]) -> Noise:
    """Six of these voices at once, each from anywhere."""

    def mixed(length: int, rng: np.random.Generator) -> Wave:
        chosen = rng.choice(len(voices), min(6, len(voices)), replace=False)
        rolled = (np.roll(voices[number], rng.integers(len(voices[number]))) for number in chosen)
        return np.sum([np.resize(voice, length) for voice in rolled], axis=0)

    return mixed


def mixed(speech: Wave, noise: Wave, snr_db: float) -> Wave:
    """Add noise so many decibels below active speech."""
    return speech + noise / np.sqrt(np.mean(noise**2)) * active_level(speech) * 10 ** (-snr_db / 20)


def low_pass(speech: Wave, hertz: float) -> Wave:
    return band(speech, 0, hertz)


def band(speech: Wave, lowest: float, highest: float) -> Wave:
    """Keep a band, with edges of 40 dB per 15 % of their frequency."""
    at = np.fft.rfftfreq(len(speech), 1 / RATE) + 1e-9
    above = np.clip((lowest / at - 1) / 0.15, 0, 2) if lowest else 0.0
    below = np.clip((at / highest - 1) / 0.15, 0, 2)
    return np.fft.irfft(np.fft.rfft(speech) * 10 ** (-40 * (above + below) / 20), len(speech))


def telephone(speech: Wave) -> Wave:
    """300 to 3400 Hz and eight bits of mu-law (G.711's formula, without its steps)."""
    narrow = np.clip(band(speech, 300, 3400), -1, 1)
    code = np.round(127 * np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256)) / 127
    return np.sign(code) * (256 ** np.abs(code) - 1) / 255


def clipped(speech: Wave, share: float) -> Wave:
    """Cut at a share of the peak and bring back to level."""
    peak = share * np.abs(speech).max()
    return at_level(np.clip(speech, -peak, peak))


def lossy(speech: Wave, share: float, rng: np.random.Generator) -> Wave:
    """Set a share of the packets of 20 ms to zero."""
    lost = rng.random(len(speech) // PACKET + 1) < share
    return np.where(np.repeat(lost, PACKET)[: len(speech)], 0.0, speech)


def concealed(speech: Wave, share: float, rng: np.random.Generator) -> Wave:
    """Fill a share of the packets of 20 ms with the one before, at 0.8 of its amplitude."""
    patched = speech.copy()
    for packet in 1 + np.flatnonzero(rng.random(len(speech) // PACKET - 1) < share):
        patched[packet * PACKET :][:PACKET] = 0.8 * patched[(packet - 1) * PACKET :][:PACKET]
    return patched


def echoing(speech: Wave, echo_db: float, rng: np.random.Generator) -> Wave:
    """Add one copy, 80 to 300 ms later, at a level to the voice; minus infinity is none."""
    delay = int(rng.uniform(0.08, 0.3) * RATE)
    late = np.pad(speech, (delay, 0))[: len(speech)]
    return at_level(speech + 10 ** (echo_db / 20) * late)


def crackling(speech: Wave, per_s: float, rng: np.random.Generator) -> Wave:
    """Add clicks of up to 2 ms, a fifth to all of the peak."""
    clicked, peak = speech.copy(), np.abs(speech).max()
    for at in rng.integers(0, len(speech) - 40, round(per_s * len(speech) / RATE)):
        time = np.arange(rng.integers(1, 40))
        shape = np.exp(-4 * time / len(time)) * np.cos(rng.uniform(0, 3) * time)
        clicked[at : at + len(time)] += rng.choice((-1, 1)) * rng.uniform(0.2, 1) * peak * shape
    return clicked


def coarse(speech: Wave, bits: float) -> Wave:
    """Round to a few bits of full scale, as cheap converters do."""
    steps = 2 ** (bits - 1)
    return np.round(speech * steps) / steps


def thinned(speech: Wave, share: float) -> Wave:
    """Keep the strongest share of every 32 ms of spectrum, as codecs do that are short of bits."""
    size = 512
    window = np.hanning(size + 1)[:-1]
    thin = np.zeros(len(speech) + size)
    for at in range(0, len(speech) - size, size // 2):
        spectrum = np.fft.rfft(speech[at : at + size])
        spectrum[np.argsort(np.abs(spectrum))[: round((1 - share) * len(spectrum))]] = 0
        thin[at : at + size] += window * np.fft.irfft(spectrum, size)
    return thin[: len(speech)]


def held(speech: Wave, rate: float) -> Wave:
    """Bring to a lower rate and back without any filter: hold each sample until the next."""
    step = RATE / rate
    return speech[(np.floor(np.arange(len(speech)) / step) * step).astype(int)]


def reverberant(speech: Wave, t60: float, rng: np.random.Generator) -> Wave:
    """A room whose sound falls by 60 dB in `t60` seconds, the talker near the microphone; 0 is no room."""
    if not t60:
        return speech
    time = np.arange(int(t60 * RATE)) / RATE
    room = 0.08 * rng.standard_normal(len(time)) * 10 ** (-3 * time / t60)
    room[0] = 1
    size = len(speech) + len(room)
    return at_level(np.fft.irfft(np.fft.rfft(speech, size) * np.fft.rfft(room, size), size)[: len(speech)])


def at_level(speech: Wave, level: float = LEVEL) -> Wave:
    return speech / active_level(speech) * level


def recorded(speech: Wave) -> Wave:
    """What 16 bits leave of it."""
    return np.round(np.clip(speech, -1, 1) * 32767) / 32768
