"""An analysis as a picture: waveform, pitch, activity and utterances over one time axis. Needs matplotlib."""

from __future__ import annotations

from itertools import cycle, groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.analysis import Analysis, FileError, Utterance
from audio.errors import AudioError
from audio.values import FRAME, HOP, RATE

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, NullLocator
except ImportError as error:
    raise AudioError("--plot needs matplotlib: pip install matplotlib") from error

_WIDTH_PER_S, _NARROWEST, _WIDEST = 1.1, 9.0, 40.0
"""Inches: a syllable is seen, and an hour still makes a picture."""

_DPI = 80

_COLUMNS = 2000
"""Most points of the waveform, each the lowest and highest of its samples: more than a picture has pixels."""

_VOICE, _SPEECH, _WAVE = "#c2410c", "#1d4ed8", "#64748b"

_SHADES = ("#e0ecff", "#edf3fc")
"""By turns, so that utterances without a pause between them are told apart."""

_TICKS = (60, 80, 100, 150, 200, 300, 400, 500)
"""Hertz, about half an octave apart."""

_LINE_IN, _LETTER_IN = 0.16, 0.072
"""Inches of a line of annotation, and of one of its letters."""

_PANEL = 0.92
"""Share of the picture's width that is time."""


def save(analysis: Analysis, path: Path) -> None:
    """Draw into a file; its ending chooses the format. Raises: FileError."""
    try:
        draw(analysis).savefig(path, dpi=_DPI)
    except (OSError, ValueError) as error:
        raise FileError(f"{path}: {error}") from error


def draw(analysis: Analysis) -> Figure:
    """Draw waveform, pitch, activity and annotations."""
    seconds = max(len(analysis.samples) / RATE, 0.1)
    width = min(max(seconds * _WIDTH_PER_S, _NARROWEST), _WIDEST)
    notes = [_note(utterance) for utterance in analysis.utterances]
    places = _places(analysis.utterances, notes, seconds, inches_per_s=width * _PANEL / seconds)
    lanes = max((lane for _, lane in places), default=0) + 1
    lines = max((note.count("\n") + 1 for note in notes), default=1) + 1
    heights = (1.3, 2.0, 0.5, max(0.8, lines * _LINE_IN * lanes))
    figure = Figure(figsize=(width, sum(heights) + 1.1), layout="constrained")
    axes = figure.subplots(4, 1, sharex=True, height_ratios=heights)
    figure.suptitle(analysis.name, x=0.01, ha="left", fontsize=11, parse_math=False)
    _waveform(axes[0], analysis.samples)
    _pitch(axes[1], analysis)
    _activity(axes[2], analysis)
    _annotations(axes[3], notes, places, lanes)
    for panel in axes:
        panel.set_xlim(0, seconds)
        panel.spines[["top", "right"]].set_visible(False)
        for utterance, shade in zip(analysis.utterances, cycle(_SHADES), strict=False):
            panel.axvspan(*_span(utterance), color=shade, lw=0, zorder=0)
    axes[3].set_xlabel("seconds")
    return figure


def _span(utterance: Utterance) -> tuple[float, float]:
    return utterance.final.start / RATE, utterance.final.end / RATE


def _waveform(axes: Axes, samples: NDArray[np.int16]) -> None:
    step = max(1, len(samples) // _COLUMNS)
    columns = samples[: len(samples) // step * step].reshape(-1, step) / 32768
    if len(columns):
        at = np.arange(len(columns)) * step / RATE
        axes.fill_between(at, columns.min(axis=1), columns.max(axis=1), color=_WAVE, lw=0.3)
    peak = max(0.05, 1.1 * float(np.abs(columns).max(initial=0)))
    axes.set_ylim(-peak, peak)
    axes.set_ylabel("waveform")


def _pitch(axes: Axes, analysis: Analysis) -> None:
    """NaN where unvoiced and between utterances, so that no line joins what no voice joined."""
    hertz = np.full(len(analysis.samples) // HOP + 2, np.nan)
    for frame in analysis.pitch:
        if frame.f0_hz is not None:
            hertz[min(frame.at // HOP, len(hertz) - 1)] = frame.f0_hz
    axes.plot(np.arange(len(hertz)) * HOP / RATE, hertz, color=_VOICE, lw=1.6, marker=".", ms=2.5)
    axes.set_yscale("log")
    axes.set_yticks(_TICKS)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(55, 540)
    axes.grid(axis="y", color="#cbd5e1", lw=0.6)
    axes.set_ylabel("pitch, Hz")


def _activity(axes: Axes, analysis: Analysis) -> None:
    speech = np.array([frame.speech for frame in analysis.activity], bool)
    voiced = np.zeros(len(analysis.samples) // HOP + 2, bool)
    for frame in analysis.pitch:
        voiced[min(frame.at // HOP, len(voiced) - 1)] = frame.f0_hz is not None
    axes.broken_barh(_runs(speech, FRAME), (1.1, 0.8), color=_SPEECH)
    axes.broken_barh(_runs(voiced, HOP), (0.1, 0.8), color=_VOICE)
    axes.set_yticks((0.5, 1.5), ("voiced", "speech"))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(0, 2)


def _runs(flags: NDArray[np.bool_], hop: int) -> list[tuple[float, float]]:
    """Return beginning and length, seconds, of every run of True; `hop` in samples."""
    runs, at = [], 0
    for flag, run in groupby(flags.tolist()):
        length = len(list(run))
        if flag:
            runs.append((at * hop / RATE, length * hop / RATE))
        at += length
    return runs


def _note(utterance: Utterance) -> str:
    final, voice = utterance.final, utterance.final.voice
    quality, emotion = voice.quality, voice.emotion
    said = [f"{final.utterance}  {final.text}".rstrip()]
    if voice.pitch_hz is not None:
        said.append(f"{voice.pitch_hz:.0f} Hz, range {voice.pitch_range_st:.1f} st")
    if emotion:
        said.append(f"{emotion.label} {emotion.confidence:.2f}, arousal {emotion.arousal:.2f}")
    if quality and quality.score is not None:
        said.append(f"quality {quality.score:.2f}, SNR {quality.snr_db:.0f} dB")
    return "\n".join(said + [f"! {warning.code}" for warning in utterance.warnings])


def _places(
    utterances: tuple[Utterance, ...], notes: list[str], seconds: float, *, inches_per_s: float
) -> list[tuple[float, int]]:
    """Return where each note begins, seconds, and its lane: the first one where it runs into no other."""
    ends: list[float] = []
    places = []
    for utterance, note in zip(utterances, notes, strict=True):
        length = (max(map(len, note.split("\n"))) + 2) * _LETTER_IN / inches_per_s
        start = max(0.0, min(_span(utterance)[0], seconds - length))
        lane = next((lane for lane, end in enumerate(ends) if end <= start), len(ends))
        ends[lane : lane + 1] = [start + length]
        places.append((start, lane))
    return places


def _annotations(axes: Axes, notes: list[str], places: list[tuple[float, int]], lanes: int) -> None:
    for note, (start, lane) in zip(notes, places, strict=True):
        axes.annotate(
            note,
            (start, 1 - lane / lanes),
            xytext=(4, -4),
            textcoords="offset points",
            fontsize=8,
            va="top",
            parse_math=False,
        )
    axes.set_ylim(0, 1)
    axes.set_yticks(())
    axes.set_ylabel("utterances")
