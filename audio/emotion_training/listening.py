"""Clips to features, by the very code that hears live sessions."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audio.emotion_bands import BandPowers
from audio.emotion_features import Description, describe
from audio.emotion_training.channels import Channel, draw, through
from audio.emotion_training.corpus import Clip
from audio.emotion_training.unheard import Damage, damaged
from audio.errors import AudioError
from audio.pitch import PitchTracker
from audio.values import RATE

FOLLOWED_BY = (0, 0, 1, 2)
"""How many more clips make one utterance, drawn evenly: 2, 4 or 6 s, as people speak to machines."""

PAUSE_S = (0.05, 0.6)
"""Between them; longer ones would end the utterance."""

TRANSPOSED_ST = 12.0
"""Semitones up or down at most: more than lies between men and women, so that where a stranger's voice lies says
next to nothing."""

PLACES = {"pitch_mean", "pitch_median", "pitch_low", "pitch_high"}
"""The features that say where a voice lies, all in semitones."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The corpus through one channel per speaker."""

    speakers: NDArray[np.str_]
    """Shape (clips,)."""
    emotions: NDArray[np.str_]
    """Shape (clips,)."""
    texts: NDArray[np.str_]
    """Of the sentences, shape (clips,)."""
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
    return _described(clips, (through(channel, clip.samples, _rng(seed, clip.name)) for clip in clips))


def hear_damaged(clips: Sequence[Clip], damage: Damage, *, seed: int) -> Heard:
    """Hear all clips through a damage that training doesn't know. Raises: AudioError."""
    heard = (damaged(clip.samples, damage, _rng(seed, clip.speaker), _rng(seed, clip.name)) for clip in clips)
    return _described(clips, heard)


def hear_varied(clips: Sequence[Clip], *, seed: int) -> Heard:
    """Hear every speaker through a random channel of their own, utterances of any length. Raises: AudioError."""
    alike: dict[tuple[str, str, str], list[Clip]] = {}
    for clip in clips:
        alike.setdefault((clip.speaker, clip.emotion, clip.half), []).append(clip)

    def heard(clip: Clip) -> NDArray[np.int16]:
        rng = _rng(seed, clip.name)
        samples = _continued(clip, alike[clip.speaker, clip.emotion, clip.half], rng)
        return through(draw(_rng(seed, clip.speaker)), samples, rng)

    return _described(clips, map(heard, clips))


def transposed(heard: Heard, most_st: float, rng: np.random.Generator) -> Heard:
    """Move every speaker's pitch by an interval of their own, `most_st` semitones up or down at most.

    A stranger's high voice is an excited one or a woman's, and ten actors can't teach which. What is to count is how
    a talker moves, and how far from the usual place.
    """
    speakers, which = np.unique(heard.speakers, return_inverse=True)
    shift = rng.uniform(-most_st, most_st, len(speakers))[which]
    moved = np.array([name in PLACES for name in heard.names])
    return replace(heard, features=heard.features + shift[:, None] * moved)


def _continued(clip: Clip, alike: Sequence[Clip], rng: np.random.Generator) -> NDArray[np.int16]:
    """Let none, one or two clips of the same speaker, mood and half of the sentences follow, after pauses.

    EmoDB's sentences have no pauses, and those of live sessions do: without this, every long utterance is unusual.
    """
    others = [other for other in alike if other is not clip]
    count = min(rng.choice(FOLLOWED_BY), len(others))
    parts = [clip.samples]
    for place in rng.permutation(len(others))[:count]:
        parts += [np.zeros(int(rng.uniform(*PAUSE_S) * RATE), np.int16), others[place].samples]
    return np.concatenate(parts)


def _described(clips: Sequence[Clip], heard: Iterable[NDArray[np.int16]]) -> Heard:
    described = [listen(samples) for samples in heard]
    if not any(described):
        raise AudioError(f"none of {len(clips)} clips holds enough of a voice")
    names = tuple(next(d for d in described if d).features)
    unknown = [0.0] * len(names)
    return Heard(
        speakers=np.array([clip.speaker for clip in clips]),
        emotions=np.array([clip.emotion for clip in clips]),
        texts=np.array([clip.text for clip in clips]),
        names=names,
        features=np.array([list(d.features.values()) if d else unknown for d in described]),
        seconds=np.array([d.speech_s if d else 0.0 for d in described]),
    )


def _rng(seed: int, name: str) -> np.random.Generator:
    """Make a generator that depends on nothing but its arguments: dropping a clip changes no other's noise."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])
