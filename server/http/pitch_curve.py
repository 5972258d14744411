"""The pitch of a kept recording, worked out when somebody asks: kept are the sound and a summary, not the curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.pitch import PitchTracker
from audio.values import HOP, RATE, to_ms

_PIECE = RATE
"""Samples in a push: the tracker's arrays then stay small however long the recording."""


@dataclass(frozen=True, slots=True)
class PitchCurve:
    """Pitch by time."""

    start_ms: int
    """Of the first value, on the session's clock."""
    hop_ms: int
    pitch_hz: list[float | None]
    """None where there is no voice."""


def pitch_curve(samples: NDArray[np.int16], *, start_ms: int) -> PitchCurve:
    """Follow the pitch of an utterance, mono at `RATE`, that begins at `start_ms`. Blocking.

    Value n belongs to the sample `HOP` * n. The live tracker may have said a little else at the edges of voice:
    it knew the room's noise from the utterances before.
    """
    tracker = PitchTracker()
    pieces = [samples[at : at + _PIECE] for at in range(0, len(samples), _PIECE)]
    frames = [frame for piece in pieces for frame in tracker.push(piece)] + tracker.flush()
    values = [None if frame.f0_hz is None else round(frame.f0_hz, 1) for frame in frames]
    return PitchCurve(start_ms, to_ms(HOP), values)
