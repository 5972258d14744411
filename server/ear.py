"""One session's pipeline, run where it costs least: in a worker, or here as long as nobody speaks."""

from __future__ import annotations

from typing import Any

from audio.listener import Listener
from audio.progress import Past
from audio.values import AudioChunk, Reason, SpeechEvent, from_ms
from server.commands import Align
from server.events import Tune
from server.workers import Due, Workers

_SHORT_S = 0.25
"""Most audio that is listened to on the loop, seconds: a quarter of a millisecond's work, resampled."""


class Ear:
    """Hears one session, one job at a time."""

    def __init__(self, pipeline: Listener[Any], workers: Workers, *, bytes_per_s: int) -> None:
        self._pipeline = pipeline
        self._workers = workers
        self._short = int(bytes_per_s * _SHORT_S)

    @property
    def speaking(self) -> bool:
        """Whether an utterance is open."""
        return self._pipeline.speaking

    @property
    def clock(self) -> int:
        """Samples heard so far, at `audio.values.RATE`."""
        return self._pipeline.clock

    @property
    def past(self) -> Past:
        """Where hearing stands."""
        return self._pipeline.past

    async def feed(self, chunk: AudioChunk, *, elapsed_s: float, due: float) -> list[SpeechEvent]:
        """Hear `chunk`, which came `elapsed_s` after the first and is `due` then, see `Due`. Raises: RecognizerError.

        Telling silence from speech costs less than the hop to a worker, so silence is heard here.
        """
        pipeline = self._pipeline
        if pipeline.speaking or len(chunk.data) > self._short:
            return await self._workers.run(Due(due, pipeline.feed), chunk, elapsed_s=elapsed_s)
        listened = pipeline.listen(chunk, elapsed_s=elapsed_s)
        if pipeline.idle(listened):
            return pipeline.hear(listened)
        return await self._workers.run(Due(due, pipeline.hear), listened)

    async def finish(self, reason: Reason, *, last: bool) -> list[SpeechEvent]:
        """End the open utterance, with `last` the stream. Raises: RecognizerError."""
        return await self._workers.run(self._pipeline.finish, reason, last=last)

    async def drop(self) -> list[SpeechEvent]:
        """End the open utterance and tell nobody. Raises: RecognizerError."""
        await self.finish(Reason.FINALIZE, last=False)
        return []

    def adjust(self, command: Align | Tune) -> None:
        """Change how what comes next is heard."""
        match command:
            case Align():
                self._pipeline.align()
            case Tune(silence_ms, pre_roll_ms):
                self._pipeline.tune(silence=from_ms(silence_ms), pre_roll=from_ms(pre_roll_ms))

    def close(self) -> None:
        """Give the recognizer back. Safe to call twice."""
        self._pipeline.close()
