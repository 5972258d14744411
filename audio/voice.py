"""The voice of the open utterance: pitch, quality and emotion, each computed once and shared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audio.emotion import EmotionMeter
from audio.pitch import PitchTracker
from audio.quality import QualityMeter
from audio.values import RATE, Emotion, PitchFrame, Quality, VoiceSummary, VoiceWarning
from audio.warn import Warner

_EDGES = (5, 95)
"""Percentiles taken for lowest and highest pitch: a single octave error must not become the range."""


class Voice:
    """Annotates one session's utterances. It hears speech only, in the blocks the recognizer hears."""

    def __init__(self, *, sample_rate: int = RATE) -> None:
        """`sample_rate` is what the client declared, Hz: its audio may tell otherwise."""
        self._tracker = PitchTracker()
        self._quality = QualityMeter()
        self._emotion = EmotionMeter()
        self._warner = Warner(sample_rate=sample_rate)
        self._warnings: list[VoiceWarning] = []
        self._unwarned = 0
        self._pitch: list[PitchFrame] = []
        self._told = 0
        """Of these, those that `push` has returned."""

    def push(self, samples: NDArray[np.int16]) -> list[PitchFrame]:
        """Hear more of the utterance; return the pitch frames finished by it, times from its first sample."""
        self._quality.push(samples)
        self._emotion.push(samples)
        self._pitch += self._tracker.push(samples)
        self._unwarned += len(samples)
        if self._unwarned >= RATE:
            self._unwarned = 0
            self._warnings += self._warner.hear(self._quality.recent(), self._quality.hearsay())
        frames, self._told = self._pitch[self._told :], len(self._pitch)
        return frames

    def pace(self, *, received_s: float, elapsed_s: float) -> None:
        """Note, about once a second, how much audio came in how much time since its first; both in seconds."""
        self._warnings += self._warner.clock(received_s=received_s, elapsed_s=elapsed_s)

    def take_warnings(self) -> list[VoiceWarning]:
        """Hand over what the talker should be told, once."""
        warnings, self._warnings = self._warnings, []
        return warnings

    def summary(self) -> VoiceSummary:
        """Sum up the utterance so far."""
        self._pitch += self._tracker.settle()
        return _summary(self._pitch, self._quality.utterance(), self._emotion.utterance(self._pitch))

    def finish(self) -> VoiceSummary:
        """Sum up the whole utterance and begin the next."""
        self._pitch += self._tracker.flush()
        summary = self.summary()
        self.reset()
        return summary

    def reset(self) -> None:
        """Begin the next utterance."""
        self._tracker.drop()
        self._quality.reset()
        self._emotion.reset()
        self._pitch, self._told = [], 0


def _summary(frames: list[PitchFrame], quality: Quality, emotion: Emotion | None) -> VoiceSummary:
    f0 = np.array([frame.f0_hz for frame in frames if frame.f0_hz is not None])
    if not len(f0):
        return VoiceSummary(quality=quality, emotion=emotion)
    low, high = np.percentile(f0, _EDGES)
    return VoiceSummary(
        pitch_hz=float(np.median(f0)),
        pitch_min_hz=float(low),
        pitch_max_hz=float(high),
        pitch_range_st=float(12 * np.log2(high / low)),
        voiced_ratio=len(f0) / len(frames),
        quality=quality,
        emotion=emotion,
    )
