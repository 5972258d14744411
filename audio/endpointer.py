"""Where utterances begin and end: counts frames, hears nothing.

An utterance opens when enough evidence of speech has come together, and closes when silence has lasted. Two rules
make it deaf to clicks without making it slow:

* A clear frame counts for an opening, a faint one after it counts half, a frame without speech against it.
* Once open, speech goes on where three of the last five frames are speech of any kind. Fewer are a click or a
  creak and don't start the silence again, so a second of silence with a click in it is still one.

The silence is counted from the last frame of speech, so it ends on time, not late by the rule's window.

    speech    1 1 1 1 1 1 0 0 1 0 0 0 ... 0 0 0 ... 0
    mark            O                       P        C
    silent    0 0 0 0 0 0 1 2 3 4 5 6 ... hangover  silence
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from itertools import takewhile

from audio.values import VadFrame

_ENOUGH = 7
"""Evidence to open: four clear frames, 80 ms, the shortest "no" in fluent speech."""

_CLEAR, _FAINT = 2, 1
"""What a frame adds to the evidence, a faint one only to evidence that is there; a miss takes as much as a clear
one adds."""

_WINDOW, _GOING_ON = 0b11111, 3
"""Five frames, 100 ms, shorter than any word; of these so many are speech while it goes on."""

_BREATH = 6
"""Frames without speech, 120 ms, that end the look back for the onset: longer than a stop consonant is closed."""

_HIDDEN = 8
"""Frames, 160 ms: a breath or an unvoiced consonant that may stand before the first frame of speech."""

_AUDIBLE_DB, _AUDIBLE_DBFS = 42.0, -64.0
"""It is no fainter than this below the loudest frame so far, and in itself."""


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
    """Turns verdicts on frames into utterances. Only silence closes one here."""

    REACH = 25
    """The largest `onset`, in frames: what a caller must remember besides its own pre-roll."""

    def __init__(self, *, silence: int, hangover: int) -> None:
        """Close an utterance after `silence` frames without speech, pause it after `hangover` frames.

        A hangover as long as the silence is cut below it, so that PAUSED always comes before CLOSED.
        Raises: ValueError where a count is too small to mean anything (silence below 2, hangover below 1).
        """
        self.open = False
        self.silent = 0
        """Frames since the last speech of the open utterance; 0 while speaking or when none is open."""
        self.onset = 0
        """After OPENED: how many frames ago the speech began, the newest frame included."""
        self._recent: deque[VadFrame] = deque(maxlen=self.REACH)
        self._evidence = 0
        self._speech = 0
        self.tune(silence=silence, hangover=hangover)

    def tune(self, *, silence: int, hangover: int) -> None:
        """Close after another silence from now on; the hangover of an open utterance stays what it was.

        Raises: ValueError, see `__init__`.
        """
        if silence < 2 or hangover < 1:
            raise ValueError(f"silence {silence} and hangover {hangover}; need at least 2 and 1 frames")
        self._silence = silence
        self._next_hangover = min(hangover, silence - 1)
        if not self.open:
            self._hangover = self._next_hangover

    def push(self, frame: VadFrame) -> Mark:
        """Take the next frame and tell what it changed."""
        self._recent.append(frame)
        return self._listen(frame) if self.open else self._await(frame)

    def close(self) -> None:
        """End the utterance from outside and forget its frames: only what is still to come opens the next."""
        self.open = False
        self.silent = 0
        self._hangover = self._next_hangover
        self._evidence = 0
        self._recent.clear()

    def _await(self, frame: VadFrame) -> Mark:
        self._weigh(frame)
        if self._evidence < _ENOUGH:
            return Mark.NONE
        self.open = True
        self._speech = _WINDOW
        self.onset = self._look_back()
        return Mark.OPENED

    def _weigh(self, frame: VadFrame) -> None:
        if not frame.speech:
            self._evidence = max(self._evidence - _CLEAR, 0)
        elif not frame.faint:
            self._evidence += _CLEAR
        elif self._evidence:
            self._evidence += _FAINT

    def _look_back(self) -> int:
        """Count frames back to where the speech began, over gaps shorter than a breath, and what led into it."""
        recent = list(reversed(self._recent))
        heard = 0
        for age, frame in enumerate(recent):
            if frame.speech:
                heard = age + 1
            elif age - heard >= _BREATH - 1:
                break
        before = recent[heard : heard + _HIDDEN]
        faintest = max(max(frame.level_dbfs for frame in recent) - _AUDIBLE_DB, _AUDIBLE_DBFS)
        return heard + len(list(takewhile(lambda frame: frame.level_dbfs > faintest, before)))

    def _listen(self, frame: VadFrame) -> Mark:
        self._speech = (self._speech << 1 | frame.speech) & _WINDOW
        if frame.speech and self._speech.bit_count() >= _GOING_ON:
            resumed = self.silent >= self._hangover
            self.silent = 0
            return Mark.RESUMED if resumed else Mark.NONE
        self.silent += 1
        if self.silent >= self._silence:
            self.close()
            return Mark.CLOSED
        return Mark.PAUSED if self.silent == self._hangover else Mark.NONE
