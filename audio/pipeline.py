"""A session's hearing: bytes in, speech events out.

decode → resample → frame → voice activity → endpoint, and for speech only: recognize and annotate. Everything
behind the framer happens frame by frame on the audio clock, so the same audio gives the same finals and times
however it was cut into messages.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audio.decode import Decoder
from audio.endpointer import Endpointer, Mark
from audio.framer import Framer
from audio.progress import NO_PAST, Listened, Past
from audio.recognizers.base import Recognizer
from audio.resample import Resampler
from audio.utterance import CUT_WINDOW, Utterance
from audio.vad import Vad
from audio.values import (
    FRAME,
    AudioChunk,
    AudioFormat,
    Final,
    Partial,
    Reason,
    SpeechEvent,
    SpeechStarted,
    VadFrame,
    VoiceActivity,
    from_ms,
)
from audio.voice import Voice

HANGOVER = from_ms(300) // FRAME
"""Frames of silence that are still heard: the decay of a last word, and a recognizer's look-ahead."""


class Pipeline:
    """Hears one session. Used from one thread at a time; `feed` and `hear` block for as long as the work takes."""

    def __init__(
        self,
        audio_format: AudioFormat,
        recognizer: Recognizer,
        *,
        silence: int = from_ms(1000),
        pre_roll: int = from_ms(300),
        max_utterance: int = from_ms(30_000),
        keep_audio: bool = False,
        activity: bool = False,
        watched: bool = False,
        past: Past = NO_PAST,
    ) -> None:
        """Build the chain; `silence`, `pre_roll` and `max_utterance` are in samples at `RATE`.

        `activity` asks for a `VoiceActivity` per call, `watched` for the live pitch in it.
        A session that goes on after its server ended has a `past`: the audio from `past.clock` to `past.ended` is
        listened to again, to know the room, and what follows is heard.
        """
        self._decoder = Decoder(audio_format)
        self._resampler = Resampler(audio_format.sample_rate)
        self._framer = Framer(silence=past.clock % FRAME)
        self._vad = Vad()
        self._endpointer = Endpointer(silence=2, hangover=1)
        self._recognizer = recognizer
        self._voice = Voice(sample_rate=audio_format.sample_rate)
        self._bytes_per_s = audio_format.bytes_per_s
        self._bytes, self._paced_s = 0, 0.0
        self._longest = max(2 * CUT_WINDOW, max_utterance // FRAME)
        self._keep_audio = keep_audio
        self._activity, self._watched = activity, watched
        self._clock = past.clock - past.clock % FRAME  # frames begin where they always did
        self._known_until = self._heard_until = past.ended
        self._history: deque[NDArray[np.int16]] = deque()
        self._utterance: Utterance | None = None
        self._said = ""
        self._count = past.utterances
        self.tune(silence=silence, pre_roll=pre_roll)

    def tune(self, *, silence: int, pre_roll: int) -> None:
        """End utterances by another silence and begin them with another pre-roll, in samples, from now on."""
        window = max(2, silence // FRAME)
        self._endpointer.tune(silence=window, hangover=HANGOVER)
        # Half a window is time enough to flush a recognizer, and rarer than a breath between two words.
        self._prepare_at = max(min(HANGOVER, window - 1), window // 2)
        self._pre_roll = pre_roll // FRAME
        self._history = deque(self._history, maxlen=self._pre_roll + Endpointer.REACH)

    @property
    def clock(self) -> int:
        """Samples heard so far, at `RATE`."""
        return self._clock

    @property
    def past(self) -> Past:
        """Where hearing stands."""
        return Past(self._clock, self._heard_until, self._count - self.speaking)

    @property
    def speaking(self) -> bool:
        """Whether an utterance is open."""
        return self._utterance is not None

    def feed(self, chunk: AudioChunk, *, elapsed_s: float | None = None) -> list[SpeechEvent]:
        """Hear `chunk`: `listen`, then `hear`. Raises: RecognizerError."""
        return self.hear(self.listen(chunk, elapsed_s=elapsed_s))

    def listen(self, chunk: AudioChunk, *, elapsed_s: float | None = None) -> Listened:
        """Tell speech from silence in `chunk`: the cheap half, a tenth of a millisecond for 100 ms. Then `hear` it.

        `elapsed_s` is the wall time since the first chunk arrived, where audio comes live: with it a wrong
        sample rate shows.
        """
        samples = self._resampler.push(self._decoder.push(chunk.data))
        self._bytes += len(chunk.data)
        if elapsed_s is not None and elapsed_s >= self._paced_s + 1:
            self._paced_s = elapsed_s
            self._voice.pace(received_s=self._bytes / self._bytes_per_s, elapsed_s=elapsed_s)
        return self._judge(self._framer.push(samples))

    def hear(self, listened: Listened) -> list[SpeechEvent]:
        """Return what happened in audio that was listened to, in order. Raises: RecognizerError."""
        return [*self._hear(listened), *self._voice.take_warnings()]

    def align(self) -> None:
        """Forget a sample that a lost line cut in two; the next chunk begins with a whole one."""
        self._decoder.align()

    def idle(self, listened: Listened) -> bool:
        """Whether `hear` will need no recognizer: nobody speaks, in an open utterance or in this audio."""
        return self._utterance is None and not any(verdict.speech for verdict in listened.verdicts)

    def finish(self, reason: Reason, *, last: bool = False) -> list[SpeechEvent]:
        """End the open utterance, if there is one, and go on listening; `last` also empties every buffer.

        Call it as often as you like; after `last` feed no more. Raises: RecognizerError.
        """
        events: list[SpeechEvent] = []
        if last:
            events += self._hear(self._judge(self._framer.push(self._resampler.flush())))
            events += self._hear(self._last())
        if self._utterance:
            events.append(self._end(self._utterance.finish(reason)))
            self._endpointer.close()
        return events

    def close(self) -> None:
        """Give the recognizer back. Safe to call twice."""
        self._recognizer.close()

    def _last(self) -> Listened:
        """Judge what is left as a frame filled up with silence, but pass on no more than there was."""
        pending = self._framer.pending
        listened = self._judge(self._framer.flush())
        return Listened([frame[:pending] for frame in listened.frames], listened.verdicts)

    def _judge(self, frames: NDArray[np.int16]) -> Listened:
        return Listened(list(frames), self._vad.push(frames) if len(frames) else [])

    def _hear(self, listened: Listened) -> Iterator[SpeechEvent]:
        pitch = []
        verdict = None
        for frame, verdict in zip(listened.frames, listened.verdicts, strict=True):
            yield from self._step(frame, verdict)
            if self._watched and self._utterance:
                pitch += self._utterance.take_pitch()
        if self._utterance and self._utterance.text != self._said:
            self._said = self._utterance.text
            yield Partial(self._utterance.number, self._said, self._utterance.start)
        if self._activity and verdict:
            yield VoiceActivity(
                at=self._clock,
                level_dbfs=verdict.level_dbfs,
                speech=verdict.speech,
                silence=self._endpointer.silent * FRAME,
                pitch_at=pitch[0].at if pitch else None,
                pitch_hz=tuple(frame.f0_hz for frame in pitch),
            )

    def _step(self, frame: NDArray[np.int16], verdict: VadFrame) -> Iterator[SpeechEvent]:
        self._clock += len(frame)
        self._history.append(frame)
        if self._clock <= self._known_until:
            return
        mark = self._endpointer.push(verdict)
        if mark is Mark.OPENED:
            yield from self._open(verdict)
        elif self._utterance:
            yield from self._continue(self._utterance, mark, frame, verdict)

    def _open(self, verdict: VadFrame) -> Iterator[SpeechEvent]:
        """Begin an utterance with what was said before it was noticed and the pre-roll before that."""
        onset = self._endpointer.onset
        free = (self._clock - self._heard_until) // FRAME
        count = min(onset + self._pre_roll, free, len(self._history))
        utterance = self._begin(self._clock - count * FRAME)
        for frame in list(self._history)[-count:]:
            utterance.push(frame, verdict.level_dbfs)
        yield SpeechStarted(at=self._clock - min(onset, count) * FRAME)

    def _begin(self, start: int) -> Utterance:
        self._count += 1
        self._said = ""
        self._utterance = Utterance(
            self._count,
            start,
            self._recognizer,
            self._voice,
            longest=self._longest,
            keep_audio=self._keep_audio,
            watched=self._watched,
        )
        return self._utterance

    def _continue(
        self, utterance: Utterance, mark: Mark, frame: NDArray[np.int16], verdict: VadFrame
    ) -> Iterator[SpeechEvent]:
        if mark is Mark.RESUMED:
            utterance.resume()
        utterance.push(frame, verdict.level_dbfs)
        if mark is Mark.PAUSED:
            utterance.pause()
        if utterance.paused and self._endpointer.silent == self._prepare_at:
            utterance.prepare()
        if mark is Mark.CLOSED:
            yield self._end(utterance.finish(Reason.SILENCE))
        elif utterance.full:
            yield from self._split(utterance)

    def _split(self, utterance: Utterance) -> Iterator[SpeechEvent]:
        """Cut at the maximum length; the next utterance follows on with no sample lost."""
        paused = utterance.paused
        final, rest = utterance.split()
        yield self._end(final)
        following = self._begin(final.end)
        for frame, level in rest:
            following.push(frame, level)
        if paused:
            following.pause()
        yield SpeechStarted(at=final.end)

    def _end(self, final: Final) -> Final:
        self._utterance = None
        self._heard_until = final.end
        return final
