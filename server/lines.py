"""The lines of one session: the one it speaks over, and the one that a returning client brings."""

from __future__ import annotations

from server.events import Resume
from server.line import Line


class Lines:
    """A session's line, which a newer one may replace."""

    def __init__(self, line: Line) -> None:
        self.now = line
        self._newest = line
        self._resume: Resume | None = None

    def bring(self, line: Line, resume: Resume) -> None:
        """The client is back on `line`. Any other is cut: it may be half open, and a reply stuck in it."""
        self.cut()
        self._newest, self._resume = line, resume

    def change(self, resume: Resume) -> bool:
        """Speak over the line that came with `resume` from now on, unless the client brought a newer one meanwhile."""
        if resume is not self._resume:
            return False
        self.now = self._newest
        return True

    def cut(self) -> None:
        """End all lines now; whoever waits for them goes on."""
        self.now.cut()
        self._newest.cut()

    def leave(self) -> None:
        """The session is over; it may have ended before it went on over the newest line."""
        self.now.over.set()
        self._newest.over.set()
