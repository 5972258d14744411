"""Sound that the server may not have: what is still to be sent, or to be sent again. Pure.

Sending runs ahead of hearing by a window, no more. Megabytes fit into the kernel's buffers, and behind them the
keepalive of either side would come too late, a `stop` would take minutes, and a lost line would lose them all. The
window is judged by `ack`; a server may leave those out for a client that reads slowly, so a full window also asks
for a `pong`, which comes in turn and so acknowledges all that was sent before it.

Positions are bytes from the first sound ever pushed. A session that can't be resumed is followed by another, whose
sample 0 is the first that the old one did not acknowledge.
"""

from __future__ import annotations

from collections import deque

from audio.values import AudioFormat

WINDOW_S = 5.0
"""Seconds of sound that may be under way: what the server looks ahead by default (`audio.max_lag_s`)."""


class Unheard:
    """Keeps what was pushed until it is acknowledged."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._stride = audio_format.stride
        self._rate = audio_format.sample_rate
        self._kept = bytearray()
        self._forgotten = 0  # where `_kept` begins
        self._sent = 0
        self._began = 0  # samples before the session's first
        self._asked: deque[int] = deque()  # samples sent before each ping that has no pong yet

    @property
    def pushed(self) -> int:
        """Whole samples pushed so far."""
        return (self._forgotten + len(self._kept)) // self._stride

    @property
    def acknowledged(self) -> int:
        """Samples that are safe with the server."""
        return self._forgotten // self._stride

    @property
    def began_ms(self) -> int:
        """When in the whole of the sound the session's own clock began."""
        return self._began * 1000 // self._rate

    @property
    def full(self) -> bool:
        """Whether more than a window is under way."""
        return self.pushed - self.acknowledged > WINDOW_S * self._rate

    def push(self, audio: bytes) -> None:
        """Take sound, cut anywhere."""
        self._kept += audio

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes to send at most, which count as sent; empty where all is."""
        start = self._sent - self._forgotten
        taken = bytes(self._kept[start : start + size])
        self._sent += len(taken)
        return taken

    def ask(self) -> bool:
        """Tell whether a ping is due to learn that all is heard; it counts as sent."""
        due = self.pushed not in (self.acknowledged, *self._asked)
        if due:
            self._asked.append(self.pushed)
        return due

    def answered(self) -> None:
        """A pong came."""
        if self._asked:
            self._forget(self._asked.popleft())

    def acknowledge(self, received: int) -> None:
        """The server has this many samples of the session."""
        self._forget(self._began + received)

    def resume(self, received: int) -> None:
        """The session goes on over a new line: send from sample `received` of it on."""
        self._asked.clear()
        self._sent = self._forgotten
        self.acknowledge(received)
        self._sent = self._forgotten

    def begin_anew(self) -> None:
        """A new session takes the place of the old one and is sent all that wasn't acknowledged."""
        self._began = self.acknowledged
        self.resume(0)

    def _forget(self, samples: int) -> None:
        """Drop what lies before `samples`; nothing comes back, and nothing is acknowledged that wasn't pushed."""
        position = min(samples, self.pushed) * self._stride
        if position > self._forgotten:
            del self._kept[: position - self._forgotten]
            self._forgotten = position
            self._sent = max(self._sent, position)
