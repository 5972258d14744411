"""The parts of audio quality, each from the rows of a stretch of audio: pure functions on arrays.

Constants marked *fitted* were chosen on nine talkers (English and German, degraded in known ways) and checked
on eight others; `quality.py` says how.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log10

import numpy as np
from numpy.typing import NDArray

from audio.quality_frames import BAND_HZ, SLICES, Rows
from audio.quality_stretch import Stretch, at_share, decibels
from audio.values import FRAME


@dataclass(frozen=True, slots=True)
class Parts:
    """All parts of a stretch, each measured once for all who ask."""

    noise: Noise
    clipping: float
    """Share of samples in plateaus at the ceiling, 0 to 1."""
    crown: float
    """Share of samples near the ceiling, 0 to 1."""
    loud_db: NDArray[np.floating]
    """(bands,): level in the loud moments of speech."""
    bandwidth_hz: float
    dropouts: float
    """Share of lost time, 0 to 1."""
    fall_db: float | None
    """How far the voice falls within 60 ms; None where noise hides it."""


def measure(stretch: Stretch, floor: Rows) -> Parts:
    """Measure all parts; `floor` as in `noise`."""
    flat, crown = clipping(stretch)
    loud = loud_db(stretch)
    return Parts(
        noise(stretch, floor),
        flat,
        crown,
        loud,
        bandwidth_hz(stretch, loud),
        dropouts(stretch),
        fall_db(stretch),
    )


@dataclass(frozen=True, slots=True)
class Noise:
    """What stands behind the speech."""

    deep_db: float
    """Active speech over a low percentile of every band, dB: sees the floor in the shortest gaps."""
    wide_db: float
    """The same over a percentile three times as high: closer to the mean of noise that fluctuates."""
    contrast_db: float
    """Mean of a band over its geometric mean: speech is sparse in time (15 dB and more), noise is not (2 dB)."""

    @property
    def snr_db(self) -> float:
        """Speech-to-noise ratio, calibrated on white and pink noise and babble from 0 to 30 dB (*fitted*).

        What fluctuates has its mean further above its low percentiles. Their distance tells by how much: 2 dB
        in steady noise, 4 in babble; from 5 dB on it is more and more the voice that parts them, and above 12 dB SNR.
        """
        distance = self.deep_db - self.wide_db
        fluctuation = max(0.0, min(distance, 10.0 - distance))
        heard = 1.0 / (1.0 + exp((self.wide_db - 12.0) / 3.0))
        return 0.87 * self.wide_db - 2.3 * heard * fluctuation + 1.4


WIDE_SHARE = 0.15
"""Share of frames that lie below a band's wide floor. Lower misses what fluctuates, higher meets the voice."""
FLUENT = 100
"""Frames (2 s) that contain pauses; in a shorter stretch, down to a third, gaps are rarer in proportion."""


def noise(stretch: Stretch, floor: Rows) -> Noise:
    """Measure the noise behind the speech.

    `floor` is where to look for it, as in `Stretch.ordered`: the stretch's own, or that of a longer one around
    it. Percentiles are taken band by band, because even fluent speech leaves every band empty now and then; see
    Martin, "Noise power spectral density estimation based on optimal smoothing and minimum statistics" (2001).
    """
    share = WIDE_SHARE * min(1.0, max(1 / 3, len(floor) / FLUENT))
    deep, wide = (float(at_share(floor, part).sum()) for part in (share / 3, share))
    mean = stretch.ordered.mean(axis=0)
    sparse = decibels(mean) - decibels(stretch.ordered).mean(axis=0)
    # The cube root weighs bands about as loudness does, so that a hum doesn't hide what the voice does.
    return Noise(
        _over(stretch.speech_power, deep),
        _over(stretch.speech_power, wide),
        float(np.average(sparse, weights=np.cbrt(mean))),
    )


def _over(speech_and_noise: float, noise_power: float) -> float:
    # Below -5 dB the difference of two nearly equal powers means nothing any more.
    return 10 * log10(max(speech_and_noise - noise_power, 0.3 * noise_power) / noise_power)


CLIPPABLE = 100.0
"""16-bit steps: below such a peak rounding alone makes plateaus."""

PEAK_SHARE = 0.965
"""Frames that reach this share of the stretch's range may be clipped; a plateau further in is no ceiling."""


def clipping(stretch: Stretch) -> tuple[float, float]:
    """Return the share of samples in plateaus at the ceiling, and in its crown (see `CROWN`), 0 to 1.

    The ceiling is the stretch's own peak, wherever it lies: audio clipped by a microphone is often turned down
    afterwards. Top and bottom count apart: many inputs clip on one side only.
    """
    frames = stretch.frames
    top, bottom = float(frames.top.max()), float(frames.bottom.min())
    if top - bottom < 2 * CLIPPABLE:
        return 0.0, 0.0
    margin = (1 - PEAK_SHARE) * (top - bottom)
    tops, bottoms = frames.top >= top - margin, frames.bottom <= bottom + margin
    samples = np.count_nonzero(stretch.active) * FRAME
    flat, crown = (
        min(1.0, float(high[tops].sum() + low[bottoms].sum()) / float(samples))
        for high, low in (frames.flat, frames.crown)
    )
    return flat, crown


