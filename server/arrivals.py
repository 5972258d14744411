"""When what is being done came in, and how late that makes us."""

from __future__ import annotations

from collections.abc import Callable

_LAGGING_S = 1.0
"""Audio that waited longer than this before it was heard is worth a warning, once per spell."""


class Arrivals:
    """The arrival times of one client's messages, in seconds of one monotonic clock."""

    def __init__(self, waited: Callable[[float], None], *, now: float = 0.0) -> None:
        """`waited` takes how long each piece of audio did before it was heard, in seconds."""
        self._waited = waited
        self.at = now
        """When what is done now came."""
        self._first_audio: float | None = None
        self._lagging = False

    def note(self, at: float) -> None:
        """What is done next came `at` that time."""
        self.at = at

    def note_audio(self, now: float) -> str | None:
        """What was noted last is audio; return what the client should be told where hearing it is late."""
        self._first_audio = self.at if self._first_audio is None else self._first_audio
        waited = now - self.at
        self._waited(waited)
        new = waited > _LAGGING_S and not self._lagging
        self._lagging = waited > (_LAGGING_S / 2 if self._lagging else _LAGGING_S)
        return f"the server is {waited:.1f} s behind; finals will be late, nothing is lost" if new else None

    def start_anew(self) -> None:
        """The client is back on another line: the pace of its replay is no measure of the sample rate."""
        self._first_audio = None

    @property
    def elapsed_s(self) -> float:
        """From the first audio to what is done now."""
        return 0.0 if self._first_audio is None else self.at - self._first_audio

    def latency_ms(self, now: float) -> int:
        """From the arrival of what is done to `now`."""
        return round(1000 * (now - self.at))
