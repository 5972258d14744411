"""Several channels in one stream, each heard on its own: a telephone call with a talker on either side.

Every channel has a pipeline of its own, with its own utterances, counted from 1, and its own recognizer. Their clocks
run together, for their samples come together. Events say which channel they are of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from audio.pipeline import Pipeline
from audio.progress import Listened, Past
from audio.values import AudioChunk, AudioFormat, Reason, SpeechEvent, VoiceWarning


class Channels:
    """Hears the interleaved channels of one session; used as a `Pipeline` is."""

    def __init__(self, audio_format: AudioFormat, pipelines: Sequence[Pipeline]) -> None:
        """`audio_format` is the stream's, with as many channels as there are `pipelines`, which hear mono."""
        self._stride = audio_format.stride
        self._pipelines = pipelines
        self._rest = b""

    @property
    def clock(self) -> int:
        """Samples heard so far, at `RATE`: the same in every channel."""
        return self._pipelines[0].clock

    @property
    def speaking(self) -> bool:
        """Whether an utterance is open in any channel."""
        return any(pipeline.speaking for pipeline in self._pipelines)

    def feed(self, chunk: AudioChunk, *, elapsed_s: float | None = None) -> list[SpeechEvent]:
        """Hear `chunk`, see `Pipeline.feed`. Raises: RecognizerError."""
        return self.hear(self.listen(chunk, elapsed_s=elapsed_s))

    def listen(self, chunk: AudioChunk, *, elapsed_s: float | None = None) -> list[Listened]:
        """Tell speech from silence in every channel, see `Pipeline.listen`."""
        parts = zip(self._pipelines, self._split(chunk.data), strict=True)
        return [pipeline.listen(part, elapsed_s=elapsed_s) for pipeline, part in parts]

    def idle(self, listened: Sequence[Listened]) -> bool:
        """Whether `hear` will need no recognizer."""
        return all(p.idle(part) for p, part in zip(self._pipelines, listened, strict=True))

    def hear(self, listened: Sequence[Listened]) -> list[SpeechEvent]:
        """Return what happened, channel by channel. Raises: RecognizerError."""
        return _named(p.hear(part) for p, part in zip(self._pipelines, listened, strict=True))

    def finish(self, reason: Reason, *, last: bool = False) -> list[SpeechEvent]:
        """End the open utterance of every channel, see `Pipeline.finish`. Raises: RecognizerError."""
        return _named(pipeline.finish(reason, last=last) for pipeline in self._pipelines)

    @property
    def past(self) -> Past:
        """Where hearing stands: that every channel has its own utterances, a `Past` can't say."""
        return Past(self.clock)

    def tune(self, *, silence: int, pre_roll: int) -> None:
        """Change every channel's silence and pre-roll, see `Pipeline.tune`."""
        for pipeline in self._pipelines:
            pipeline.tune(silence=silence, pre_roll=pre_roll)

    def align(self) -> None:
        """Forget a sample that a lost line cut in two."""
        self._rest = b""

    def close(self) -> None:
        """Give the recognizers back. Safe to call twice."""
        for pipeline in self._pipelines:
            pipeline.close()

    def _split(self, data: bytes) -> list[AudioChunk]:
        """Take the channels apart; an instant that a message boundary cut in two waits for its rest."""
        data = self._rest + data
        whole = len(data) - len(data) % self._stride
        self._rest = data[whole:]
        count = len(self._pipelines)
        samples = np.frombuffer(data[:whole], np.uint8).reshape(-1, count, self._stride // count)
        return [AudioChunk(samples[:, channel].tobytes()) for channel in range(count)]


def _named(heard: Iterable[Iterable[SpeechEvent]]) -> list[SpeechEvent]:
    """Say in every event which channel it is of; a warning is about the microphone, whichever it is."""
    return [
        event if isinstance(event, VoiceWarning) else replace(event, channel=channel)
        for channel, events in enumerate(heard)
        for event in events
    ]
