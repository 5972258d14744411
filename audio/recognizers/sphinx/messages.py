"""What the server's process and a worker process say to each other, pickled over a socket pair.

Every `Call` is answered by one `Answer` with its ticket; answers may overtake each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from audio.values import Recognition


@dataclass(frozen=True, slots=True)
class Mean:
    """A talker's cepstral mean, which the decoder subtracts: it stands for voice, microphone and room."""

    values: tuple[float, ...]
    """One per cepstrum."""
    frames: int
    """How many 10 ms frames it was averaged over."""


MEMORY = 1000
"""Frames: 10 s of speech describe a talker well, and a changed microphone is learnt within an utterance or two."""


def joined(old: Mean | None, new: Mean | None) -> Mean | None:
    """Average two means by their frames, of which the old one has `MEMORY` at most, so that the new one counts."""
    if old is None or new is None:
        return new or old
    weight = min(old.frames, MEMORY)
    frames = weight + new.frames
    pairs = zip(old.values, new.values, strict=True)
    return Mean(tuple((a * weight + b * new.frames) / frames for a, b in pairs), frames)


@dataclass(frozen=True, slots=True)
class Open:
    """Begin an utterance. Answered by None."""

    utterance: int
    mean: Mean | None
    """The talker's, where known from earlier utterances."""
    grammar: str | None
    """JSGF, or None for the language model."""
    alternatives: int


@dataclass(frozen=True, slots=True)
class Hear:
    """More audio of an utterance, int16 in the machine's byte order. Answered by its words so far, a string."""

    utterance: int
    pcm: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finish:
    """Decode the utterance so far with care. Answered by `Finished`."""

    utterance: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget an utterance. Answered by None."""

    utterance: int


@dataclass(frozen=True, slots=True)
class Check:
    """Which of these words are not in the dictionary? Answered by a tuple of them."""

    words: tuple[str, ...]


Request = Open | Hear | Finish | Drop | Check


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer to `Finish`."""

    recognition: Recognition
    mean: Mean | None
    """Over the whole utterance; None where it held no sound."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer to a request that PocketSphinx refused; its state of that utterance is gone."""

    message: str


@dataclass(frozen=True, slots=True)
class Call:
    """A request with a number to tell its answer by."""

    ticket: int
    request: Request


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to the call with this ticket."""

    ticket: int
    content: str | tuple[str, ...] | Finished | Failed | None
