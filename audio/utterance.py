"""The open utterance: it decides what the recognizer and the voice annotation get to hear, and when.

Frames wait here until a block is full, and for longer in two cases: in a pause, because silence costs
recognizer time and is only worth it if the talker goes on; and in the last second before the maximum length,
because the cut will fall on the quietest frame of that second and what follows belongs to the next utterance.
What waits is fed when speech resumes, so the audio of an utterance is always contiguous, and times are simply
counted from its first sample. Blocks are counted from there too: how the client cut its messages can't matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audio.recognizers.base import Recognizer
from audio.values import FRAME, Final, PitchFrame, Reason, Recognition, VoiceSummary, Word
from audio.voice import Voice

BLOCK = 5
"""Frames fed at a time: 100 ms. Shorter costs calls (and, for a worker process, hops), longer delays partials."""

UNSEEN = 10
"""Blocks put together for the voice where nobody watches it live: a second at once costs half as much as 100 ms at a
time, and a second is what warnings go by."""

CUT_WINDOW = 50
"""Frames before the maximum length in which the quietest one is looked for: 1 s holds a gap between words."""

Frame = NDArray[np.int16]


class Utterance:
    """One stretch of speech, from its pre-roll on."""

    def __init__(
        self,
        number: int,
        start: int,
        recognizer: Recognizer,
        voice: Voice,
        *,
        longest: int,
        keep_audio: bool,
        watched: bool,
    ) -> None:
        """`longest` is in frames; `watched` says whether the pitch is told live."""
        self.number = number
        self.start = start
        """Samples on the session's clock."""
        self.text = ""
        """All words so far."""
        self.paused = False
        self.pitch: list[PitchFrame] = []
        """Finished since `take_pitch`, where it is told live."""
        self._recognizer = recognizer
        self._voice = voice
        self._longest = longest
        self._keep = keep_audio
        self._watched = watched
        self._together = BLOCK * FRAME * (1 if watched else UNSEEN)
        self._unseen: list[Frame] = []
        self._waiting: list[Frame] = []
        self._levels: list[float] = []
        self._kept: list[Frame] = []
        self._fed = 0
        self._prepared: tuple[Recognition, VoiceSummary] | None = None

    @property
    def frames(self) -> int:
        """How long the utterance is, waiting frames included."""
        return self._fed // FRAME + len(self._waiting)

    @property
    def full(self) -> bool:
        """Whether the maximum length is reached and `split` is due."""
        return self.frames >= self._longest

    @property
    def end(self) -> int:
        """Samples on the session's clock: the end of what was fed."""
        return self.start + self._fed

    def push(self, frame: Frame, level_dbfs: float) -> None:
        """Hear one more frame."""
        self._waiting.append(frame)
        self._levels.append(level_dbfs)
        if len(self._waiting) >= BLOCK and not self.paused and self.frames <= self._longest - CUT_WINDOW:
            self._feed(len(self._waiting))

    def pause(self) -> None:
        """The talker fell silent: hold back what follows."""
        self._feed(len(self._waiting))
        self.paused = True

    def prepare(self) -> None:
        """Have the final ready, for the case that the talker stays silent."""
        self._hear_voice()
        self._prepared = self._recognizer.finish(), self._voice.summary()

    def resume(self) -> None:
        """The talker goes on: what was prepared is void, what waited will be heard."""
        self.paused = False
        self._prepared = None

    def take_pitch(self) -> list[PitchFrame]:
        """Hand over the pitch frames that came since the last call, times on the session's clock."""
        frames, self.pitch = self.pitch, []
        return [replace(frame, at=frame.at + self.start) for frame in frames]

    def finish(self, reason: Reason) -> Final:
        """End the utterance; what waits in a pause is silence and isn't heard."""
        if not self.paused:
            self._feed(len(self._waiting))
        self._hear_voice()
        if self._prepared:
            recognition, summary = self._prepared
            self._voice.reset()
        else:
            recognition, summary = self._recognizer.finish(), self._voice.finish()
        self._recognizer.reset()
        return self._final(recognition, summary, reason)

    def split(self) -> tuple[Final, list[tuple[Frame, float]]]:
        """End a full utterance at the quietest frame of its last second; return what follows on with its levels."""
        first = max(0, len(self._waiting) - CUT_WINDOW)
        cut = first + int(np.argmin(self._levels[first:]))
        rest = list(zip(self._waiting[cut:], self._levels[cut:], strict=True))
        del self._waiting[cut:], self._levels[cut:]
        self.resume()
        return self.finish(Reason.MAX_LENGTH), rest

    def _feed(self, count: int) -> None:
        if not count:
            return
        pcm = np.concatenate(self._waiting[:count])
        del self._waiting[:count], self._levels[:count]
        self._fed += len(pcm)
        if self._keep:
            self._kept.append(pcm)
        self.text = self._recognizer.accept(pcm)
        self._unseen.append(pcm)
        if sum(map(len, self._unseen)) >= self._together:
            self._hear_voice()

    def _hear_voice(self) -> None:
        if self._unseen:
            pitch = self._voice.push(np.concatenate(self._unseen))
            if self._watched:
                self.pitch += pitch
            self._unseen = []

    def _final(self, recognition: Recognition, summary: VoiceSummary, reason: Reason) -> Final:
        return Final(
            utterance=self.number,
            text=recognition.text,
            start=self.start,
            end=self.end,
            reason=reason,
            confidence=mean_confidence(recognition.words),
            words=self._on_clock(recognition.words),
            alternatives=tuple(replace(a, words=self._on_clock(a.words)) for a in recognition.alternatives),
            voice=summary,
            audio=np.concatenate(self._kept).tobytes() if self._kept else None,
        )

    def _on_clock(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """Word times of a recognizer are rounded to its own frames: keep them inside the utterance."""
        return tuple(
            replace(
                word, start=min(self.start + word.start, self.end), end=min(self.start + word.end, self.end)
            )
            for word in words
        )


def mean_confidence(words: Sequence[Word]) -> float | None:
    """Average the confidences that there are."""
    known = [word.confidence for word in words if word.confidence is not None]
    return sum(known) / len(known) if known else None
