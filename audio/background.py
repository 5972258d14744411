"""What is heard while nobody speaks: its floor and its ceiling.

All levels are of 250 to 4000 Hz, in decibels below full scale, one per 20 ms frame.

The floor is the lowest level of the last two seconds: no talker goes on for so long without a pause or the closure
of a consonant. That is the idea of minimum statistics (Martin, 2001, doi:10.1109/89.928915) on one wide band.

The ceiling is the level that one background frame in fifty passes. White noise has it 3 dB above its floor, music
15 dB, and a television in the next room reaches as high as its speaker. It is a quantile followed by unequal
steps (stochastic approximation, Robbins and Monro, 1951).

A session may begin in the middle of a word. What was heard so far is then no background, and its ceiling is a guess:
high, as music wants it, unless the levels fall as steeply as syllables end.

Whether it sounds like voices tells how far the voice detector can be believed: it is hardly ever wrong about noise,
and nearly always about music, babble and a television.
"""

from __future__ import annotations

from collections import deque
from math import inf

from audio.syllables import Syllables

BLOCK = 25
"""Frames, half a second: how often `Background.next_block` is due."""

_BLOCKS = 3
"""Blocks that the floor remembers besides the running one."""

_SMOOTHING = 0.5
"""Share of a fall that is believed at once: a dip of one frame is no pause."""

_STEADY_DB = 3.0
"""White noise in 20 ms frames: the ceiling is never nearer to the floor."""

_RESTLESS_DB = 14.0
"""How far above the floor music reaches: the ceiling to begin with."""

_SETTLING = 100
"""Frames of background, two seconds, until the ceiling is trusted."""

_RISE_DB, _FALL_DB = 1.0, 0.02
"""Per frame. They balance where 1 frame in 51 is above the ceiling."""

_SETTLING_FALL_DB = 0.12
"""Per frame: from restless to steady within `_SETTLING`."""

_HOLD = 50
"""Frames, one second: a ceiling that was passed so lately doesn't fall fast; a talker's pauses are shorter."""

_BESIDE = 150
"""Frames, three seconds: the same where somebody else was heard while the talker fell silent."""

_AT_REST_DB = 4.0
"""Above the floor: as far as steady noise wavers."""

_REST_MEMORY = 0.01
"""Share of a frame in the mean of frames at rest: two seconds."""

_REST_FIRST = 20
"""Frames that the first guess of that mean, `_RESTLESS`, counts for."""

_RESTLESS = 0.2
"""Share of frames at rest in music and babble (0.05 to 0.4 measured); in noise it is 0.8 to 1, and 0.3 to 0.6 while
somebody speaks in noise."""

_MOSTLY_RESTING = 0.5
"""From here on loud frames are events above a steady background and teach nothing about it."""

_STOPPED, _LEFT, _STIRRED = 35, 55, 3
"""Frames at rest, 0.7 s, until what was absorbed has stopped: music was turned off. 1.1 s if somebody else was heard
while the talker fell silent, for a television pauses. Each frame that isn't at rest takes three back."""

_FAR_DB = 24.0
"""From the floor to the ceiling: farther than music reaches that goes on."""

_ALWAYS_RESTING, _DB_PER_REST = 0.9, 22.0
"""A steady background's ceiling: `_STEADY_DB` where 9 frames in 10 rest, 9 dB more where every second does."""

_VOICE_MEMORY = 0.01
"""Share of a frame in the mean of frames that sound like a voice: two seconds."""

_VOICES_FROM, _VOICES_TO = 0.2, 0.4
"""That mean is 0.02 to 0.1 in noise, and 0.5 to 1 in music and babble."""

_RATHER_VOICES = 0.5
"""`Background.voicelike` from here on means voices."""

_KNOWN = 40
"""Frames, 0.8 s, until that mean says something."""

_SPOKEN, _BEGINNING = 2, 100
"""So many syllables in the first two seconds: the session began while somebody spoke."""

_SLACK_DB = 10.0
"""By so much the guess is then too high for steady noise."""

_RATHER_STEADY = 0.4
"""`Background.rest` of noise rather than of music or babble, somebody speaking above it."""


