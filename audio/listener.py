"""What hears a session: one `Pipeline`, or `Channels` with one for each channel."""

from __future__ import annotations

from typing import Protocol, TypeVar

from audio.progress import Past
from audio.values import AudioChunk, Reason, SpeechEvent

Listened = TypeVar("Listened")
"""Audio on its way: what `listen` makes of a chunk and `hear` takes."""


class Listener(Protocol[Listened]):
    """See `Pipeline`, whose interface this is."""

    @property
    def clock(self) -> int:
        """Samples heard so far, at `RATE`."""

    @property
    def speaking(self) -> bool:
        """Whether an utterance is open."""

    @property
    def past(self) -> Past:
        """Where hearing stands."""

    def feed(self, chunk: AudioChunk, *, elapsed_s: float | None = None) -> list[SpeechEvent]:
        """Hear `chunk`: `listen`, then `hear`. Raises: RecognizerError."""

    def listen(self, chunk: AudioChunk, *, elapsed_s: float | None = None) -> Listened:
        """Tell speech from silence in `chunk`: the cheap half."""

    def idle(self, listened: Listened) -> bool:
        """Whether `hear` will need no recognizer."""

    def hear(self, listened: Listened) -> list[SpeechEvent]:
        """Return what happened in audio that was listened to, in order. Raises: RecognizerError."""

    def finish(self, reason: Reason, *, last: bool = False) -> list[SpeechEvent]:
        """End what is open; with `last` the stream. Raises: RecognizerError."""

    def tune(self, *, silence: int, pre_roll: int) -> None:
        """End utterances by another silence and begin them with another pre-roll, in samples, from now on."""

    def align(self) -> None:
        """Forget a sample that a lost line cut in two."""

    def close(self) -> None:
        """Give the recognizer back. Safe to call twice."""
