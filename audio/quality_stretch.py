"""The talker in a stretch of audio: which frames are speech, how loud it is, and every band in order."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

import numpy as np
from numpy.typing import NDArray

from audio.quality_frames import Frames, Rows

Mask = NDArray[np.bool_]

FULL_SCALE_DB = 20 * log10(32768.0)

SILENCE_POWER = 0.3
"""Squared 16-bit steps: less is digital silence and its rounding (1/12), which says nothing about a room."""

SPEECH_RANGE_DB = 25.0
"""Speech counts as active this far below its loud frames (95th percentile): consonants in, pauses out."""

LEAST_ACTIVE = 10
"""Frames (200 ms) of active speech without which nothing is said about it: less than a syllable."""

QUIETEST_DBFS = -75.0
"""Speech quieter than this drowns in 16-bit rounding: there is nothing to judge."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of audio with what all parts need of it."""

    frames: Frames
    live: Mask
    """Frames that aren't digital silence."""
    active: Mask
    """Frames in which the talker speaks."""
    ordered: Rows
    """Bands of the live frames, every band in ascending order: percentiles are rows of it."""
    speech_power: float
    """Mean of the active frames, squared 16-bit steps."""

    @property
    def level_dbfs(self) -> float:
        """Active speech level, in the spirit of ITU-T P.56: pauses don't count."""
        return 10 * log10(self.speech_power) - FULL_SCALE_DB


def decibels(power: NDArray[np.floating]) -> NDArray[np.floating]:
    """Turn power into dB."""
    level: NDArray[np.floating] = 10.0 * np.log10(power)
    return level


def at_share(ordered: NDArray[np.floating], share: float) -> NDArray[np.floating]:
    """Return the row of values below which a share (0 to 1) of ascending rows lies.

    A percentile without the interpolation, which would cost more here than everything else.
    """
    row: NDArray[np.floating] = ordered[int(share * len(ordered))]
    return row


def survey(frames: Frames) -> Stretch | None:
    """Find the talker in a stretch; None where there is too little speech to tell."""
    power = frames.bands.sum(axis=1)
    live = power > SILENCE_POWER
    if np.count_nonzero(live) < LEAST_ACTIVE:
        return None
    loud = float(at_share(np.sort(power[live]), 0.95))
    active = live & (power > loud * 10 ** (-SPEECH_RANGE_DB / 10))
    if np.count_nonzero(active) < LEAST_ACTIVE:
        return None
    ordered = np.sort(frames.bands[live], axis=0)
    stretch = Stretch(frames, live, active, ordered, float(power[active].mean()))
    return stretch if stretch.level_dbfs > QUIETEST_DBFS else None
