"""Tells the talker from whatever else is heard: webrtcvad alone hears speech for ever in music or babble.

Levels are those of `background`. To begin, a talker must stand out above the background's ceiling. To go on, it is
enough to stay within reach of the talker's peak: in a quiet room 28 dB below it, above a loud background down to
its ceiling, and never nearer to the peak than 9 dB, because one talker's syllables differ by that much. Where the
background itself sounds like voices, it takes some decibels more than its ceiling. The peak sinks slowly, so that
somebody may walk away.

Two mistakes mend themselves. What sounds on without the ups and downs of syllables, or with few of them while its
notes ring, was music, unless it is the held note of somebody who talked for as long; above music or babble, so was what
hardly ever falls as steeply as syllables end. And when a talker rises far above what was heard before, what was heard
before was somebody else. Both become background.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from audio.background import BLOCK, Background
from audio.knock import Knock
from audio.syllables import Syllables
from audio.talker import Talker

_LOWEST_DB = -80.0
"""Digital silence and everything below a good microphone's own noise count as this."""

_MARGIN_DB = 2.0
"""Speech is this far above the background's ceiling."""

_CLEAR_DB = 5.0
"""Speech that may open an utterance is this far above the gate."""

_REACH_DB = 28.0
"""The softest speech below the peak: word ends, unstressed syllables."""

_SYLLABLES_DB = 9.0
"""The gate is never nearer to the peak: the loudest frames of one talker's syllables differ by this."""

_LIFT_DB, _NEAR_DB = 5.0, 12.0
"""In a background of voices the gate is so much higher, though not nearer to the peak: music and babble go on passing
their ceiling, and talkers seldom stay below 12 dB for as long as a second."""

_BELOW_CEILING_DB = 3.5
"""How far a sinking peak may take the gate down into the background."""

_ON, _ON_AMONG_VOICES = 7, 5
"""Blocks since the talker was found until a rise means somebody else: a television was on for seconds, a talker warms
up for one. Where the background was voices anyway, one second is enough."""

_BESIDE_DB = 8.0
"""A voice no further below the ceiling, while the talker is silent, is what the ceiling stands for."""

_BEHIND_DB, _FADE_DB = 11.0, 0.02
"""Where voices are heard in the background, what is so much softer than the loudest of a talker who fell silent may
have been there all the time: its swells begin nothing. Forgotten by 1 dB/s."""

_ANSWER, _WITHIN = 2, 30
"""So many syllables within 0.6 s are somebody who answers softly."""

_MUSICAL_DB = 2.2
"""Mean change in music: 0.6 to 2.3 dB measured."""

_MUSICAL_BEHIND_DB = 1.8
"""The same with a talker above it, if it was there before: its ceiling is known, so less depends on this."""

_MUSICAL_IN_NOISE_DB = 1.2
"""The same above steady noise, which flattens speech to 1.8 dB and is itself at 0.8."""

_RINGING, _RINGING_DB = 0.66, 2.7
"""Music with a beat goes up and down as well, but its notes ring: it is so like what sounded before, and changes less
than so much. Talkers come as near in one of the two only, in a church or close to music."""

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

_PRESENT = 3
"""Hits in a row that speech goes on with: single ones pass the gate in any music."""

