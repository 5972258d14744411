"""A sound file heard as a session hears it: through the real pipeline, in small pieces, once.

What the pipeline doesn't hand out frame by frame is worked out again by the same parts in the same order, which
gives the same values: voice activity by a `Vad`, pitch by one `PitchTracker` over the utterances.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from audio.decode import int16
from audio.errors import AudioError
from audio.framer import Framer
from audio.pipeline import Pipeline
from audio.pitch import PitchTracker
from audio.recognizers.base import Recognizer
from audio.resample import Resampler
from audio.vad import Vad
from audio.values import (
    AudioChunk,
    AudioFormat,
    Final,
    PitchFrame,
    Reason,
    Recognition,
    SpeechEvent,
    VadFrame,
    VoiceWarning,
)

_PIECES_PER_S = 50
"""20 ms, as a microphone sends: a warning then falls into the utterance that it is about."""

_RATES = (1_000, 384_000)
"""Hertz. Nothing records beyond, so a header that says so is broken."""


class FileError(AudioError):
    """A sound file can't be heard; the message names it."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance with what the talker would have been told during it."""

    final: Final
    warnings: tuple[VoiceWarning, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that was heard in a file. Times are samples at `RATE` from its beginning."""

    name: str
    sample_rate: int
    """Hertz, the file's own."""
    channels: int
    samples: NDArray[np.int16] = field(repr=False)
    """Mono at `RATE`."""
    utterances: tuple[Utterance, ...]
    pitch: tuple[PitchFrame, ...] = field(repr=False)
    """Of all utterances."""
    activity: tuple[VadFrame, ...] = field(repr=False)
    """One per 20 ms of the file."""


class NoWords:
    """A recognizer that knows no words: for listening to the voice alone."""

    warnings = ()

    def accept(self, pcm: NDArray[np.int16]) -> str:
        """Hear nothing in it."""
        return ""

    def finish(self) -> Recognition:
        """Return no words."""
        return Recognition("")

    def reset(self) -> None:
        """There is nothing to forget."""

    def close(self) -> None:
        """There is nothing to give back."""


def analyse(path: Path, recognizer: Recognizer, *, silence: int) -> Analysis:
    """Hear a whole file; `silence`, samples at `RATE`, ends an utterance.

    Any rate and number of channels, in whatever format libsndfile reads. Raises: FileError, RecognizerError.
    """
    rate, channels, samples = _read(path)
    heard = tuple(_hear(samples, rate, recognizer, silence))
    resampler = Resampler(rate)
    mono = np.concatenate((resampler.push(samples), resampler.flush()))
    return Analysis(
        name=path.name,
        sample_rate=rate,
        channels=channels,
        samples=mono,
        utterances=heard,
        pitch=tuple(_pitch(heard)),
        activity=tuple(_activity(mono)),
    )


def _read(path: Path) -> tuple[int, int, NDArray[np.int16]]:
    """Return rate, channels, and the samples of all channels averaged."""
    try:
        with path.open("rb") as raw:
            if not raw.seekable():
                raise FileError(f"{path}: a pipe; a file is needed")
            # By descriptor, so that the name's ending means nothing: content decides.
            with soundfile.SoundFile(raw.fileno(), closefd=False) as file:
                rate, channels = file.samplerate, file.channels
                blocks = list(file.blocks(blocksize=rate, dtype="float32", always_2d=True))
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}") from error
    except soundfile.LibsndfileError as error:
        raise FileError(f"{path}: not a sound file ({error.error_string.rstrip('.')})") from error
    if not _RATES[0] <= rate <= _RATES[1]:
        raise FileError(f"{path}: {rate} Hz; from {_RATES[0]} to {_RATES[1]} Hz can be heard")
    nothing = np.zeros(0, np.int16)
    return rate, channels, np.concatenate([nothing, *(int16(block.mean(axis=1)) for block in blocks)])


def _hear(samples: NDArray[np.int16], rate: int, recognizer: Recognizer, silence: int) -> Iterator[Utterance]:
    pipeline = Pipeline(AudioFormat(rate), recognizer, silence=silence, keep_audio=True)
    warnings: list[VoiceWarning] = []
    with closing(pipeline):
        for events in _session(pipeline, samples, rate):
            warnings += [event for event in events if isinstance(event, VoiceWarning)]
            for event in events:
                if isinstance(event, Final):
                    yield Utterance(event, tuple(warnings))
                    warnings.clear()


def _session(pipeline: Pipeline, samples: NDArray[np.int16], rate: int) -> Iterator[list[SpeechEvent]]:
    piece = max(1, rate // _PIECES_PER_S)
    for start in range(0, len(samples), piece):
        yield pipeline.feed(AudioChunk(samples[start : start + piece].tobytes()))
    yield pipeline.finish(Reason.STOP, last=True)


def _pitch(utterances: tuple[Utterance, ...]) -> Iterator[PitchFrame]:
    tracker = PitchTracker()
    for utterance in utterances:
        final = utterance.final
        audio = np.frombuffer(final.audio or b"", np.int16)
        for frame in tracker.push(audio) + tracker.flush():
            yield PitchFrame(final.start + frame.at, frame.f0_hz, frame.strength)


def _activity(samples: NDArray[np.int16]) -> list[VadFrame]:
    framer = Framer()
    return Vad().push(np.concatenate((framer.push(samples), framer.flush())))
