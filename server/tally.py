"""How much audio came, and how much of it the client knows to be safe."""

from __future__ import annotations

from audio.values import AudioFormat
from server.replies import Ack


class Tally:
    """Counts one session's samples at the client's own rate."""

    def __init__(self, audio_format: AudioFormat, *, ack_every_s: float) -> None:
        """Acknowledge at most every `ack_every_s` seconds of audio."""
        self._stride = audio_format.stride
        self._ack_every = ack_every_s * audio_format.sample_rate
        self._bytes = 0
        self._acked = 0

    @property
    def received(self) -> int:
        """Whole samples received."""
        return self._bytes // self._stride

    def receive(self, size: int) -> None:
        """Count `size` bytes of audio."""
        self._bytes += size

    def restore(self, size: int) -> None:
        """Count the `size` bytes that came before: the client knows them to be safe."""
        self._bytes = size
        self.align()

    def align(self) -> None:
        """Forget a sample cut in two; the client is told where to go on, which acknowledges all before."""
        self._bytes = self.received * self._stride
        self._acked = self.received

    def ack(self, *, now: bool = False) -> Ack | None:
        """Return the acknowledgement that is due, or with `now` whatever isn't acknowledged yet."""
        if self.received == self._acked or (self.received < self._acked + self._ack_every and not now):
            return None
        self._acked = self.received
        return Ack(self.received)
