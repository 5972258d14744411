"""Sound that couldn't be kept, and what is said of it."""

from __future__ import annotations

from audio.values import AudioFormat
from server.client.source import Tell


class Loss:
    """Counts what is lost; tells when that begins, and how much it was once it is over."""

    def __init__(self, audio_format: AudioFormat, tell: Tell) -> None:
        self._bytes_per_s = audio_format.bytes_per_s
        self._tell = tell
        self._bytes = 0

    def count(self, size: int) -> None:
        """Another `size` bytes are lost."""
        if not self._bytes:
            self._tell("sound is being lost: the line or the server has been behind for too long")
        self._bytes += size

    def over(self) -> None:
        """Sound is kept again, for good or until the next time."""
        if self._bytes:
            self._tell(f"{self._bytes / self._bytes_per_s:.2f} s of sound were lost")
        self._bytes = 0
