"""Audio quality: how well a talker can be heard, 0 to 1, with the parts that explain it.

    score = (noise · clipping · bandwidth · dropouts · level · reverberation · traces) ** GAIN

Every factor is a smooth curve of one measured part, 1 where it does no harm, 0 where all is lost: logistic
with the middle at `half` and the slope `per`, or exponential beyond what does no harm. A product, because one kind of
damage is enough to spoil speech and another can't make up for it. The curves were fitted, all at once, to the mean of
two things: the known severity of damage (noise, music, babble, hum, clipping, filters, packet loss, level,
reverberation, telephony; with less weight echo, gain pumping, codecs, few bits, clicks) and PESQ (ITU-T P.862.2) of
the same audio, on nine talkers, and checked on eight others. Those of the traces (clicks, holes, a distinct echo) were
set by PESQ on eight talkers, and leave natural recordings as they are.

Not heard: noise that comes and goes with the voice, as codecs for speech make it (beyond the bandwidth they take), and
lost packets that were filled in by more than a copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log2, log10, prod

import numpy as np
from numpy.typing import NDArray

from audio.decode import int16
from audio.quality_frames import BEFORE, COLUMNS, Frames, Rows, analyse, whole_frames
from audio.quality_parts import FLUENT, Noise, Parts
from audio.quality_parts import measure as measure_parts
from audio.quality_stretch import Stretch, survey
from audio.quality_traces import HARMLESS, NO_TRACES, Traces, find
from audio.rate_check import NO_HEARSAY, Hearsay, listen
from audio.resample import Resampler
from audio.values import FRAME, RATE, Quality

GAIN = 0.57
"""Clean speech loses a little in each of six factors; the power lets it read .9 and changes no order."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A logistic curve: how much of the speech one part lets through."""

    half: float
    """The part's value at which one half is left."""
    per: float
    """The part's change that takes the curve from .5 to .73; negative where more is worse."""

    def __call__(self, value: float) -> float:
        """Return 0 (all is lost) to 1 (no harm)."""
        return 1.0 / (1.0 + exp(min(50.0, (self.half - value) / self.per)))


@dataclass(frozen=True, slots=True)
class Decay:
    """An exponential curve: no harm up to some amount, then less and less is left."""

    per: float
    """The part's change that leaves 1/e."""
    free: float = 0.0
    """What does no harm: natural recordings have as much."""

    def __call__(self, value: float) -> float:
        """Return 0 (all is lost) to 1 (no harm)."""
        return exp(-max(0.0, value - self.free) / self.per)


NOISE = Curve(22.6, 3.2)
"""dB of `_evidence`: PESQ falls fastest between 30 and 10 dB of noise."""
CLIPPING = Curve(-12.4, -3.1)
"""dB of `crown`: clean speech has -34, clipped to half its peak -17."""
BANDWIDTH = Curve(log2(3500), 0.34)
"""octaves: telephony (3400 Hz) loses consonants, below 1800 Hz words are lost."""
DROPOUTS = Decay(0.04)
"""Share of lost time: PESQ falls steepest at the first lost packets, so this is no logistic curve."""
ECHO = Decay(0.1, free=HARMLESS.echo)
"""Amplitude: an echo 24 dB down is hardly heard, one of 12 dB makes PESQ fall to 1.7."""
CLICKS = Decay(1.3, free=HARMLESS.clicks_per_s)
"""a second: one and a half make PESQ fall to 2."""
HOLES = Decay(0.2, free=HARMLESS.hollow)
"""Share of bands: recordings that were MP3 once have up to .08, MP3 of 16 kbit/s .2."""
LEVEL = Curve(-48.8, 7.0)
"""dBFS: -30 does no harm, at -50 gain brings up everybody's noise and rounding."""
REVERBERATION = Curve(15.4, 2.5)
"""dB of fall in 60 ms: a room of T60 = 0.25 s, where talking across a table turns into talking in a hall."""

EVIDENCE = (0.20, 0.63, 0.37)
"""Weights of the deep, wide and contrast figures of `Noise`."""
WIDEST_DB = 10.0
"""Distance of the deep and the wide figure; what goes beyond is speech so short and full that it has no pauses."""
MOST_EVIDENCE_DB = 45.0
"""Beyond it noise is inaudible;"""
KNEE_DB = 3.0
"""the bend there is soft, so that order is kept."""

RECENT = 250
"""Frames (5 s) that `recent` looks at: longer reacts too late, shorter wavers with every pause."""
BATCH = RATE
"""Samples (1 s) analysed at once: numpy's call overhead is most of the cost of less."""
MOST = 3000
"""Frames (60 s) kept of one utterance; of a longer one the end is judged."""

UNKNOWN = Quality(None, None, 0.0, None, None, 0.0, None)


