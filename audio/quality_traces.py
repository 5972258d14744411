"""What lines, codecs and rooms leave in the audio itself: clicks, copies, images, holes, echoes.

Pure functions on the rows of a stretch, like `quality_parts`. Each is nothing in a natural recording, so each begins
to count only beyond what those have (found on 560 of 20 talkers).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.quality_frames import FOLDS, SLICE, SLICES, Frames
from audio.quality_stretch import Stretch, decibels
from audio.values import RATE


@dataclass(frozen=True, slots=True)
class Traces:
    """All traces in a stretch; the ones of an untouched recording are `NO_TRACES`."""

    clicks_per_s: float
    copies: float
    """Share of time filled with a copy of what came before, 0 to 1."""
    image_hz: float
    """Above it the spectrum is a mirror image."""
    hollow: float
    """Share of the speech's bands that hold nothing, 0 to 1."""
    echo: float
    """Strength of one distinct echo, about its amplitude as a share of the voice."""


NO_TRACES = Traces(0.0, 0.0, np.inf, 0.0, 0.0)
HARMLESS = Traces(clicks_per_s=0.06, copies=0.0, image_hz=np.inf, hollow=0.1, echo=0.03)
"""What natural recordings may have: lips and plosives click, some were MP3 once, a cepstrum has its chance peaks."""


def find(stretch: Stretch, loud: NDArray[np.floating]) -> Traces:
    """Look for all traces; `loud` as of `quality_parts.loud_db`."""
    return Traces(
        clicks_per_s(stretch), copies(stretch), image_hz(stretch), hollow(stretch, loud), echo(stretch.frames)
    )


CLICK_RISE = 6.0
"""A click is so many times as sharp as anything from 20 to 10 ms before it,"""
CLICK_ALONE, CLICK_LOUD = 3.0, 9.0
"""and so many times as sharp as half of the speech is: the first where silence or a vowel follows, the other where
hiss does, which may come from the burst of a plosive."""
CLICK_FULL = 2.0
"""Times that beyond it from which on a click counts fully."""
CLICK_LEAST_S = 5.0
"""Seconds over which clicks are counted at least: one burst in a short utterance is no crackle."""


def clicks_per_s(stretch: Stretch) -> float:
    """Return how many clicks there are in a second, the weaker ones in part: crackle, typing, dishes.

    Sharpness is the second difference of the wave, which is small in all that a mouth can do.
    """
    jerks = stretch.frames.jerks
    sharp = float(np.median(jerks[np.repeat(stretch.active, SLICES)]))
    around = np.pad(jerks, 4, constant_values=np.inf)
    nearby = np.maximum(np.maximum(around[:-2], around[1:-1]), around[2:])  # three slices from each on
    rises, falls = (jerks > CLICK_RISE * (beside + 1.0) for beside in (nearby[:-6], nearby[6:]))
    least = np.where(falls, CLICK_ALONE, CLICK_LOUD)[rises] * (sharp + 1.0)
    weights = np.clip((jerks[rises] / least - 1.0) / CLICK_FULL, 0.0, 1.0)
    return float(weights.sum()) / max(len(jerks) * SLICE / RATE, CLICK_LEAST_S)


MOST_COPY = 12
"""Slices (60 ms) in a row: more is no packet but a tone, which repeats for as long as it lasts."""


def copies(stretch: Stretch) -> float:
    """Return the share of time that is a copy of what came 10 or 20 ms before it, 0 to 1."""
    edges = np.flatnonzero(np.diff(stretch.frames.copied > 0, prepend=False, append=False))
    lengths = edges[1::2] - edges[::2]
    return float(lengths[lengths <= MOST_COPY].sum()) / (len(stretch.frames) * SLICES)


IMAGE_ALIKE = 0.25
"""of 1: two sides of a spectrum that have nothing to do with each other stay below 0.12."""
IMAGE_AGAIN = 0.9
"""Share of the best likeness: images are mirrored again and again, and the lowest fold is where the sound ends."""


def image_hz(stretch: Stretch) -> float:
    """Return the frequency at which the spectrum is folded; infinite where it isn't.

    Audio brought up from a lower rate without a filter has all its sound once more, mirrored above half that rate.
    """
    alike = stretch.frames.images[stretch.active].mean(axis=0)
    folded = np.flatnonzero(alike > max(IMAGE_ALIKE, IMAGE_AGAIN * alike.max()))
    return float(FOLDS[folded[0]]) if len(folded) else np.inf


EMPTY_DB = -21.0
"""dB over squared 16-bit steps: three times what rounding leaves in a band."""
BESIDE_EMPTY_DB = 30.0
"""A band is judged where its loud moments stand so far above that: elsewhere it may be empty by itself."""


def hollow(stretch: Stretch, loud: NDArray[np.floating]) -> float:
    """Return the share of bands that hold nothing while the talker speaks; `loud` as of `loud_db`.

    Codecs that spend their bits on the loudest parts of a spectrum (MP3) leave the others out.
    """
    judged = loud > EMPTY_DB + BESIDE_EMPTY_DB
    if not judged.any():
        return 0.0
    levels = decibels(stretch.frames.bands[stretch.active][:, judged])
    return float(np.mean(levels < EMPTY_DB))


ECHO_WINDOW = 2048
"""Samples of the slow wave, 1.02 s: a few syllables and their echo."""
ECHO_FROM, ECHO_TO = 100, 900
"""Samples of the slow wave, 50 to 450 ms: what comes sooner is a room, or the period of a voice."""
ECHO_DEPTH = np.float32(1e-3)
"""Share of the mean power that stands in for less: -30 dB, below which a spectrum tells more of noise."""
_HANN = np.hanning(ECHO_WINDOW).astype(np.float32)
_NEAR = 3
"""Samples of the slow wave over which an echo's peak spreads."""


def echo(frames: Frames) -> float:
    """Return how strong one distinct echo is, about its amplitude as a share of the voice; 0 where there is none.

    An echo is a ripple on the logarithm of the spectrum, so a peak in the cepstrum (Bogert, Healy and Tukey, 1963).
    It stands out by its distance to the second-highest one: a hum or a melody has many of equal height.
    """
    wave = frames.wave
    if len(wave) < ECHO_WINDOW:
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(wave, ECHO_WINDOW)[:: ECHO_WINDOW // 2] * _HANN
    spectra = np.fft.rfft(windows, axis=1)
    power = spectra.real**2 + spectra.imag**2
    power += ECHO_DEPTH * power.mean(axis=1, keepdims=True) + np.float32(1.0)
    cepstrum = np.fft.irfft(np.log(power).mean(axis=0))[ECHO_FROM:ECHO_TO]
    place = int(cepstrum.argmax())
    height = float(cepstrum[place])
    cepstrum[max(0, place - _NEAR) : place + _NEAR + 1] = 0.0
    return height - float(cepstrum.max())