class Background:
    """Follows the background of one session."""

    def __init__(self) -> None:
        self.floor = inf
        self.ceiling = inf
        self.rest = _RESTLESS
        """Share of the frames of the last seconds that lay near the floor, 0 to 1."""
        self._smoothed = -inf
        self._low = inf
        self._lows: deque[float] = deque(maxlen=_BLOCKS)
        self._lowest_before = inf
        self._share = 1 / (_REST_FIRST + 1)
        self._guessed = True
        self._settling = _SETTLING
        self._held = 0
        self._resting = 0
        self._frames = 0
        self._syllables = Syllables(_SPOKEN, within=_BEGINNING)
        self._spoken = False
        self.known = False
        """Whether nobody spoke for long enough to tell what the background is like."""
        self.voicelike = 0.0
        """How far the background is voice to the detector: 0 where its word is good, 1 where it is worth nothing."""
        self._listened = 0
        self._voices = 0.0

    @property
    def doubtful(self) -> bool:
        """Whether the ceiling is still a guess, or was absorbed in doubt."""
        return self._settling > 0

    @property
    def among_voices(self) -> bool:
        """Whether a talker is known to be heard among voices, music or what else the detector takes for them."""
        return self.known and self.voicelike >= _RATHER_VOICES

    def slack(self, *, spoken_over: bool) -> float:
        """By how many decibels the ceiling may be guessed too high where somebody spoke from the beginning.

        Who speaks isn't known yet at the beginning; then, `spoken_over`, only where the background seems steady.
        """
        if not (self._guessed and self._spoken):
            return 0.0
        lower = self.rest > _RATHER_STEADY if spoken_over else self._frames < _BEGINNING
        return _SLACK_DB if lower else 0.0

    def follow(self, level: float) -> None:
        """Take every frame, speech or not: keep the floor below it and the ceiling above the floor."""
        smoothed = self._smoothed
        self._smoothed = smoothed = level if level > smoothed else smoothed + _SMOOTHING * (level - smoothed)
        if smoothed < self._low:
            self._low = smoothed
        self.floor = floor = min(self._low, self._lowest_before)
        at_rest = level < floor + _AT_REST_DB
        self._resting = self._resting + 1 if at_rest else max(0, self._resting - _STIRRED)
        self.rest += self._share * (at_rest - self.rest)
        if self._share > _REST_MEMORY:
            self._share /= 1 + self._share  # from 1/n to 1/(n + 1): a plain mean to begin with
        if self._guessed:
            self._begin(level)
            self.ceiling = min(self.ceiling, floor + _RESTLESS_DB, self._highest())
        if self.ceiling < floor + _STEADY_DB:
            self.ceiling = floor + _STEADY_DB

    def _begin(self, level: float) -> None:
        """Notice whether syllables were heard in the first two seconds."""
        self._frames += 1
        if self._frames < _BEGINNING and not self._spoken:
            self._syllables.hear(level)
            self._spoken = self._syllables.heard

    def _highest(self) -> float:
        """Where a ceiling above a background that mostly rests may stand at most."""
        if self.rest <= _MOSTLY_RESTING:
            return inf
        return self.floor + _STEADY_DB + _DB_PER_REST * max(0.0, _ALWAYS_RESTING - self.rest)

    def next_block(self) -> None:
        """Let the floor forget its oldest block."""
        self._lows.append(self._low)
        self._lowest_before = min(self._lows)
        self._low = self._smoothed

    def listen(self, voice: bool) -> None:
        """Take what the voice detector says of a frame in which no talker is known."""
        self._listened += 1
        self.known = self._listened >= _KNOWN
        self._voices += max(_VOICE_MEMORY, 1 / self._listened) * (voice - self._voices)
        self.voicelike = min(max((self._voices - _VOICES_FROM) / (_VOICES_TO - _VOICES_FROM), 0.0), 1.0)

    def hold(self) -> None:
        """Keep an absorbed ceiling from falling fast: what it was absorbed for goes on below it."""
        self._held = _BESIDE

    def learn(self, level: float) -> None:
        """Move the ceiling by a frame in which nobody speaks, one that was followed."""
        self._settling -= 1
        self._held -= 1
        self._guessed = self._guessed and self._settling >= 0
        if level > self.ceiling:
            self.ceiling = max(self.ceiling, min(self.ceiling + _RISE_DB, level, self._highest()))
            self._held = 0 if self._guessed else _HOLD
        else:
            fast = self._settling >= 0 and self._held <= 0
            self.ceiling -= _SETTLING_FALL_DB if fast else _FALL_DB
        stopped = self._resting >= (_STOPPED if self._held <= _HOLD else _LEFT)
        if stopped and self.ceiling > self.floor + _FAR_DB:
            self.ceiling = min(self.ceiling, self._highest())

    def absorb(self, level: float, *, doubtful: bool) -> None:
        """Take everything up to `level` for background; where doubtful, unlearn it soon unless it is heard again."""
        self.ceiling = max(self.ceiling, level)
        self._guessed = False
        self._settling = _SETTLING if doubtful else 0
