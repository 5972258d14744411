"""What the talker can mend, said once: clipping, too_quiet, noise, rate_mismatch.

A warning belongs to a spell. A spell begins when a figure has been bad several times running and ends when it
has been good several times running, with a gap between bad and good; in between nothing is said again.
"""

from __future__ import annotations

from dataclasses import dataclass

from audio.rate_check import NO_HEARSAY, Clock, Hearsay, device_rate, hurried
from audio.values import RATE, Quality, VoiceWarning

BEGIN = 3
"""Checks, a second apart: a cough or a slammed door is no spell."""
BEGIN_HEARSAY = 6
"""Checks: the voice alone is a weak witness, and no window it was heard in may be shared by the first and last."""
END = 5
"""Checks: the length of the meter's window, so that a spell ends on fresh audio."""

CLIPPED, UNCLIPPED = 0.005, 0.002
"""Share of speech in plateaus: from 0.5 % on distortion is heard, 0.2 % are a few peaks; good recordings have 0."""
QUIET_DBFS, LOUD_ENOUGH_DBFS = -45.0, -40.0
"""Recordings have -30 to -15; at -45 what is left of 16 bits holds, but gain is surely wrong."""
NOISY_DB, CALM_DB = 10.0, 15.0
"""Signal to noise: recognizers lose words from about 10 dB down."""
SURE = 3.0
"""Log odds for the voice to be believed alone: of 3700 recordings at their right rate, good and damaged in 40 ways,
none reached it."""

CLIPPING = VoiceWarning(
    "clipping", "The microphone is too loud and distorts: turn its gain down or move away from it."
)
TOO_QUIET = VoiceWarning(
    "too_quiet", "Your voice is very quiet: come closer to the microphone or turn its gain up."
)
NOISE = VoiceWarning(
    "noise", "There is much noise behind your voice: find a quieter place or bring the microphone closer."
)


@dataclass(slots=True)
class _Spell:
    begin: int
    """Bad checks in a row that begin it."""
    open: bool = False
    _run: int = 0

    def check(self, *, bad: bool, good: bool) -> bool:
        """Take one more check; return whether a spell begins with it."""
        turning = good if self.open else bad
        self._run = self._run + 1 if turning else 0
        if self._run < (END if self.open else self.begin):
            return False
        self.open, self._run = not self.open, 0
        return self.open


class Warner:
    """Warns the talker of one session."""

    def __init__(self, *, sample_rate: int = RATE) -> None:
        """`sample_rate`: what the client declared, Hz."""
        self._declared = sample_rate
        self._clipping, self._quiet, self._noise = _Spell(BEGIN), _Spell(BEGIN), _Spell(BEGIN)
        self._pace, self._speed, self._narrow = _Spell(BEGIN), _Spell(BEGIN_HEARSAY), _Spell(BEGIN_HEARSAY)
        self._clock = Clock()
        self._hearsay = NO_HEARSAY

    def hear(self, recent: Quality, hearsay: Hearsay = NO_HEARSAY) -> list[VoiceWarning]:
        """Take the meter's `recent()` and, as often as it is worth its cost, its `hearsay()`.

        Call it for every second of audio; returns what is to be said now.
        """
        if recent.score is None or recent.level_dbfs is None or recent.snr_db is None:
            return []
        clipping, level, snr = recent.clipping, recent.level_dbfs, recent.snr_db
        checks = (
            (CLIPPING, self._clipping.check(bad=clipping > CLIPPED, good=clipping < UNCLIPPED)),
            (TOO_QUIET, self._quiet.check(bad=level < QUIET_DBFS, good=level > LOUD_ENOUGH_DBFS)),
            (NOISE, self._noise.check(bad=snr < NOISY_DB, good=snr > CALM_DB)),
        )
        return [warning for warning, begins in checks if begins] + self._by_ear(hearsay)

    def clock(self, *, received_s: float, elapsed_s: float) -> list[VoiceWarning]:
        """Compare audio received, in seconds at the declared rate, with the wall time since the first of it.

        Call it about once a second while audio comes. Meant for live sources; a file sent faster or slower than
        real time is told from them by its uneven or round pace.
        """
        self._clock.note(received_s=received_s, elapsed_s=elapsed_s)
        ratio = self._clock.ratio()
        if ratio is None:
            return []
        rate = device_rate(self._declared, ratio)
        lie = rate is not None and (not hurried(ratio) or self._hearsay.slow > 0)
        silent = self._mismatch_said
        if not self._pace.check(bad=lie, good=not lie) or silent:
            return []
        return [
            _mismatch(
                f"Audio arrives at about {self._declared * ratio:.0f} samples a second, but sample_rate says "
                f"{self._declared}: set sample_rate to {rate}."
            )
        ]

    def _by_ear(self, hearsay: Hearsay) -> list[VoiceWarning]:
        if hearsay == NO_HEARSAY:
            return []
        self._hearsay = hearsay
        silent = self._mismatch_said
        wrong = max(hearsay.slow, hearsay.fast)
        cut_off = hearsay.narrow and self._declared > 8_000
        speed = self._speed.check(bad=wrong > SURE, good=wrong < 0)
        narrow = self._narrow.check(bad=cut_off, good=not cut_off)
        if silent:
            return []
        if speed:
            how, rate = ("slow", "higher") if hearsay.slow > hearsay.fast else ("fast", "lower")
            return [
                _mismatch(
                    f"Speech sounds far too {how}: it was probably recorded at a {rate} rate than the declared "
                    f"{self._declared} Hz; set sample_rate to the recorder's rate."
                )
            ]
        if narrow:
            return [
                _mismatch(
                    "There is no sound above 4 kHz: this was probably recorded at 8000 Hz, by a telephone or a "
                    "Bluetooth headset; a microphone at 16000 Hz is understood better."
                )
            ]
        return []

    @property
    def _mismatch_said(self) -> bool:
        return self._pace.open or self._speed.open or self._narrow.open


def _mismatch(message: str) -> VoiceWarning:
    return VoiceWarning("rate_mismatch", message)