HEARD_BELOW_DB = 52.0
"""A band is heard when its loud moments come this near to the voice's strongest bands: fricatives at 7 kHz do."""
HEARD_ABOVE_DB = 6.0
"""and rise this far above the band's own floor: noise beyond the channel's cut-off doesn't count as voice."""
VOICE_BANDS = slice(1, 6)
"""250 to 1500 Hz: where every voice on every channel is strong."""


def loud_db(stretch: Stretch) -> NDArray[np.floating]:
    """Return the level of every band in the loud moments of speech (90th percentile), dB."""
    bands = stretch.frames.bands[stretch.active]
    loud = len(bands) * 9 // 10
    return decibels(np.partition(bands, loud, axis=0)[loud])


def bandwidth_hz(stretch: Stretch, loud: NDArray[np.floating]) -> float:
    """Return the highest frequency at which the voice is heard above the noise; `loud` as of `loud_db`."""
    quiet = decibels(at_share(stretch.ordered, 0.10))
    heard = (loud > loud[VOICE_BANDS].mean() - HEARD_BELOW_DB) & (loud - quiet > HEARD_ABOVE_DB)
    return float(max(np.flatnonzero(heard), default=0) + 1) * BAND_HZ


LONGEST_GAP = 60
"""Slices (300 ms): what is longer is a pause or a stream that stopped, not lost packets."""
EDGE_SHARE = 0.02
"""of the peak of loud slices: a gap whose edges are quieter lies in a pause, where nothing is lost."""
EDGE_STEPS = 6.0
"""16-bit steps: quieter edges may be a fade into digital silence."""
_NOTHING = np.zeros(2, np.float32)


def dropouts(stretch: Stretch) -> float:
    """Return the share of time in digital gaps with abrupt edges, 0 to 1.

    A lost packet is a run of zeros that begins and ends at speaking level; a noise gate or a synthetic
    pause fades out first.
    """
    peaks = stretch.frames.peaks
    edges = np.flatnonzero(np.diff((peaks <= 1.0).view(np.int8), prepend=0, append=0))
    if not len(edges):
        return 0.0
    starts, ends = edges[::2], edges[1::2]
    around = np.concatenate((_NOTHING, peaks, _NOTHING))
    # The slice that a gap begins or ends in is only partly lost; the one beside it shows the speech.
    before = np.maximum(around[starts], around[starts + 1])
    after = np.maximum(around[ends + 2], around[ends + 3])
    loud = float(at_share(np.sort(peaks[np.repeat(stretch.active, SLICES)]), 0.75))
    abrupt = np.minimum(before, after) > max(EDGE_SHARE * loud, EDGE_STEPS)
    lengths = (ends - starts)[abrupt & (ends - starts <= LONGEST_GAP)]
    # A gap covers on average one slice more than the whole ones it contains.
    return min(1.0, float((lengths + 1).sum()) / len(peaks))


DECAY_BANDS = (1, 2, 4, 6, 9, 13, 18)
"""Edges in bands: 250-500-1000-1500-2250-3250-4500 Hz, where rooms ring and voices end sharply."""
DECAY = 3
"""Frames (60 ms): long enough for a room to show, short enough to end above a 20 dB noise floor."""
DECAY_FROM_DB = 20.0
"""Falls are taken from within this distance of a band's loud moments,"""
DECAY_ABOVE_DB = 14.0
"""and from this far above its floor: elsewhere the noise would cut them short and pass for an echo."""


def fall_db(stretch: Stretch) -> float | None:
    """Return how far the voice falls within 60 ms when it falls fast (92nd percentile), dB.

    A dry voice falls by 25 dB or more; reverberation of time T60 allows about 3.6 dB / T60 s. None where noise
    leaves fewer than 20 falls to look at.
    """
    bands = stretch.frames.bands[stretch.live, : DECAY_BANDS[-1]]
    levels = decibels(np.add.reduceat(bands, DECAY_BANDS[:-1], axis=1))
    if len(levels) <= DECAY:
        return None
    ordered = np.sort(levels, axis=0)
    least = np.maximum(at_share(ordered, 0.95) - DECAY_FROM_DB, at_share(ordered, 0.10) + DECAY_ABOVE_DB)
    before = levels[:-DECAY]
    falls = (before - levels[DECAY:])[before > least]
    return float(at_share(np.sort(falls), 0.92)) if len(falls) >= 20 else None
