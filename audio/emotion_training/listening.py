"""Clips to features, by the very code that hears live sessions."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.emotion_bands import BandPowers
from audio.emotion_features import Description, describe
from audio.emotion_training.channels import Channel, draw, through
from audio.emotion_training.corpus import Clip
from audio.pitch import PitchTracker
from audio.values import AudioError


@dataclass(frozen=True, slots=True)
class Heard:
    """The corpus through one channel per speaker."""

    speakers: NDArray[np.str_]
    """Shape (clips,)."""
    emotions: NDArray[np.str_]
    """Shape (clips,)."""
    names: tuple[str, ...]
    """Of the features."""
    features: NDArray[np.float64]
    """Shape (clips, features)."""
    seconds: NDArray[np.float64]
    """Voiced speech, shape (clips,); 0 where a clip couldn't be described and must be left out."""

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which clips could be described, shape (clips,)."""
        return self.seconds > 0


def listen(samples: NDArray[np.int16]) -> Description | None:
    """Describe one clip as the pipeline would."""
    tracker = PitchTracker()
    powers = BandPowers()
    powers.push(samples)
    return describe(powers.values(), [*tracker.push(samples), *tracker.flush()])


def hear(clips: Sequence[Clip], channel: Channel, *, seed: int) -> Heard:
    """Hear all clips through one channel. Raises: AudioError."""
    return _hear(clips, [channel] * len(clips), seed)


def hear_varied(clips: Sequence[Clip], *, seed: int) -> Heard:
    """Hear every speaker through a random channel of their own. Raises: AudioError."""
    return _hear(clips, [draw(_rng(seed, clip.speaker)) for clip in clips], seed)


def _hear(clips: Sequence[Clip], channels: Sequence[Channel], seed: int) -> Heard:
    described = [
        listen(through(channel, clip.samples, _rng(seed, clip.name)))
        for clip, channel in zip(clips, channels, strict=True)
    ]
    if not any(described):
        raise AudioError(f"none of {len(clips)} clips holds enough of a voice")
    names = tuple(next(d for d in described if d).features)
    unknown = [0.0] * len(names)
    return Heard(
        speakers=np.array([clip.speaker for clip in clips]),
        emotions=np.array([clip.emotion for clip in clips]),
        names=names,
        features=np.array([list(d.features.values()) if d else unknown for d in described]),
        seconds=np.array([d.speech_s if d else 0.0 for d in described]),
    )


def _rng(seed: int, name: str) -> np.random.Generator:
    """Make a generator that depends on nothing but its arguments: dropping a clip changes no other."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])
