"""EmoDB's clips. Burkhardt, Paeschke, Rolfes, Sendlmeier, Weiss: A Database of German Emotional Speech (2005)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from audio.errors import AudioError
from audio.resample import Resampler

EMOTIONS = {
    "W": "angry",
    "F": "happy",
    "N": "neutral",
    "T": "sad",
    "A": "fear",
    "L": "bored",
    "E": "disgust",
}
"""Sixth letter of a file name, from the German words."""

LABELS = ("angry", "happy", "neutral", "sad")
"""What the runtime names. The other three have too few clips, and too little to do with talking to a machine."""

EXCITED = {"angry": True, "happy": True, "fear": True, "neutral": False, "sad": False, "bored": False}
"""High or low arousal (Russell's circumplex); disgust is neither and takes no part."""

WOMEN = frozenset({"08", "09", "13", "14", "16"})


@dataclass(frozen=True, slots=True)
class Clip:
    """One utterance of an actor."""

    name: str
    speaker: str
    emotion: str
    """One of EMOTIONS' values."""
    samples: NDArray[np.int16] = field(repr=False)
    """Mono at 16 kHz."""

    @property
    def text(self) -> str:
        """Which sentence it is: a letter and two digits."""
        return self.name[2:5]

    @property
    def half(self) -> str:
        """Which half of the sentences it belongs to: five begin with a, five with b."""
        return self.text[:1]


def read(folder: Path) -> list[Clip]:
    """Read every WAV or FLAC file of `folder`, sorted by name. Raises: AudioError."""
    paths = sorted(path for path in folder.iterdir() if path.suffix in {".wav", ".flac"})
    if not paths:
        raise AudioError(f"no WAV or FLAC files in {folder}")
    return [_clip(path) for path in paths]


def _clip(path: Path) -> Clip:
    name = path.stem
    if len(name) != 7 or name[5] not in EMOTIONS:
        raise AudioError(f"{path.name!r} is not an EmoDB name such as 03a01Fa.wav")
    samples, rate = soundfile.read(path, dtype="int16")
    resampler = Resampler(rate)
    heard = np.concatenate((resampler.push(samples), resampler.flush()))
    return Clip(name, name[:2], EMOTIONS[name[5]], heard)
