"""What a voice sounds like, in numbers: one vector per utterance, from its band powers and its pitch track.

The set follows the families of GeMAPS (Eyben et al., 2016): pitch, loudness, rhythm, spectral balance. Mel cepstra
are left out: they added nothing for unseen speakers, and they are what changes most with microphone and language;
so is the power above 5 kHz, which is the microphone's and the codec's before it is the voice's.
No feature depends on the recording's gain: levels are relative to the utterance's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.emotion_bands import MELS, Column
from audio.values import HOP, RATE, PitchFrame

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

TINY = 1e-10
"""Power of silence, full scale is 1; only keeps logarithms finite."""

BAND_RANGE_DB = 60.0
"""Band powers further below the loud frames count as this deep: what a telephone, a codec or 16 bits leave there
is not the voice."""

SPEECH_RANGE_DB = 35.0
"""Frames further below the utterance's loud frames are not the talker, even if periodic."""

FLOOR_DB = 45.0
"""Gaps further below the loud frames count as this deep: what is down there is the room and the gain."""

BRIDGE = 25
"""Frames (250 ms): unvoiced gaps up to this long belong to articulation, longer ones are pauses (Goldman-Eisler,
1968)."""

MIN_VOICED = 20
"""Voiced frames under which the statistics are undefined."""


@dataclass(frozen=True, slots=True)
class Description:
    """An utterance in numbers."""

    features: dict[str, float]
    """By name, all finite; every utterance has the same names."""
    speech_s: float
    """Seconds of voiced speech: voiced frames and the gaps inside words."""


@dataclass(frozen=True, slots=True)
class _Track:
    """What the feature families share: one row per frame from the first voiced one to the last."""

    semitones: Floats
    """Above 100 Hz; NaN where unvoiced."""
    voiced: Mask
    level: Floats
    """Decibels, 0 is the mean of the voiced frames."""
    audible: Mask
    """Frames above `FLOOR_DB`."""
    powers: Floats
    """Shape (frames, columns of `BandPowers`)."""
    decibels: Floats
    """The same on a logarithmic scale."""


def describe(powers: NDArray[np.float32], pitch: Sequence[PitchFrame]) -> Description | None:
    """Describe one utterance.

    `powers` is `BandPowers.values()`; the times of `pitch` count from the utterance's first sample. None where
    fewer than `MIN_VOICED` frames are voiced.
    """
    f0 = _align(pitch, len(powers))
    level = 10 * np.log10(powers[:, Column.SPEECH].astype(float) + TINY)
    voiced = np.isfinite(f0)
    if np.count_nonzero(voiced) < MIN_VOICED:
        return None
    loud = np.percentile(level[voiced], 95)
    voiced &= level > loud - SPEECH_RANGE_DB
    level = np.maximum(level, loud - FLOOR_DB)
    floored = np.maximum(powers.astype(float), 10 ** ((loud - BAND_RANGE_DB) / 10))
    first, last = np.flatnonzero(voiced)[[0, -1]]
    span = slice(first, last + 1)
    track = _Track(
        semitones=np.where(voiced, 12 * np.log2(np.where(voiced, f0, 100.0) / 100), np.nan)[span],
        voiced=voiced[span],
        level=(level - level[voiced].mean())[span],
        audible=(level > loud - FLOOR_DB)[span],
        powers=floored[span],
        decibels=10 * np.log10(floored[span]),
    )
    named = {**_melody(track), **_loudness(track), **_rhythm(track), **_spectrum(track)}
    gaps = _runs(~track.voiced)
    pauses = gaps[gaps > BRIDGE].sum()
    return Description(named, float(len(track.voiced) - pauses) * HOP / RATE)


def _align(pitch: Sequence[PitchFrame], frames: int) -> Floats:
    """Lay the pitch on the frames by its own times; hops nobody tracked stay unvoiced."""
    f0 = np.full(frames, np.nan)
    for frame in pitch:
        place = round(frame.at / HOP)
        if 0 <= place < frames and frame.f0_hz is not None:
            f0[place] = frame.f0_hz
    return f0


