"""How far hearing is: where a session stands, and audio that is halfway through the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from audio.values import VadFrame


@dataclass(frozen=True, slots=True)
class Past:
    """Where a session's hearing stands. Samples at `RATE`."""

    clock: int = 0
    """How much was heard."""
    ended: int = 0
    """The end of the last utterance: what comes before it never belongs to another."""
    utterances: int = 0
    """How many ended."""


NO_PAST = Past()


@dataclass(frozen=True, slots=True)
class Listened:
    """Audio on its way through the pipeline: frames and whether they are speech."""

    frames: Sequence[NDArray[np.int16]] = field(repr=False)
    """Each of `FRAME` samples; the very last of a stream may be shorter."""
    verdicts: Sequence[VadFrame]
