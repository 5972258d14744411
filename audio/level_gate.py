"""Tells the talker from the background by level: webrtcvad alone hears speech for ever in music or babble.

Two trackers follow the level between 250 and 4000 Hz, where voices stand out most from hum and hiss: the floor
(what is left when nobody speaks) and the peak (how loud the talker is). The line between them, nearer to the
floor, is what a frame must pass to be the talker's.
"""

from __future__ import annotations

from typing import NamedTuple

_RISE_DB = 0.06
"""Per frame, 3 dB/s: as fast as a talker walks away or a fan starts."""

_SHARE = 0.4
"""Where between floor and peak the gate stands."""

_DROP_DB = (10.0, 26.0)
"""Nearest and furthest that the gate stands below the peak: vowels vary by 10 dB, soft ends are 26 below."""

_STEP_DB = 3.0
"""How much higher the gate stands for opening an utterance than for keeping it open."""

_ABOVE_FLOOR_DB = 6.0
"""Steady noise wavers by this much from frame to frame."""


class Verdict(NamedTuple):
    """What the gate says of one frame."""

    speech: bool
    faint: bool


class LevelGate:
    """Follows one session's background and talker."""

    def __init__(self) -> None:
        self._floor = -60.0
        self._peak = -60.0

    def push(self, level_db: float, voice: bool) -> Verdict:
        """Judge a frame of this band level that a voice detector takes for voice or not."""
        self._floor = min(self._floor + _RISE_DB, level_db)
        self._peak = max(self._peak - _RISE_DB, level_db) if voice else self._peak
        gate = self._floor + _SHARE * (self._peak - self._floor)
        gate = min(max(gate, self._peak - _DROP_DB[1]), self._peak - _DROP_DB[0])
        gate = max(gate, self._floor + _ABOVE_FLOOR_DB)
        speech = voice and level_db > gate
        return Verdict(speech, speech and level_db < gate + _STEP_DB)