_SILENT, _GONE = 10, 50
"""Frames without such a row: after 200 ms the last word has died away, after a second the talker is forgotten."""

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
        self._talker: Talker | None = None
        self._knock = Knock()
        self._frames = 0
        self._run = 0
        self._misses = 0
        self._silent = 0
        self._tail = 0
        self._insistence = 0.0
        self._behind = -inf
        self._syllables = Syllables(_ANSWER, within=_WITHIN)

    def push(self, level_db: float, voice: bool, likeness: float | None = None) -> Verdict:
        """Judge the next frame by its level in the band and by whether a voice detector takes it for voice.

        `likeness` is that of `audio.likeness`, for the frames that have one.
        """
        level = max(level_db, _LOWEST_DB)
        self._background.follow(level)
        self._frames += 1
        if self._frames % BLOCK == 0:
            self._look_back()
        self._silent = 0 if self._run >= _PRESENT else self._silent + 1
        self._behind -= _FADE_DB
        if self._talker and self._silent > _GONE:
            self._behind = self._talker.loudest - _BEHIND_DB
            self._syllables = Syllables(_ANSWER, within=_WITHIN)
            self._talker = None
        if self._talker and likeness is not None:
            self._talker.compare(likeness, level)
        gate = self._gate(level)
        if not self._talker:
            self._background.listen(voice)
            self._syllables.hear(level)
        elif voice and level <= gate:
            self._overhear(level)
        hit = voice and level > gate
        begins = self._knock.counts(level, hit)
        if not self._talker or self._silent > _SILENT:
            hit = begins
        return self._hit(level, gate) if hit else self._miss(level)

    def _look_back(self) -> None:
        """Every block: let the floor forget, and notice when nobody speaks or somebody else has begun to."""
        background, talker = self._background, self._talker
        background.next_block()
        if not talker:
            return
        if background.among_voices and background.rest < _STEADY_REST and not talker.syllabic:
            self._give_up(talker)
            return
        only_voices = background.known and background.voicelike == 1
        before = talker.outdone(_ON_AMONG_VOICES if only_voices else _ON)
        if before is not None:
            background.absorb(before, doubtful=True)

    def _gate(self, level: float) -> float:
        background, talker = self._background, self._talker
        if talker:
            talker.hear(level)
            if talker.liveliness < _RINGING_DB and self._musical(talker):
                self._give_up(talker)
                talker = None
        ceiling = background.ceiling - background.slack(spoken_over=talker is not None)
        threshold = ceiling + _MARGIN_DB
        if not talker:
            return threshold
        lifted = min(threshold + _LIFT_DB * background.voicelike, talker.peak - _NEAR_DB)
        softest = max(threshold, lifted, talker.peak - _REACH_DB)
        return max(min(softest, talker.peak - _SYLLABLES_DB), ceiling - _BELOW_CEILING_DB)

    def _give_up(self, talker: Talker) -> None:
        """Who was taken for a talker is background."""
        self._background.absorb(talker.peak, doubtful=False)
        self._talker = None

    def _musical(self, talker: Talker) -> bool:
        """Tell whether the levels have stopped going up and down as a talker's syllables do here."""
        background = self._background
        flattest = _MUSICAL_DB
        if talker.likeness > _RINGING:
            flattest = _RINGING_DB
        elif background.rest > _STEADY_REST:
            flattest = _MUSICAL_IN_NOISE_DB
        elif background.known and background.voicelike:
            flattest = _MUSICAL_BEHIND_DB
        if talker.liveliness >= flattest:
            return False
        return bool(background.voicelike) or not talker.held()

    def _overhear(self, level: float) -> None:
        """Take a voice below the gate; while the talker is silent it tells that who was absorbed still speaks."""
        if self._silent > _SILENT and level > self._background.ceiling - _BESIDE_DB:
            self._background.hold()

    def _hit(self, level: float, gate: float) -> Verdict:
        clear = level > gate + _CLEAR_DB
        self._misses = 0
        self._run = min(self._run + 1, _LONGEST_RUN)
        if self._talker:
            self._talker.speak(level)
        else:
            clear = not self._lies_behind(level) and (clear or self._insistent())
            if clear and self._run >= _RUN:
                self._talker = Talker(level)
                self._insistence = 0.0
        if self._talker and self._run >= _RUN:
            cut_off = _REACH_DB - (self._talker.peak - gate)
            self._tail = min(max(round(cut_off / _TAIL_DB), 0), _TAIL)
        return CLEAR if clear else FAINT

    def _lies_behind(self, level: float) -> bool:
        """Tell whether this might have been heard behind the talker who fell silent."""
        return level <= self._behind and self._background.among_voices and not self._syllables.heard

    def _insistent(self) -> bool:
        if not self._background.doubtful:
            return False
        self._insistence += 1
        return self._insistence >= _INSISTENT

    def _miss(self, level: float) -> Verdict:
        self._misses += 1
        self._run = max(self._run - 1, 0)
        self._insistence = max(self._insistence - _WEARY, 0.0)
        if self._talker and self._misses <= self._tail:
            return FAINT
        self._tail = 0
        if self._misses > (_LONG_PAUSE if self._talker else _PAUSE):
            self._background.learn(level)
        return NOTHING
