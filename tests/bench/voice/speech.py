"""Speech whose pitch is known exactly: made here, from nothing but numpy, a synthesiser and two shipped recordings.

espeak-ng (and two real talkers, from the fixtures) give the sounds of speech: linear prediction takes their vocal
tract from frame to frame. The voice is ours: harmonics of a contour that we draw, and noise where the source has no
voice. So the truth is what was put in, and no tracker had a hand in it. What it can't show is real voices' creak
and hoarseness; `breath` adds some.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from audio.resample import Resampler
from audio.values import HOP, RATE
from tests.fixtures.speech_files import speech
from tests.fixtures.tiny_vosk.speech import Synthesizer

Wave = NDArray[np.float64]

LEVEL = 10 ** (-24 / 20)
"""Root mean square of active speech in ±1."""

_STEP, _WINDOW, _ORDER, _TRANSFORM = 80, 400, 18, 2048
"""Samples: 5 ms, 25 ms; coefficients of the vocal tract, one formant per kilohertz and two; room for its ringing."""

_PREEMPHASIS = 0.9

_EDGE = 2
"""Frames of 10 ms on either side of a change of voicing that count neither way: every window is half in it."""

_FAINT_DB = -35.0
"""Voiced frames further below the loudest are hardly there and count neither way."""

SENTENCES = (
    "the morning train leaves a minute early when nobody is watching",
    "our neighbours are moving a yellow piano through the narrow window",
    "seven small boats were lying along the river under a low sun",
    "please remember to bring the long ladder and a little more rope",
    "he never knew whether the old lighthouse was really burning",
    "we followed the winding road over the hill and down to the shore",
    "many people wonder why the moon looks larger near the horizon",
    "you may borrow my bicycle if you return it before next Monday",
    "a gentle wind was blowing all day over the garden wall",
    "the children were running around the fountain singing loudly",
)

VOICES = ("m1", "f2", "m3", "f1", "m7", "f3", "m4", "f4", "m2", "f5")

MEDIANS = (75, 210, 95, 180, 115, 240, 85, 290, 135, 380)
"""Hertz, from a low man to an excited child."""

REAL = (("real-ss", 105), ("real-printing", 200))


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of speech and its truth, one value per 10 ms."""

    samples: Wave
    """Mono at `RATE`, in ±1."""
    f0_hz: Wave
    """0 where unvoiced."""
    counts: NDArray[np.bool_]
    """False where there is no honest truth about voicing."""


def items(count: int, *, breath: float = 0.15, seconds: float = 3.0) -> Iterator[Item]:
    """Make the first `count` items; `breath` is the noise in the voice, as a share of its root mean square."""
    rng = np.random.default_rng(1)
    sources = [
        *zip(_recorded(), (median for _, median in REAL), strict=True),
        *zip(synthetic(), MEDIANS, strict=True),
    ]
    for source, median in sources[:count]:
        yield _resynthesise(source[: int(seconds * RATE)], median, breath, rng)


@cache
def synthetic() -> tuple[Wave, ...]:
    """Speech as espeak-ng makes it, one sentence per voice, at `LEVEL`."""
    synthesizer = Synthesizer()
    voices = []
    for text, voice in zip(SENTENCES, VOICES, strict=True):
        spoken = synthesizer.say(text, voice=f"en-us+{voice}", wpm=165).resampled(RATE)
        samples = spoken.samples.astype(np.float64)
        voices.append(samples / active_level(samples) * LEVEL)
    return tuple(voices)


def _recorded() -> Iterator[Wave]:
    for name, _ in REAL:
        recording = speech(name)
        resampler = Resampler(recording.rate)
        samples = np.concatenate((resampler.push(recording.samples), resampler.flush()))
        yield samples.astype(np.float64) / 32768


