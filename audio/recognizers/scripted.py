"""A recognizer without a model: its words are a pure function of the utterance's samples.

It hears real sound deterministically, so tests and capacity benchmarks can state what a session must hear, to the
sample, wherever a `Recognizer` is wanted. It has two ways:

- By burst (no `words`): each burst of sound is one word named for its loudness and length, `soft3` or `loud12`
  (tenths of a second, rounded down). 0.3 s of quiet tone, a pause and 1.25 s of loud tone are "soft3 loud12".
- By script (`words` given): each `samples_per_word` samples heard are the next word of the script, which starts
  over at its end. With ("one", "two") and 160 samples a word, 320 samples are "one two" and 480 "one two one", so
  a sample lost or heard twice changes the text.

How the audio is cut into calls never matters, and `finish` changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audio.recognizers.base import RecognizerInfo, RecognizerSettings
from audio.values import RATE, Recognition, Word

_FRAME = RATE // 100
"""Samples whose loudness is judged together: 10 ms, fine enough for a word's ends."""

_SOUND = 327.68
"""Root mean square from which a frame is sound: -40 dBFS, above room noise and below quiet speech."""

_LOUD = 3276.8
"""Root mean square from which a burst is loud: -20 dBFS."""

_GAP = 6
"""Silent frames that stay inside a burst: 60 ms, longer than the stop in a "t", shorter than a pause."""


class ScriptedEngine:
    """Makes scripted recognizers; there is nothing to load or share."""

    def __init__(self, words: Sequence[str] = (), *, samples_per_word: int = RATE // 2) -> None:
        self._words = tuple(words)
        self._samples_per_word = samples_per_word

    @property
    def info(self) -> RecognizerInfo:
        """A demo by nature: nobody should take its words for speech."""
        note = "The scripted recognizer names bursts of sound; it knows no speech. It is made for tests."
        return RecognizerInfo(engine="scripted", model="none", language="und", demo=True, note=note)

    @property
    def elsewhere(self) -> bool:
        """There is hardly any work."""
        return False

    def recognizer(self, settings: RecognizerSettings) -> ScriptedRecognizer:
        """Make a session's recognizer."""
        return ScriptedRecognizer(settings, words=self._words, samples_per_word=self._samples_per_word)

    def close(self) -> None:
        """Nothing to free."""


class ScriptedRecognizer:
    """Names what it hears; see the head of this file."""

    def __init__(
        self, settings: RecognizerSettings, *, words: tuple[str, ...], samples_per_word: int
    ) -> None:
        self._script = words
        self._step = samples_per_word
        self._phrases = bool(settings.phrases)
        self.reset()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Phrases can't help one who knows no speech."""
        return ("the scripted recognizer ignores phrases",) if self._phrases else ()

    @property
    def heard(self) -> int:
        """Samples heard of this utterance."""
        return self._heard

    def accept(self, pcm: NDArray[np.int16]) -> str:
        """Hear more; a word appears when it is over, never before."""
        self._heard += len(pcm)
        if not self._script:
            self._listen(pcm)
        return " ".join(word.text for word in self._spoken())

    def finish(self) -> Recognition:
        """Return the words so far, an open burst among them."""
        words = self._spoken()
        if not self._script and self._burst:
            words.append(self._name(self._burst))
        return Recognition(text=" ".join(word.text for word in words), words=tuple(words))

    def reset(self) -> None:
        """Begin a new utterance."""
        self._heard = 0
        self._rest = np.zeros(0, np.int16)
        self._frames = 0
        self._burst: list[tuple[int, float]] = []
        self._bursts: list[Word] = []

    def close(self) -> None:
        """Nothing to give back."""

    def _spoken(self) -> list[Word]:
        if not self._script:
            return list(self._bursts)
        edges = range(0, self._heard + 1, self._step)
        names = (self._script[number % len(self._script)] for number in range(len(edges) - 1))
        return [
            Word(name, start, end, 1.0) for name, (start, end) in zip(names, pairwise(edges), strict=True)
        ]

    def _listen(self, pcm: NDArray[np.int16]) -> None:
        """Sort whole frames into bursts; what doesn't fill a frame waits for the next call."""
        pcm = np.concatenate([self._rest, pcm])
        count = len(pcm) // _FRAME
        frames, self._rest = pcm[: count * _FRAME].reshape(count, _FRAME), pcm[count * _FRAME :]
        power = np.mean(np.square(frames.astype(np.float64)), axis=1)
        for index in np.flatnonzero(power >= _SOUND**2):
            self._sound(self._frames + int(index), float(power[index]))
        self._frames += count
        if self._burst and self._frames - self._burst[-1][0] > _GAP + 1:
            self._close_burst()

    def _sound(self, frame: int, power: float) -> None:
        if self._burst and frame - self._burst[-1][0] > _GAP + 1:
            self._close_burst()
        self._burst.append((frame, power))

    def _close_burst(self) -> None:
        self._bursts.append(self._name(self._burst))
        self._burst = []

    def _name(self, burst: list[tuple[int, float]]) -> Word:
        """Name a burst given as (frame, power) of its sounding frames."""
        start, end = burst[0][0] * _FRAME, (burst[-1][0] + 1) * _FRAME
        loud = np.mean([power for _, power in burst]) >= _LOUD**2
        return Word(f"{'loud' if loud else 'soft'}{(end - start) * 10 // RATE}", start, end, 1.0)
