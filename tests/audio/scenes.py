"""Rooms and talkers to hear utterances in, made from the project's own recordings; float64 samples at 16 kHz."""

from functools import cache

import numpy as np
import soxr

from audio.values import FRAME, RATE
from tests.fixtures.speech_files import speech

ROOM_DBFS = -75.0
"""A quiet room; digital silence has its own tests."""


def noise(seconds, dbfs, seed=1):
    return np.random.default_rng(seed).normal(0, 10 ** (dbfs / 20), int(seconds * RATE))


def silence(seconds):
    return np.zeros(int(seconds * RATE))


def at_level(samples, dbfs):
    """Scale to this level, measured where the signal is active."""
    power = np.mean(samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME) ** 2, axis=1)
    return samples * 10 ** (dbfs / 20) / np.sqrt(np.mean(power[power > power.max() / 300]))


@cache
def spoken(name):
    """A recording at 16 kHz, from its first speech to its last."""
    clip = speech(name)
    samples = clip.samples / 32768
    if clip.rate != RATE:
        samples = soxr.resample(samples, clip.rate, RATE)
    loud = np.flatnonzero(np.abs(samples) > 0.08 * np.abs(samples).max())
    return samples[loud[0] : loud[-1] + 1]


@cache
def word(name, index):
    clip = speech(name)
    spoken_word = clip.words[index]
    return clip.samples[int(spoken_word.start * clip.rate) : int(spoken_word.end * clip.rate)] / 32768


def sentence(dbfs=-24.0):
    return at_level(spoken("real-ss"), dbfs)


def other_sentence(dbfs=-24.0):
    return at_level(spoken("real-printing"), dbfs)


def counting(dbfs=-24.0):
    return at_level(spoken("digits-16k"), dbfs)


def in_room(*parts):
    """Join the parts in a quiet room."""
    joined = np.concatenate(parts)
    return joined + noise(len(joined) / RATE + 1, ROOM_DBFS, seed=9)[: len(joined)]


def unbroken(seconds):
    """Two talkers' sentences without a pause, over and over."""
    once = np.concatenate([sentence(), other_sentence()])
    return np.resize(once, int(seconds * RATE))


def music(seconds, seed=3):
    """Chords that swell and melody notes that fade, without a pause; the piece begins again after 16 s."""
    return np.resize(piece(seed), int(seconds * RATE))


@cache
def band(seconds, seed, *, beats_per_minute):
    """Notes that ring, a bass and a brushed drum: it goes up and down with the beat."""
    rng = np.random.default_rng(seed)
    beat = 60 / beats_per_minute
    out = np.zeros(int((seconds + 3) * RATE))
    at = np.arange(2 * RATE) / RATE
    stroke = np.exp(-20 * at[: RATE // 3])
    for number in range(int(seconds / beat)):
        start = int(number * beat * RATE)
        for begin in (start, start + int(beat / 2 * RATE)):
            if rng.random() < 0.7:
                hz = 220 * 2 ** (rng.choice([0, 3, 5, 7, 10, 12, 15]) / 12)
                bar = np.sin(2 * np.pi * hz * at) + 0.5 * np.sin(8 * np.pi * hz * at) * np.exp(-3 * at)
                out[begin : begin + len(at)] += bar * np.exp(-at) * rng.uniform(0.3, 1)
        hz = 55 * 2 ** (rng.choice([0, 3, 5, 7]) / 12)
        string = sum(np.sin(2 * np.pi * k * hz * at) / k for k in range(1, 12))
        out[start : start + len(at)] += 0.7 * string * np.exp(-3 * at)
        out[start : start + len(stroke)] += rng.normal(0, 0.3 if number % 2 else 0.1, len(stroke)) * stroke
    return out[: int(seconds * RATE)]


@cache
def piece(seed):
    rng = np.random.default_rng(seed)
    beat = RATE * 2 // 5
    out = np.zeros(16 * RATE + 8 * beat)
    for start in range(0, 16 * RATE, beat):
        if start % (4 * beat) == 0:
            for semitone in (0, 4, 7):
                out[start : start + 5 * beat] += 0.4 * tone(semitone + rng.choice([-5, 0, 5]), 5 * beat, rng)
        fade = np.exp(-np.arange(2 * beat) / RATE * 4)
        out[start : start + 2 * beat] += fade * tone(12 + rng.choice([0, 2, 4, 5, 7, 9, 11]), 2 * beat, rng)
    return out[: 16 * RATE]


def tone(semitone, length, rng):
    phase = 2 * np.pi * 165 * 2 ** (semitone / 12) * np.arange(length) / RATE
    attack = np.minimum(1, np.arange(length) / 400) * np.minimum(1, np.arange(length)[::-1] / 400)
    return attack * sum(np.sin(k * phase + rng.uniform(0, 6)) / k**1.3 for k in range(1, 9))


def babble(seconds, seed=4):
    """Six voices at once."""
    rng = np.random.default_rng(seed)
    voices = [spoken(name) for name in ("all-words", "real-ss", "real-printing", "digits-16k")]
    length = int(seconds * RATE)
    return sum(
        np.resize(np.roll(at_level(voices[i % 4], -20), rng.integers(RATE * 3)), length) for i in range(6)
    )


def hum(seconds):
    time = np.arange(int(seconds * RATE)) / RATE
    rumble = np.convolve(noise(seconds, 0), np.hanning(800) / 400, "same")
    return sum(np.sin(2 * np.pi * 50 * k * time) / k for k in range(1, 9)) + 3 * rumble


def fan(seconds):
    spectrum = np.fft.rfft(noise(seconds, 0))
    hertz = np.fft.rfftfreq(int(seconds * RATE), 1 / RATE)
    return np.fft.irfft(spectrum / (1 + (hertz / 300) ** 1.2), int(seconds * RATE))


def white(seconds):
    return noise(seconds, 0)


def echoing(samples):
    """The same in a room that echoes for half a second, the direct sound eight times above the first echoes."""
    decay = 10 ** (-3 * np.arange(RATE // 2) / (RATE // 2))
    echo = noise(0.5, 0, seed=5) * decay
    echo[0] = 8
    size = len(samples) + len(echo)
    return np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(echo, size), size)


def struck(seconds_to_fade, dbfs, seed=6):
    """A knock of noise and three partials that peaks at this level and falls by 60 dB in so many seconds."""
    rng = np.random.default_rng(seed)
    time = np.arange(RATE // 2) / RATE
    body = rng.standard_normal(len(time)) + sum(
        np.sin(2 * np.pi * f * time) for f in rng.uniform(200, 3500, 3)
    )
    sound = body * np.exp(-6.9 * time / seconds_to_fade)
    return sound / np.abs(sound).max() * 10 ** (dbfs / 20)


def knocks(seconds, seconds_to_fade, gap_s, seed=6):
    """Knocks at irregular times, loud and soft; the first after a second and a half."""
    rng = np.random.default_rng(seed)
    out, at = silence(seconds + 1), 1.5
    while at < seconds - 0.5:
        knock = struck(seconds_to_fade, rng.uniform(-30, -6), seed=int(at * 1000))
        out[int(at * RATE) : int(at * RATE) + len(knock)] += knock
        at += gap_s * rng.uniform(0.6, 1.4)
    return out[: int(seconds * RATE)]
