"""Where utterances begin and end: counts frames, hears nothing.

Two small rules make it deaf to clicks without making it slow:

* An utterance opens when `_OPENING` of the last `_WINDOW` frames are speech clear enough to open one.
* Speech counts as going on when `_GOING_ON` of the last `_WINDOW` frames are speech of any kind. Fewer are a
  click or a creak: they don't restart the silence, so a one-second silence with a click in it is still one.

The silence is counted from the last frame of speech that was going on, so it ends when it should, not late by
the rule's own window.

    speech    1 1 1 1 1 1 0 0 1 0 0 0 ... 0 0 0 ... 0
    mark            O                      P        C
    silent    0 0 0 0 0 0 1 2 3 4 5 6 ... hangover  silence
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto

from audio.values import VadFrame

_WINDOW = 5
"""Frames, 100 ms: shorter than the shortest word, longer than a key click."""

_OPENING = 4
"""Of `_WINDOW`, clear speech: 80 ms, the shortest "no" in fluent speech."""

_GOING_ON = 3
"""Of `_WINDOW`, speech of any kind: less evidence is needed to go on than to begin."""

_BREATH = 3
"""Frames without speech that end the look back for the onset: 60 ms, the closure of a stop consonant."""


class Mark(Enum):
    """What a frame changed."""

    NONE = auto()
    OPENED = auto()
    """An utterance begins; `Endpointer.onset` tells how long ago."""
    PAUSED = auto()
    """Silence has lasted the hangover: the recognizer gets no more, the final is prepared."""
    RESUMED = auto()
    """Speech again after PAUSED: what was held back is fed."""
    CLOSED = auto()
    """Silence has lasted: the utterance ended."""


class Endpointer:
    """Turns verdicts on frames into utterances. Silence closes here; the maximum length is the pipeline's."""

    REACH = 25
    """Largest `onset` in frames: what the pipeline must remember besides its pre-roll."""

    def __init__(self, *, silence: int, hangover: int) -> None:
        """Close an utterance after `silence` frames without speech, pause it after `hangover` frames.

        A hangover as long as the silence is cut below it, so that PAUSED always comes before CLOSED.
        Raises: ValueError where a count is too small to mean anything (silence 2, hangover 1).
        """
        if silence < 2 or hangover < 1:
            raise ValueError(f"silence {silence} and hangover {hangover}; need at least 2 and 1 frames")
        self.open = False
        self.silent = 0
        self.onset = 0
        self._silence = silence
        self._hangover = min(hangover, silence - 1)
        self._recent: deque[VadFrame] = deque(maxlen=self.REACH)

    def push(self, frame: VadFrame) -> Mark:
        """Take the next frame and tell what it changed."""
        self._recent.append(frame)
        return self._listen(frame) if self.open else self._await(frame)

    def close(self) -> None:
        """End the utterance from outside and forget its frames: only speech still to come opens the next."""
        self.open = False
        self.silent = 0
        self._recent.clear()

    def _await(self, frame: VadFrame) -> Mark:
        window = list(self._recent)[-_WINDOW:]
        if not frame.speech or sum(f.speech and not f.faint for f in window) < _OPENING:
            return Mark.NONE
        self.open = True
        self.silent = 0
        self.onset = self._look_back()
        return Mark.OPENED

    def _look_back(self) -> int:
        """Count frames back to where the speech began, over faint ones and gaps shorter than a breath."""
        onset = 0
        for age, frame in enumerate(reversed(self._recent), start=1):
            if frame.speech:
                onset = age
            elif age - onset >= _BREATH:
                break
        return onset

    def _listen(self, frame: VadFrame) -> Mark:
        window = list(self._recent)[-_WINDOW:]
        if frame.speech and sum(f.speech for f in window) >= _GOING_ON:
            paused = self.silent >= self._hangover
            self.silent = 0
            return Mark.RESUMED if paused else Mark.NONE
        self.silent += 1
        if self.silent >= self._silence:
            self.close()
            return Mark.CLOSED
        return Mark.PAUSED if self.silent == self._hangover else Mark.NONE