def _runs(mask: Mask) -> NDArray[np.int64]:
    """Return the lengths of the runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return edges[1::2] - edges[::2]


def _mean_of(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0


def _slope(values: Floats) -> float:
    """Return the regression slope of values `HOP` apart, per second."""
    time = (np.arange(len(values)) - (len(values) - 1) / 2) * HOP / RATE
    return float(time @ values / (time @ time))


def _melody(track: _Track) -> dict[str, float]:
    """Describe pitch in semitones: its place, its range, its movement."""
    voiced = track.semitones[track.voiced]
    p10, p20, p50, p80, p90 = np.percentile(voiced, [10, 20, 50, 80, 90])
    step = np.diff(track.semitones)
    # A leap of 3 semitones in 10 ms is a tracking error or a new phrase, not a glide.
    step = step[np.abs(step) < 3]
    return {
        "pitch_mean": float(voiced.mean()),
        "pitch_median": p50,
        "pitch_deviation": float(voiced.std()),
        "pitch_range": p80 - p20,
        "pitch_low": p10,
        "pitch_high": p90,
        "pitch_skew": p90 + p10 - 2 * p50,
        "pitch_rise": _mean_of(step[step > 0]),
        "pitch_fall": _mean_of(step[step < 0]),
        "pitch_movement": _mean_of(np.abs(step)),
        "pitch_roughness": _mean_of(np.abs(np.diff(step)).clip(0, 1)),
        "pitch_slope": _slope(voiced),
        "pitch_end": float(voiced[-(len(voiced) // 4) :].mean() - voiced.mean()),
    }


def _loudness(track: _Track) -> dict[str, float]:
    """Describe the level's spread and movement, relative to the utterance's own level."""
    voiced = track.level[track.voiced]
    p10, p20, p80, p90 = np.percentile(track.level, [10, 20, 80, 90])
    step = np.diff(track.level)
    amplitude = 10 ** (voiced / 20)
    pitch = track.semitones[track.voiced]
    together = np.mean(voiced * (pitch - pitch.mean())) / (voiced.std() * pitch.std() + 1e-3)
    return {
        "level_deviation": float(voiced.std()),
        "level_deviation_all": float(track.level.std()),
        "level_range": p80 - p20,
        "level_range_wide": p90 - p10,
        "level_rise": _mean_of(step.clip(0, None)),
        "level_fall": _mean_of(step.clip(None, 0)),
        "level_movement": float(np.median(np.abs(step[track.voiced[1:]]))),
        "level_variation": float(amplitude.std() / amplitude.mean()),
        "level_slope": _slope(voiced),
        "level_with_pitch": float(together),
    }


def _rhythm(track: _Track) -> dict[str, float]:
    """Describe how speech is cut into syllables, voiced stretches and gaps, per second of its span."""
    seconds = len(track.voiced) * HOP / RATE
    kernel = np.hanning(9)[1:-1]
    smooth = np.convolve(track.level, kernel / kernel.sum(), "same")
    peak = (smooth[1:-1] > smooth[:-2]) & (smooth[1:-1] >= smooth[2:]) & (smooth[1:-1] > -15)
    stretches, gaps = _runs(track.voiced) * HOP / RATE, _runs(~track.voiced) * HOP / RATE
    return {
        "syllable_rate": float(peak.sum() / seconds),
        "stretch_rate": len(stretches) / seconds,
        "stretch_mean": float(stretches.mean()),
        "stretch_deviation": float(stretches.std()),
        "gap_mean": _mean_of(gaps),
        "voiced_share": float(track.voiced.mean()),
    }


def _spectrum(track: _Track) -> dict[str, float]:
    """Describe the spectral balance of voiced frames: a pressed, loud voice has more of its power high up."""
    voiced, db = track.voiced, track.decibels
    share = track.powers[:, :MELS] / track.powers[:, :MELS].sum(1, keepdims=True)
    shape = db[:, :MELS] - db[:, :MELS].mean(1, keepdims=True)
    curves = {
        "alpha": db[:, Column.FROM_1K] - db[:, Column.TO_1K],
        "hammarberg": db[:, Column.FROM_2K] - db[:, Column.TO_2K],
        "centroid": track.powers[:, Column.MOMENT] / track.powers[:, Column.TOTAL],
        "flux": np.sqrt((np.diff(shape, axis=0, prepend=shape[:1]) ** 2).mean(1)),
        "entropy": -(share * np.log(share)).sum(1),
        "slope_low": (db[:, 5:8] - db[:, 1:4]).mean(1),
        "slope_mid": (db[:, 11:15] - db[:, 5:9]).mean(1),
        "slope_high": (db[:, 17:20] - db[:, 12:15]).mean(1),
    }
    named = {}
    for name, curve in curves.items():
        named[name], named[f"{name}_deviation"] = float(curve[voiced].mean()), float(curve[voiced].std())
    loud = voiced & (track.level >= np.median(track.level[voiced]))
    unvoiced = ~voiced & track.audible
    unvoiced = unvoiced if unvoiced.any() else voiced
    level = track.level[voiced] - track.level[voiced].mean()
    effort = level @ (curves["alpha"][voiced] - named["alpha"]) / (level @ level + 1)
    return {
        **named,
        "alpha_loud": float(curves["alpha"][loud].mean()),
        "hammarberg_loud": float(curves["hammarberg"][loud].mean()),
        "alpha_unvoiced": float(curves["alpha"][unvoiced].mean()),
        "alpha_with_level": float(effort),
    }
