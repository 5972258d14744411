"""What is taken for an utterance in a scene, by the voice detector and the endpointer alone."""

from math import inf

import numpy as np

from audio.endpointer import Endpointer, Mark
from audio.vad import Vad
from audio.values import FRAME, RATE, from_ms

PRE_ROLL = 0.3
"""Seconds that the pipeline adds before an onset."""


def utterances(samples, silence_ms=1000) -> list[tuple[float, float]]:
    """Seconds at which each utterance opens (pre-roll included) and closes; infinite where it is still open."""
    pcm = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
    listener = Endpointer(silence=from_ms(silence_ms) // FRAME, hangover=15)
    heard: list[tuple[float, float]] = []
    for at, frame in enumerate(Vad().push(pcm[: len(pcm) // FRAME * FRAME].reshape(-1, FRAME)), start=1):
        mark = listener.push(frame)
        if mark is Mark.OPENED:
            heard.append(((at - listener.onset) * FRAME / RATE - PRE_ROLL, inf))
        elif mark is Mark.CLOSED:
            heard[-1] = (heard[-1][0], at * FRAME / RATE)
    return heard
