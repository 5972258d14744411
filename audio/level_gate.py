"""Tells the talker from whatever else is heard: webrtcvad alone hears speech for ever in music or babble.

Levels are those of `background`. To begin, a talker must stand out above the background's ceiling. To go on, it is
enough to stay within reach of the talker's peak: in a quiet room 28 dB below it, above a loud background down to
its ceiling, and never nearer to the peak than 8 dB, because one talker's syllables differ by that much. The peak
sinks slowly, so that somebody may walk away.

Two mistakes mend themselves. What sounds on without the ups and downs of syllables was music. And when a talker
rises far above what was heard before, what was heard before was somebody else. Both become background.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from audio.background import BLOCK, Background

_LOWEST_DB = -80.0
"""Digital silence and everything below a good microphone's own noise count as this."""

_MARGIN_DB = 2.0
"""Speech is this far above the background's ceiling."""

_CLEAR_DB = 5.0
"""Speech that may open an utterance is this far above the gate."""

_REACH_DB = 28.0
"""The softest speech below the peak: word ends, unstressed syllables."""

_SYLLABLES_DB = 8.0
"""The gate is never nearer to the peak: the loudest frames of one talker's syllables differ by this."""

_BELOW_CEILING_DB = 3.0
"""How far a sinking peak may take the gate down into the background."""

_SINK_DB, _FORGET_DB = 0.045, 0.02
"""Per frame: the peak follows somebody who walks away (2 dB/s); the loudest is remembered longer (1 dB/s)."""

_LOUDER_DB = 6.0
"""A rise beyond what stress does within one talker."""

_EARLIER = 3
"""Blocks: "before" is 1.5 s ago or more, longer than a phrase stays soft."""

_SYLLABIC = 0.012
"""Share of a frame in the mean change of level: 1.7 s, several syllables."""

_LIVELY_DB = 5.0
"""Mean change from frame to frame in clean speech (4 to 7 dB measured): what a talker begins with."""

_MUSICAL_DB = 2.2
"""Mean change in music: 0.6 to 2.3 dB measured."""

_MUSICAL_IN_NOISE_DB = 1.2
"""The same above steady noise, which flattens speech to 1.8 dB and is itself at 0.8."""

_STEADY_REST = 0.35
"""`Background.rest` beyond which the background counts as steady noise."""

_RUN = 4
"""Hits in a row, 80 ms, that make a talker; a miss takes one back."""

_INSISTENT, _WEARY = 12.0, 0.1
"""While the background is in doubt, a talker may be barely above what it is taken for: so many hits, less a tenth of
the misses, make a talker too. Music passes its ceiling in one frame of fifty and gets nowhere."""

_LONGEST_RUN = 6
"""More hits add no certainty."""

_PAUSE, _LONG_PAUSE = 8, 25
"""Frames without a hit until what is heard counts as background: with no talker 160 ms, to spare onsets; with one
half a second, to spare soft speech."""

_GONE = 50
"""Frames without a hit until the talker is forgotten: one second."""

_TAIL, _TAIL_DB = 6, 4.0
"""A word's end falls by 4 dB per frame; where the gate cuts it off, up to 120 ms are given back."""


class Verdict(NamedTuple):
    """How a frame stands to the talker; the two fields are those of `VadFrame`."""

    speech: bool
    faint: bool


NOTHING = Verdict(speech=False, faint=False)
FAINT = Verdict(speech=True, faint=True)
"""The talker, if an utterance is going on."""
CLEAR = Verdict(speech=True, faint=False)
"""The talker, loud enough to begin."""


class LevelGate:
    """Follows one session's talker and background, frame by frame."""

    def __init__(self) -> None:
        self._background = Background()
        self._talker: _Talker | None = None
        self._frames = 0
        self._run = 0
        self._misses = 0
        self._tail = 0
        self._insistence = 0.0

    def push(self, level_db: float, voice: bool) -> Verdict:
        """Judge the next frame by its level in the band and by whether a voice detector takes it for voice."""
        level = max(level_db, _LOWEST_DB)
        self._background.follow(level)
        self._frames += 1
        if self._frames % BLOCK == 0:
            self._look_back()
        gate = self._gate(level)
        return self._hit(level, gate) if voice and level > gate else self._miss(level)

    def _look_back(self) -> None:
        """Every block: let the floor forget, and notice when somebody else has begun to speak."""
        self._background.next_block()
        if self._talker:
            before = self._talker.outdone()
            if before is not None:
                self._background.absorb(before, doubtful=True)

    def _gate(self, level: float) -> float:
        background, talker = self._background, self._talker
        if talker and talker.musical(level, steady=background.rest > _STEADY_REST):
            background.absorb(talker.peak, doubtful=False)
            self._talker = talker = None
        threshold = background.ceiling + _MARGIN_DB
        if not talker:
            return threshold
        softest = max(threshold, talker.peak - _REACH_DB)
        return max(min(softest, talker.peak - _SYLLABLES_DB), background.ceiling - _BELOW_CEILING_DB)

    def _hit(self, level: float, gate: float) -> Verdict:
        clear = level > gate + _CLEAR_DB
        self._misses = 0
        self._run = min(self._run + 1, _LONGEST_RUN)
        if self._talker:
            self._talker.speak(level)
        else:
            clear = clear or self._insistent()
            if clear and self._run >= _RUN:
                self._talker = _Talker(level)
                self._insistence = 0.0
        if self._talker and self._run >= _RUN:
            cut_off = _REACH_DB - (self._talker.peak - gate)
            self._tail = min(max(round(cut_off / _TAIL_DB), 0), _TAIL)
        return CLEAR if clear else FAINT

    def _insistent(self) -> bool:
        if not self._background.doubtful:
            return False
        self._insistence += 1
        return self._insistence >= _INSISTENT

    def _miss(self, level: float) -> Verdict:
        self._misses += 1
        self._run = max(self._run - 1, 0)
        self._insistence = max(self._insistence - _WEARY, 0.0)
        if self._misses > _GONE:
            self._talker = None
        if self._talker and self._misses <= self._tail:
            return FAINT
        self._tail = 0
        if self._misses > (_LONG_PAUSE if self._talker else _PAUSE):
            self._background.learn(level)
        return NOTHING


class _Talker:
    """Somebody who speaks: how loud, and how lively."""

    def __init__(self, level: float) -> None:
        self.peak = level
        self._loudest = level
        self._before: deque[float] = deque(maxlen=_EARLIER + 1)
        self._last = level
        self._liveliness = _LIVELY_DB

    def speak(self, level: float) -> None:
        """Take a frame that is this talker's."""
        self.peak = max(self.peak, level)
        self._loudest = max(self._loudest, level)

    def outdone(self) -> float | None:
        """Every block: the loudest of before, if what is heard now is too loud to be the same talker."""
        self._before.append(self._loudest)
        before = self._before[0]
        if len(self._before) <= _EARLIER or self._loudest - before < _LOUDER_DB:
            return None
        return before

    def musical(self, level: float, *, steady: bool) -> bool:
        """Take any frame and tell whether the levels have stopped going up and down as syllables do."""
        self.peak -= _SINK_DB
        self._loudest -= _FORGET_DB
        self._liveliness += _SYLLABIC * (abs(level - self._last) - self._liveliness)
        self._last = level
        return self._liveliness < (_MUSICAL_IN_NOISE_DB if steady else _MUSICAL_DB)
