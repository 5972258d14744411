"""Audio quality: how well a talker can be heard, 0 to 1, with the parts that explain it.

    score = (noise · clipping · bandwidth · dropouts · level · reverberation) ** GAIN

Every factor is a logistic curve of one measured part: 1 where it does no harm, one half at `half`, changing by
`per` around it. A product, because one kind of damage is enough to spoil speech and another can't make up for
it. The curves were fitted, all at once, to the mean of two things: the known severity of damage (noise, music,
babble, hum, clipping, filters, packet loss, level, reverberation, telephony) and PESQ (ITU-T P.862.2) of the same
audio, on eleven talkers, and were checked on nine others.
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
    Noise,
    Stretch,
    bandwidth_hz,
    clipping,
    dropouts,
    fall_db,
    noise,
    survey,
)
from audio.resample import Resampler
from audio.values import FRAME, RATE, Quality

GAIN = 0.67
"""Clean speech loses a little in each of six factors; the power lets it read above .85 and changes no order."""


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


NOISE = Curve(22.3, 3.3)
"""dB of `_evidence`: PESQ falls fastest between 30 and 10 dB of noise."""
CLIPPING = Curve(-14.4, -3.3)
"""dB of crowding: clean speech has -35, clipped to half its peak -18."""
BANDWIDTH = Curve(log2(3600), 0.39)
"""octaves: telephony (3400 Hz) loses consonants, below 1800 Hz words are lost."""
DROPOUTS = Curve(-1.3, -0.18)
"""log10 of the lost share: 5 % of lost packets is where calls become hard work."""
LEVEL = Curve(-49.0, 6.8)
"""dBFS: -30 does no harm, at -50 rounding and gain bring up everybody's noise."""
REVERBERATION = Curve(13.0, 2.3)
"""dB of fall in 60 ms: a room of T60 = 0.3 s."""

MOST_EVIDENCE_DB = 45.0
"""Beyond it noise is inaudible; soft, so that order is kept."""

RECENT = 200
"""Frames (4 s) that `recent` looks at: two sentences, the middle of what a warning may lag."""
BATCH = 8000
"""Samples (500 ms) analysed at once: numpy's call overhead is most of the cost of less."""
FLOOR = 100
"""Frames (2 s) in which the noise floor is looked for at least, older ones where the utterance is shorter."""
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
        DROPOUTS(log10(lost + 3e-3)),
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
    """Weigh what is known of the noise into one figure, dB (weights fitted with the curves)."""
    evidence = 0.20 * behind.deep_db + 0.65 * behind.wide_db + 0.32 * behind.contrast_db
    return MOST_EVIDENCE_DB - 3.0 * float(np.logaddexp(0.0, (MOST_EVIDENCE_DB - evidence) / 3.0))


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

    def utterance(self) -> Quality:
        """Judge what came since the last reset."""
        self._analyse()
        rows = self._rows[self._begin :]
        return _judge_rows(rows, self._rows[-max(FLOOR, len(rows)) :])

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
    around = survey(Frames(floor)) or stretch
    return judge(stretch, around.frames.bands[around.live])


def _marks(samples: int, speech: Sequence[bool] | NDArray[np.bool_] | None) -> NDArray[np.int8]:
    """Spread a flag per 20 ms over samples; -1 where nobody said."""
    marks = np.full(samples, -1, np.int8)
    if speech is not None:
        said = np.repeat(np.asarray(speech, np.int8), FRAME)[:samples]
        marks[: len(said)] = said
    return marks
