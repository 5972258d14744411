"""A quiet room: what a microphone hears when nobody speaks is never digital silence."""

from __future__ import annotations

import numpy as np

from audio.values import RATE


def quiet(seconds: float, rate: int = RATE) -> bytes:
    """PCM16 noise at about -72 dBFS."""
    noise = np.random.default_rng(1).normal(0, 8, int(seconds * rate))
    return noise.astype(np.int16).tobytes()
