"""The port that recordings, pipes and microphones share. A new one is a file and a case in `choose_source`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from audio.values import AudioFormat

LOWEST_RATE, HIGHEST_RATE = 8_000, 48_000
"""Hertz that the protocol takes."""

PATIENCE_S = 70.0
"""Seconds of sound kept of what can't wait: a dead line is noticed within 40 s, a session is kept for 30."""

Tell = Callable[[str], None]
"""Takes a line for whoever watches."""


class Source(Protocol):
    """Something to hear."""

    @property
    def format(self) -> AudioFormat:
        """How `blocks` are written."""

    def blocks(self) -> AsyncGenerator[bytes, None]:
        """Yield the sound in pieces of a message each. To be iterated once. Raises: ClientError."""
