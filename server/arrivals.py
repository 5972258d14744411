"""When what is being done came in, when it would have been spoken, and how late that makes us."""

from __future__ import annotations

import math
from collections.abc import Callable

_LAGGING_S = 1.0
"""Audio that waited longer than this before it was heard is worth a warning, once per spell."""

_LIVE = 0.99
"""Sound cards run up to 0.1 % fast: what comes so little ahead is live, after hours too."""


class Arrivals:
    """The arrival times of one client's messages, in seconds of one monotonic clock."""

    def __init__(self, waited: Callable[[float], None], *, now: float = 0.0) -> None:
        """`waited` takes how late each piece of audio was heard, in seconds."""
        self.bytes_per_s = math.inf
        """Of its audio, once that is known."""
        self._waited = waited
        self.at = now
        """When what is done now came."""
        self.due = now
        """When the audio noted last was spoken at the earliest: when it came, or after all that came before."""
        self._spoken = 0.0
        self._first_audio: float | None = None
        self._lagging = False

    def note(self, at: float) -> None:
        """What is done next came `at` that time."""
        self.at = at

    def note_audio(self, now: float, size: int) -> str | None:
        """What was noted last are `size` bytes of audio; return what the client should be told if we are late.

        Who sends a file ahead waits for his own audio to be heard: nobody is late for that.
        """
        self._first_audio = self.at if self._first_audio is None else self._first_audio
        self.due = max(self._spoken, self.at)
        self._spoken = self.due + _LIVE * size / self.bytes_per_s
        waited = max(0.0, now - self.due)
        self._waited(waited)
        new = waited > _LAGGING_S and not self._lagging
        self._lagging = waited > (_LAGGING_S / 2 if self._lagging else _LAGGING_S)
        return f"the server is {waited:.1f} s behind; finals will be late, nothing is lost" if new else None

    def start_anew(self) -> None:
        """The client is back on another line: the pace of its replay is no measure of the sample rate."""
        self._first_audio, self._spoken = None, 0.0

    @property
    def elapsed_s(self) -> float:
        """From the first audio to what is done now."""
        return 0.0 if self._first_audio is None else self.at - self._first_audio

    def latency_ms(self, now: float) -> int:
        """From the arrival of what is done to `now`."""
        return round(1000 * (now - self.at))
