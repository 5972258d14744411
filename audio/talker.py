"""Somebody who speaks, by the level of their frames: how loud, how lively, and whether it is still the same person.

All levels are of 250 to 4000 Hz, in decibels below full scale, one per 20 ms frame.
"""

from __future__ import annotations

from collections import deque

from audio.syllables import Syllables

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

_LIVELY_ENOUGH_DB, _LONGEST_NOTE = 3.0, 250
"""A talker who was so lively may hold a note for as long, up to 5 s, where nothing else sounds like a voice."""

_SYLLABLES, _WITHIN = 3, 200
"""Syllables in so many frames, four seconds: speech above babble or music 10 dB below it has 4 and more, music alone
2, babble alone 4 on average and sooner or later fewer."""

_UNLIKE, _LIKENESS = 0.3, 0.06
"""What a talker begins with, as in clean speech, and the share of a comparison, ten a second, in the mean: 1.7 s."""

_LOUD_DB = 15.0
"""As far below the peak it is the talker who is compared, not music that is heard in the pauses."""


class Talker:
    """Somebody who speaks: how loud, and how lively."""

    def __init__(self, level: float) -> None:
        self.peak = level
        self.loudest = level
        """Decibels; forgotten more slowly than the peak."""
        self._before: deque[float] = deque(maxlen=_EARLIER + 1)
        self._blocks = 0
        self._last = level
        self.liveliness = _LIVELY_DB
        """Mean change of level from frame to frame, decibels."""
        self._breath = 0
        self.likeness = _UNLIKE
        """Mean likeness of what is loud to what sounded 200 ms before, -1 to 1."""
        self._syllables = Syllables(_SYLLABLES, within=_WITHIN, presumed=True)

    def speak(self, level: float) -> None:
        """Take a frame that is this talker's."""
        self.peak = max(self.peak, level)
        self.loudest = max(self.loudest, level)

    def outdone(self, blocks: int) -> float | None:
        """Every block: the loudest of before, if what is heard now is too loud to be the same talker.

        Nobody is outdone before so many `blocks`.
        """
        self._blocks += 1
        self._before.append(self.loudest)
        before = self._before[0]
        if self._blocks < blocks or self.loudest - before < _LOUDER_DB:
            return None
        return before

    def hear(self, level: float) -> None:
        """Take any frame, this talker's or not."""
        self.peak -= _SINK_DB
        self.loudest -= _FORGET_DB
        self.liveliness += _SYLLABIC * (abs(level - self._last) - self.liveliness)
        self._last = level
        self._syllables.hear(level)
        if self.liveliness >= _LIVELY_ENOUGH_DB and self._breath < _LONGEST_NOTE:
            self._breath += 1

    @property
    def syllabic(self) -> bool:
        """Whether syllables were heard to end in the last seconds; somebody who was just found is believed."""
        return self._syllables.heard

    def compare(self, likeness: float, level: float) -> None:
        """Take how like a frame is to that of 200 ms before."""
        if level > self.peak - _LOUD_DB:
            self.likeness += _LIKENESS * (likeness - self.likeness)

    def held(self) -> bool:
        """Every frame without the ups and downs of syllables: whether there is breath left for a held note."""
        self._breath -= 1
        return self._breath >= 0
