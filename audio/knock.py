"""Tells a knock from a voice by how it begins: sudden, loudest at once, and dying away from then on.

Keys, dishes, doors and clapping hands are voices to a voice detector, and far above any background. But a word rises
for some frames, or stays about as loud as it began. So of a sudden sound only the frames near its loudest count,
until it grows once more: struck things never do. In a room that echoes for long, a knock stays loud like a word.

All levels are of 250 to 4000 Hz, in decibels below full scale, one per 20 ms frame.
"""

from __future__ import annotations

from math import inf

_SUDDEN_DB = 12.0
"""A rise from frame to frame: voices seldom begin so steeply, plosives do."""

_STRUCK = 2
"""Frames from the rise to the loudest: a knock may lie across two frames."""

_NEAR_DB = 6.0
"""As far below the loudest as a vowel wavers; what was struck is past it within three frames, 60 ms."""

_FADE_DB = 0.5
"""Per frame: how fast the loudest is forgotten. A vowel that only stays as loud has outgrown it soon; what rings as
slowly, 25 dB/s, is music or speech in a church."""

_APART = 8
"""Frames without a sound that counts, 160 ms: what comes then is another sound."""


class Knock:
    """Follows what is heard while nobody is known to speak."""

    def __init__(self) -> None:
        self._last = inf
        self._age = _STRUCK  # what sounds when hearing begins may have begun long before
        self._loudest = -inf
        self._grown = False
        self._quiet = 0

    def counts(self, level: float, voice: bool) -> bool:
        """Take every frame in order; tell whether this one may be somebody who begins to speak.

        `voice` says whether it stands out and sounds like a voice at all.
        """
        self._age = 0 if level - self._last > _SUDDEN_DB else self._age + 1
        self._last = level
        self._loudest -= _FADE_DB
        if voice and self._goes_on(level):
            self._quiet = 0
            return True
        self._quiet += 1
        if self._quiet > _APART:
            self._loudest = -inf
            self._grown = False
        return False

    def _goes_on(self, level: float) -> bool:
        if level >= self._loudest:
            self._loudest = level
            self._grown = self._grown or self._age >= _STRUCK
        return self._grown or level > self._loudest - _NEAR_DB
