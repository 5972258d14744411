"""Audio quality: how well a talker can be heard, 0 to 1, with the parts that explain it.

    score = (noise · clipping · bandwidth · dropouts · level · reverberation) ** GAIN

Every factor is a smooth curve of one measured part, 1 where it does no harm, 0 where all is lost: logistic
with the middle at `half` and the slope `per`, for dropouts exponential. A product, because one kind of damage is
enough to spoil speech and another can't make up for it. The curves were fitted, all at once, to the mean of two
things: the known severity of damage (noise, music, babble, hum, clipping, filters, packet loss, level,
reverberation, telephony; with less weight echo, gain pumping, codecs, few bits, clicks) and PESQ (ITU-T P.862.2) of
the same audio, on nine talkers, and checked on eight others.

Not heard: noise that comes and goes with the voice, as codecs of few bits make it (beyond the bandwidth they take),
single clicks, and lost packets that were filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log2, log10

import numpy as np
from numpy.typing import NDArray

from audio.decode import int16
from audio.quality_frames import COLUMNS, Frames, Rows, analyse, whole_frames
from audio.quality_parts import (
    FLUENT,
    Noise,
    Stretch,
    bandwidth_hz,
    clipping,
    dropouts,
    fall_db,
    noise,
    survey,
)
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


NOISE = Curve(22.6, 3.2)
"""dB of `_evidence`: PESQ falls fastest between 30 and 10 dB of noise."""
CLIPPING = Curve(-12.4, -3.1)
"""dB of `crown`: clean speech has -34, clipped to half its peak -17."""
BANDWIDTH = Curve(log2(3500), 0.34)
"""octaves: telephony (3400 Hz) loses consonants, below 1800 Hz words are lost."""
DROPOUTS = 0.04
"""Share of lost time that leaves 1/e, no logistic curve: PESQ falls steepest at the first lost packets."""
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


def judge(stretch: Stretch, floor: Rows) -> Quality:
    """Judge a stretch of speech; `floor` as in `noise`."""
    behind = noise(stretch, floor)
    flat, crown = clipping(stretch)
    band = bandwidth_hz(stretch)
    lost = dropouts(stretch)
    fall = fall_db(stretch)
    dry = 1.0 if fall is None else REVERBERATION(fall)
    factors = (
        NOISE(_evidence(behind)),
        CLIPPING(10 * log10(crown + 1e-4)),
        BANDWIDTH(log2(band)),
        exp(-lost / DROPOUTS),
        LEVEL(stretch.level_dbfs),
        dry,
    )
    return Quality(
        score=float(np.prod(factors)) ** GAIN,
        snr_db=behind.snr_db,
        clipping=flat,
        level_dbfs=stretch.level_dbfs,
        bandwidth_hz=band,
        dropouts=lost,
        reverberation=None if fall is None else 1.0 - dry,
    )


def _evidence(behind: Noise) -> float:
    """Weigh what is known of the noise into one figure, dB."""
    wide_db = max(behind.wide_db, behind.deep_db - WIDEST_DB)
    evidence = float(np.dot(EVIDENCE, (behind.deep_db, wide_db, behind.contrast_db)))
    return MOST_EVIDENCE_DB - KNEE_DB * float(np.logaddexp(0.0, (MOST_EVIDENCE_DB - evidence) / KNEE_DB))


class QualityMeter:
    """Hears 16 kHz mono as it comes and says at any time how good it is.

    How the audio was cut into pushes doesn't matter.
    """

    def __init__(self) -> None:
        self._rows: Rows = np.empty((0, COLUMNS), np.float32)
        self._begin = 0
        """The row at which the utterance begins; what is before it tells of the room."""
        self._waiting: list[NDArray[np.float32]] = []
        self._marks: list[NDArray[np.int8]] = []
        self._samples = 0

    def push(self, samples: NDArray[np.int16], *, speech: NDArray[np.bool_] | None = None) -> None:
        """Hear more samples, shape (n,); `speech` may say for every 20 ms of them whether the talker speaks."""
        self._waiting.append(samples.astype(np.float32))
        self._marks.append(_marks(len(samples), speech))
        self._samples += len(samples)
        if self._samples >= BATCH:
            self._analyse()

    def recent(self) -> Quality:
        """Judge the last `RECENT` frames, whatever utterance they belong to. Meant to be called each second."""
        self._analyse()
        return _judge_rows(self._rows[-RECENT:], self._rows[-RECENT:])

    def hearsay(self) -> Hearsay:
        """Listen, over the same frames, whether the voice runs at its natural speed."""
        self._analyse()
        stretch = survey(Frames(self._rows[-RECENT:]))
        return NO_HEARSAY if stretch is None else listen(stretch)

    def utterance(self) -> Quality:
        """Judge what came since the last reset."""
        self._analyse()
        rows = self._rows[self._begin :]
        return _judge_rows(rows, self._rows[-max(FLUENT, len(rows)) :])

    def reset(self) -> None:
        """Begin a new utterance; what is known of the noise floor stays."""
        self._analyse()
        self._waiting, self._marks, self._samples = [], [], 0
        self._rows = self._rows[-RECENT:].copy()
        self._begin = len(self._rows)

    def _analyse(self) -> None:
        count = whole_frames(self._samples)
        if not count:
            return
        samples, marks = np.concatenate(self._waiting), np.concatenate(self._marks)
        rows = np.concatenate((self._rows, analyse(samples, marks)))
        surplus = max(0, len(rows) - MOST)
        self._rows, self._begin = rows[surplus:], max(0, self._begin - surplus)
        self._waiting, self._marks = [samples[count * FRAME :]], [marks[count * FRAME :]]
        self._samples -= count * FRAME


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


def _judge_rows(rows: Rows, floor: Rows) -> Quality:
    stretch = survey(Frames(rows))
    if stretch is None:
        return UNKNOWN
    around = stretch if len(floor) == len(rows) else survey(Frames(floor)) or stretch
    return judge(stretch, around.ordered)


def _marks(samples: int, speech: Sequence[bool] | NDArray[np.bool_] | None) -> NDArray[np.int8]:
    """Spread a flag per 20 ms over samples; -1 where nobody said."""
    marks = np.full(samples, -1, np.int8)
    if speech is not None:
        said = np.repeat(np.asarray(speech, np.int8), FRAME)[:samples]
        marks[: len(said)] = said
    return marks