def judge(stretch: Stretch, parts: Parts, traces: Traces = NO_TRACES) -> Quality:
    """Judge a stretch of speech by its parts, and by the traces found in it."""
    bandwidth_hz = min(parts.bandwidth_hz, traces.image_hz)
    dropouts = min(1.0, parts.dropouts + traces.copies)
    echoless = ECHO(traces.echo)
    dry = echoless if parts.fall_db is None else echoless * REVERBERATION(parts.fall_db)
    factors = (
        NOISE(_evidence(parts.noise)),
        CLIPPING(10 * log10(parts.crown + 1e-4)),
        BANDWIDTH(log2(bandwidth_hz)),
        DROPOUTS(dropouts),
        LEVEL(stretch.level_dbfs),
        dry,
        CLICKS(traces.clicks_per_s),
        HOLES(traces.hollow),
    )
    return Quality(
        score=prod(factors) ** GAIN,
        snr_db=parts.noise.snr_db,
        clipping=parts.clipping,
        level_dbfs=stretch.level_dbfs,
        bandwidth_hz=bandwidth_hz,
        dropouts=dropouts,
        reverberation=None if parts.fall_db is None and dry == 1.0 else 1.0 - dry,
    )


def _evidence(behind: Noise) -> float:
    """Weigh what is known of the noise into one figure, dB."""
    wide_db = max(behind.wide_db, behind.deep_db - WIDEST_DB)
    figures = zip(EVIDENCE, (behind.deep_db, wide_db, behind.contrast_db), strict=True)
    evidence = sum(weight * figure for weight, figure in figures)
    return MOST_EVIDENCE_DB - KNEE_DB * float(np.logaddexp(0.0, (MOST_EVIDENCE_DB - evidence) / KNEE_DB))


class QualityMeter:
    """Hears 16 kHz mono as it comes and says at any time how good it is.

    How the audio was cut into pushes doesn't matter.
    """

    def __init__(self) -> None:
        self._rows: Rows = np.empty((0, COLUMNS), np.float32)
        self._begin = 0
        """The row at which the utterance begins; what is before it tells of the room."""
        self._wait()
        self._lately: tuple[Stretch, Parts] | None = None
        """What the last `RECENT` frames are like, for `recent` and `hearsay` alike; None where it isn't known yet,
        or there is too little speech."""

    def push(self, samples: NDArray[np.int16]) -> None:
        """Hear more samples, shape (n,)."""
        self._waiting.append(samples)
        self._samples += len(samples)
        if self._samples >= BATCH:
            self._analyse()

    def recent(self) -> Quality:
        """Judge the last `RECENT` frames, whatever utterance they belong to. Meant to be called each second.

        Traces are left out: nobody can mend them, and a few seconds are little to find them in.
        """
        lately = self._survey_lately()
        return UNKNOWN if lately is None else judge(*lately)

    def hearsay(self) -> Hearsay:
        """Listen, over the same frames, whether the voice runs at its natural speed."""
        lately = self._survey_lately()
        return NO_HEARSAY if lately is None else listen(*lately)

    def utterance(self) -> Quality:
        """Judge what came since the last reset."""
        self._analyse()
        rows = self._rows[self._begin :]
        known = _survey(rows, self._rows[-max(FLUENT, len(rows)) :])
        if known is None:
            return UNKNOWN
        stretch, parts = known
        return judge(stretch, parts, find(stretch, parts.loud_db))

    def reset(self) -> None:
        """Begin a new utterance; what is known of the noise floor stays."""
        self._analyse()
        self._wait()
        self._rows = self._rows[-RECENT:].copy()
        self._begin = len(self._rows)

    def _wait(self) -> None:
        """Begin to gather samples; before the first of them is silence."""
        self._waiting: list[NDArray[np.int16]] = [np.zeros(BEFORE, np.int16)]
        self._samples = BEFORE

    def _survey_lately(self) -> tuple[Stretch, Parts] | None:
        self._analyse()
        if self._lately is None:
            rows = self._rows[-RECENT:]
            self._lately = _survey(rows, rows)
        return self._lately

    def _analyse(self) -> None:
        count = whole_frames(self._samples)
        if not count:
            return
        samples = np.concatenate(self._waiting)
        rows = np.concatenate((self._rows, analyse(samples.astype(np.float32))))
        surplus = max(0, len(rows) - MOST)
        self._rows, self._begin = rows[surplus:], max(0, self._begin - surplus)
        self._waiting = [samples[count * FRAME :]]
        self._samples -= count * FRAME
        self._lately = None


def measure(samples: NDArray[np.int16] | NDArray[np.float32], *, rate: int = RATE) -> Quality:
    """Judge a whole recording: mono, int16 or float32 in -1 to 1 (NaN and infinities count as 0)."""
    meter, resampler = QualityMeter(), Resampler(rate)
    meter.push(resampler.push(_whole(samples)))
    meter.push(resampler.flush())
    return meter.utterance()


def _whole(samples: NDArray[np.int16] | NDArray[np.float32]) -> NDArray[np.int16]:
    if np.issubdtype(samples.dtype, np.floating):
        return int16(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32))
    return samples.astype(np.int16, copy=False)


def _survey(rows: Rows, floor: Rows) -> tuple[Stretch, Parts] | None:
    """Measure a stretch of speech; `floor` as in `noise`. None where there is too little speech."""
    stretch = survey(Frames(rows))
    if stretch is None:
        return None
    around = stretch if len(floor) == len(rows) else survey(Frames(floor)) or stretch
    return stretch, measure_parts(stretch, around.ordered)
