"""What time alone brings about: the stall rule, and sessions that are idle or too long. Told the time, never asks."""

from __future__ import annotations

from server.close_codes import NORMAL
from server.config import SessionSettings
from server.events import Abandoned, Dismissed, Stalled
from server.wire.base import Idle


class Patience:
    """How long one client is waited for. All times are seconds of one monotonic clock."""

    def __init__(self, settings: SessionSettings, now: float, *, idle: Idle | None = None) -> None:
        """`idle` is the rule of the client's protocol, where that has one."""
        self.silence_s = 0.0
        """The session's silence window, once it has one."""
        self.bytes_per_s = 1
        """Of its audio."""
        self.last_message = now
        self.last_audio = now
        self.lost: float | None = None
        """When the line was lost, while it is."""
        self._settings = settings
        self._idle = idle or Idle(
            settings.idle_timeout_s, NORMAL, f"nothing was sent for {settings.idle_timeout_s:g} s"
        )
        self._began = now

    def heard(self, now: float) -> None:
        """The client sent something."""
        self.last_message = now

    def heard_audio(self, came: float, size: int) -> None:
        """`size` bytes of audio came: who sends a second at a time has no more to send for a second."""
        self.last_audio = came + size / self.bytes_per_s

    def miss(self, now: float) -> None:
        """The line is lost."""
        self.lost = now if self.lost is None else self.lost

    def found(self, now: float) -> None:
        """The client is back; that it was away is no silence."""
        self.lost, self.last_message, self.last_audio = None, now, now

    def left(self, now: float, *, speaking: bool) -> float:
        """Seconds until something is due; `speaking` says whether an utterance is open."""
        if self.lost is not None:
            return max(0.0, self.lost + self._settings.resume_window_s - now)
        due = [self.last_message + self._idle.after_s, self._began + self._settings.max_session_s]
        if speaking:
            due.append(self.last_audio + self.silence_s)
        return max(0.0, min(due) - now)

    def overdue(self, now: float, *, speaking: bool) -> Stalled | Abandoned | Dismissed | None:
        """What is due by now, if anything."""
        settings = self._settings
        if self.lost is not None:
            return Abandoned() if now >= self.lost + settings.resume_window_s else None
        if speaking and now >= self.last_audio + self.silence_s:
            return Stalled()
        if now >= self.last_message + self._idle.after_s:
            return Dismissed("idle", self._idle.reason, self._idle.close_code)
        if now >= self._began + settings.max_session_s:
            return Dismissed(
                "session_too_long", f"a session lasts {settings.max_session_s:g} s at most", NORMAL
            )
        return None
