"""Does the audio run at the rate it claims? Two witnesses: the wall clock, and the sound of the voice.

A client that declares 16 kHz and sends 48 kHz is heard three times too slow, and nothing else tells it why no
word is understood. But audio faster than real time is no lie in itself: files are sent as fast as the line
takes them. So the clock is believed only where the pace is steady and leads to a rate that devices have, and a
pace that a hurried sender could choose needs the voice as second witness.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from audio import quality_traces as traces
from audio.quality_parts import Parts
from audio.quality_stretch import Stretch, decibels

DEVICE_RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
"""Hertz: what sound cards and codecs run at."""

CLOCK_POINTS = 15
"""Looks at the clock, a second apart: a slope over 15 s is good to 1 % with messages of 250 ms."""
CLOCK_SPAN_S = 10.0
"""Wall time without which nothing is said."""
UNEVEN_S = 0.3
"""Largest distance from an even pace, wall seconds: more is a line that stutters or a sender that waits."""
SAME_RATE = 0.015
"""Relative distance within which two rates are the same: clocks of sound cards differ by 0.1 %, the rest is
the error of the slope; 44.1 and 48 kHz are 8 % apart."""
HURRIED = (1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
"""Times real time at which a program may pace a file on purpose."""


class Clock:
    """Watches how much audio comes in how much time."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque(maxlen=CLOCK_POINTS)

    def note(self, *, received_s: float, elapsed_s: float) -> None:
        """Note audio received so far, in seconds at the declared rate, and wall time since it began."""
        self._points.append((elapsed_s, received_s))

    def ratio(self) -> float | None:
        """Return seconds of audio per second of time; None where it is unknown or uneven."""
        if len(self._points) < CLOCK_POINTS or self._points[-1][0] - self._points[0][0] < CLOCK_SPAN_S:
            return None
        elapsed, received = np.array(self._points, np.float64).T
        slope, start = np.polyfit(elapsed, received, 1)
        if slope <= 0:
            return None
        uneven = float(np.abs(received - (start + slope * elapsed)).max()) / max(1.0, float(slope))
        return float(slope) if uneven < UNEVEN_S else None


def device_rate(declared: int, ratio: float) -> int | None:
    """Return the other device rate, Hz, that the pace leads to; None where there is none."""
    for rate in DEVICE_RATES:
        if rate != declared and abs(declared * ratio / rate - 1) < SAME_RATE:
            return rate
    return None


def hurried(ratio: float) -> bool:
    """Say whether a file may have been sent at this pace on purpose."""
    return any(abs(ratio / pace - 1) < SAME_RATE for pace in HURRIED)


@dataclass(frozen=True, slots=True)
class Hearsay:
    """What the voice says about the rate."""

    slow: float
    """Log odds that it runs two to three times too slow."""
    fast: float
    """Log odds that it runs twice too fast."""
    narrow: bool
    """True where it ends sharply at 4 kHz, as 8 kHz audio does that was brought to a higher rate."""


NO_HEARSAY = Hearsay(-np.inf, -np.inf, False)
"""Where there is too little speech, or too much else, to tell."""

LIVELY_BANDS = slice(1, 16)
"""250 to 4000 Hz: where voices are, at half and at double speed too."""
LEAST_SNR_DB = 25.0
"""Noise fills the gaps that tell how fast a voice changes."""
LEAST_WIDTH_HZ = 2_500.0
"""Below it too few bands are left."""
SLOW_FALL_DB = 12.0
"""A voice three times too slow still falls by so much in 60 ms; reverberation that passes for slowness doesn't."""
FAST_FALL_DB = 22.0
"""A voice that is too fast falls faster than any, if the room lets it."""


def listen(stretch: Stretch, parts: Parts) -> Hearsay:
    """Tell from a few seconds of speech whether it runs at its natural speed.

    A voice changes by about 6 dB per 20 ms in every band; at a third of the speed by 3.5, at double speed by 8.5.
    And the lowest band is filled by the fundamental of slow voices, empty in fast ones. The weights are a logistic
    regression on eighteen talkers at right and wrong rates.
    """
    fall = parts.fall_db
    if fall is None or parts.noise.snr_db < LEAST_SNR_DB or parts.bandwidth_hz < LEAST_WIDTH_HZ:
        return NO_HEARSAY
    change, depth = _liveliness(stretch), _depth_db(stretch)
    slow = 11.8 + 0.11 * depth - 2.49 * change if fall > SLOW_FALL_DB else -np.inf
    fast = -18.8 - 0.07 * depth + 2.54 * change if fall > FAST_FALL_DB and depth < 0 else -np.inf
    return Hearsay(slow, fast if fast < 0 or _whole(stretch, parts) else -np.inf, _narrow(parts))


MOST_CLICKS_PER_S = 1.0
"""One natural recording in five hundred has that many."""


def _whole(stretch: Stretch, parts: Parts) -> bool:
    """Say whether nothing is missing and nothing was put in: lost packets, holes and clicks make any voice lively."""
    return (
        parts.dropouts == 0
        and traces.hollow(stretch, parts.loud_db) <= traces.HARMLESS.hollow
        and traces.clicks_per_s(stretch) < MOST_CLICKS_PER_S
    )


def _liveliness(stretch: Stretch) -> float:
    """Mean change of a band from frame to frame while the voice goes on, dB."""
    levels = decibels(stretch.frames.bands[:, LIVELY_BANDS])
    going_on = stretch.active[1:] & stretch.active[:-1]
    return float(np.abs(np.diff(levels, axis=0))[going_on].mean()) if going_on.any() else 0.0


def _depth_db(stretch: Stretch) -> float:
    """Level below 250 Hz over that from 250 to 500 Hz, dB."""
    low, high = stretch.frames.bands[stretch.active, :2].mean(axis=0)
    return float(decibels(low / high))


NARROW_DROP_DB = 30.0
"""Resamplers fall by 60 dB and more at the cut-off; microphones and filters take an octave for 30 dB."""


def _narrow(parts: Parts) -> bool:
    return bool(parts.loud_db[12:15].min() - parts.loud_db[17:].max() > NARROW_DROP_DB)