def active_level(samples: Wave) -> float:
    """Root mean square of the frames (10 ms) within 30 dB of the loudest."""
    frames = samples[: len(samples) // HOP * HOP].reshape(-1, HOP)
    power = np.mean(frames**2, axis=1)
    return float(np.sqrt(power[power > power.max() * 1e-3].mean()))


def _resynthesise(source: Wave, median: float, breath: float, rng: np.random.Generator) -> Item:
    source = source / active_level(source) * LEVEL
    voiced = np.repeat(_is_voiced(source), _STEP)
    source = source[: len(voiced)]
    contour = _contour(len(voiced), median, rng)
    made = _through_tract(source, _excitation(contour, voiced, breath, rng))
    made *= LEVEL / active_level(made)
    at = np.arange(0, len(made) - HOP, HOP)
    return Item(made, np.where(voiced[at], contour[at], 0.0), _counts(made, voiced, at))


def _counts(made: Wave, voiced: NDArray[np.bool_], at: NDArray[np.intp]) -> NDArray[np.bool_]:
    changes = np.flatnonzero(np.diff(voiced)) / HOP
    near = np.abs(np.arange(len(at))[:, None] - changes[None, :]).min(axis=1, initial=np.inf) < _EDGE
    power = np.array([np.mean(made[max(0, i - _STEP) : i + _STEP] ** 2) for i in at])
    faint = 10 * np.log10(power / power.max() + 1e-12) < _FAINT_DB
    return ~near & ~(faint & voiced[at])


def _frames(samples: Wave) -> Wave:
    """Cut Hann-windowed frames centred on every `_STEP`: shape (frames, _WINDOW)."""
    padded = np.pad(samples, (_WINDOW // 2, _WINDOW))
    cut = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_STEP][: len(samples) // _STEP]
    return cut * np.hanning(_WINDOW + 1)[:_WINDOW]


def _autocorrelations(frames: Wave, lags: int) -> Wave:
    power = np.abs(np.fft.rfft(frames, _TRANSFORM)) ** 2
    return np.fft.irfft(power)[:, :lags]


def _is_voiced(source: Wave) -> NDArray[np.bool_]:
    """Decide per `_STEP` where the source has a voice; being wrong here only moves the truth, it doesn't spoil it."""
    correlation = _autocorrelations(_frames(source), RATE // 60)
    own = _autocorrelations(np.hanning(_WINDOW + 1)[None, :_WINDOW], RATE // 60)[0]
    lags = slice(RATE // 500, _WINDOW // 2)
    periodic = (correlation[:, lags] / own[lags] * own[0]).max(axis=1) > 0.6 * correlation[:, 0]
    voiced = periodic & (correlation[:, 0] > correlation[:, 0].max() * 10 ** (_FAINT_DB / 10))
    majority: NDArray[np.bool_] = np.convolve(voiced, np.ones(9), "same") > 4.5
    return majority


def _contour(length: int, median: float, rng: np.random.Generator) -> Wave:
    """Draw a phrase: it falls by three semitones, with an accent of two to six about every 0.6 s."""
    time = np.arange(length) / RATE
    semitones = -3.0 * time / time[-1]
    for peak in np.arange(0.3, time[-1], 0.6) + rng.uniform(-0.15, 0.15):
        width, height = rng.uniform(0.08, 0.16), rng.uniform(2, 6) * rng.choice((1, 1, -1))
        semitones += height * np.exp(-(((time - peak) / width) ** 2) / 2)
    hertz: Wave = median * 2 ** ((semitones - np.median(semitones)) / 12)
    return np.clip(hertz, 65.0, 450.0)


def _excitation(contour: Wave, voiced: NDArray[np.bool_], breath: float, rng: np.random.Generator) -> Wave:
    """Harmonics up to 7.5 kHz that fall as a glottal pulse's do, phases spread; noise elsewhere."""
    phase = 2 * np.pi * np.cumsum(contour) / RATE
    pulses = np.zeros(len(contour))
    for number in range(1, int(7500 / contour.min()) + 1):
        hertz = number * contour
        pulses += (
            np.where(hertz < 7500, np.cos(number * phase + 0.001 * number**2), 0)
            / (1 + (hertz / 1500) ** 2) ** 0.5
        )
    pulses /= np.sqrt(np.mean(pulses**2))
    noise = rng.standard_normal(len(contour))
    return np.where(voiced, pulses + breath * noise, noise)


def _through_tract(source: Wave, excitation: Wave) -> Wave:
    """Filter an excitation by the vocal tract of the source, frame by frame (Makhoul, 1975), at its level."""
    frames = _frames(np.append(source[0], source[1:] - _PREEMPHASIS * source[:-1]))
    correlation = _autocorrelations(frames, _ORDER + 1)
    grid = np.arange(_ORDER)
    matrices = correlation[:, np.abs(grid[:, None] - grid[None, :])]
    matrices[:, grid, grid] += 1e-4 * correlation[:, :1] + 1e-12
    predictors = np.linalg.solve(matrices, correlation[:, 1:, None])[:, :, 0]
    whitening = np.column_stack((np.ones(len(frames)), -predictors))
    tract = np.fft.rfft(whitening, _TRANSFORM) * np.fft.rfft((1, -_PREEMPHASIS), _TRANSFORM)
    shaped = np.fft.irfft(np.fft.rfft(_frames(excitation), _TRANSFORM) / tract)
    levels = (np.sqrt(np.mean(wave**2, axis=1)) for wave in (_frames(source), shaped[:, :_WINDOW]))
    wanted, got = levels
    shaped *= (wanted / (got + 1e-9))[:, None]
    made = np.zeros(len(frames) * _STEP + _TRANSFORM)
    for number, frame in enumerate(shaped):
        made[number * _STEP : number * _STEP + _TRANSFORM] += frame
    return made[_WINDOW // 2 :][: len(source)]
