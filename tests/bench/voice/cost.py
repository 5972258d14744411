"""What each part of hearing costs: CPU time per second of speech, one stream, one core."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from audio.emotion import EmotionMeter
from audio.framer import Framer
from audio.pipeline import Pipeline
from audio.pitch import PitchTracker
from audio.quality import QualityMeter
from audio.recognizers.base import RecognizerSettings
from audio.recognizers.scripted import ScriptedEngine
from audio.vad import Vad
from audio.values import RATE, AudioChunk, AudioFormat, Reason
from tests.bench.voice.speech import items

Pcm = NDArray[np.int16]
Part = Callable[[], Iterator[None]]
"""A run that stops after every second of audio."""

ROUNDS = 8
"""Of every second of audio the least of so many counts: what disturbs a machine only ever adds."""

LIVE, BLOCK, UNSEEN = RATE // 50, RATE // 10, RATE
"""Samples: 20 ms, as a microphone sends; 100 ms and 1 s, as a voice is fed that is watched live, and one that isn't."""


def pieces(pcm: Pcm, size: int) -> list[Pcm]:
    return [pcm[start : start + size] for start in range(0, len(pcm), size)]


def pitch(pcm: Pcm, size: int) -> Part:
    def run() -> Iterator[None]:
        tracker = PitchTracker()
        for second in pieces(pcm, RATE):
            for piece in pieces(second, size):
                tracker.push(piece)
            yield
        tracker.flush()
        yield

    return run


def activity(pcm: Pcm, size: int) -> Part:
    def run() -> Iterator[None]:
        vad, framer = Vad(), Framer()
        for second in pieces(pcm, RATE):
            for piece in pieces(second, size):
                vad.push(framer.push(piece))
            yield

    return run


def quality(pcm: Pcm, size: int) -> Part:
    """With the look back of every second that warnings need."""

    def run() -> Iterator[None]:
        meter = QualityMeter()
        for second in pieces(pcm, RATE):
            for piece in pieces(second, size):
                meter.push(piece)
            meter.recent()
            meter.hearsay()
            yield
        meter.utterance()
        yield

    return run


def emotion(pcm: Pcm, size: int) -> Part:
    """Without the pitch, which is shared; in utterances of five seconds."""
    tracker = PitchTracker()
    utterances = [(part, tracker.push(part) + tracker.flush()) for part in pieces(pcm, 5 * RATE)]

    def run() -> Iterator[None]:
        meter = EmotionMeter()
        for utterance, frames in utterances:
            for piece in pieces(utterance, size):
                meter.push(piece)
            meter.utterance(frames)
            meter.reset()
            yield

    return run


def whole(pcm: Pcm, size: int) -> Part:
    """A session that nobody watches; the scripted recognizer costs next to nothing."""
    return _session(pcm, size, watched=False)


def watched(pcm: Pcm, size: int) -> Part:
    """The same with live voice events and pitch."""
    return _session(pcm, size, watched=True)


def _session(pcm: Pcm, size: int, *, watched: bool) -> Part:
    def run() -> Iterator[None]:
        recognizer = ScriptedEngine().recognizer(RecognizerSettings())
        pipeline = Pipeline(AudioFormat(), recognizer, activity=watched, watched=watched)
        for second in pieces(pcm, RATE):
            for piece in pieces(second, size):
                pipeline.feed(AudioChunk(piece.tobytes()))
            yield
        pipeline.finish(Reason.STOP, last=True)
        yield

    return run


def silence(pcm: Pcm, size: int) -> Part:
    """An open microphone in a quiet room."""
    return whole(np.random.default_rng(1).normal(0, 8, len(pcm)).astype(np.int16), size)


PARTS: dict[str, tuple[Callable[[Pcm, int], Part], int]] = {
    "pitch, 20 ms pushes": (pitch, LIVE),
    "pitch, 100 ms pushes": (pitch, BLOCK),
    "pitch, 1 s pushes": (pitch, UNSEEN),
    "voice activity, 20 ms": (activity, LIVE),
    "quality with warnings, 1 s": (quality, UNSEEN),
    "emotion without pitch, 1 s": (emotion, UNSEEN),
    "whole pipeline on speech, 20 ms": (whole, LIVE),
    "the same, watched live": (watched, LIVE),
    "whole pipeline on silence, 20 ms": (silence, LIVE),
}


def tables(count: int) -> Iterator[str]:
    """Yield Markdown, line by line; the baseline is voice activity, which runs always."""
    samples = np.concatenate([item.samples for item in items(count)])
    pcm = np.round(samples * 32767).clip(-32768, 32767).astype(np.int16)
    seconds = len(pcm) / RATE
    costs = {name: 1000 * _best(part(pcm, size)) / seconds for name, (part, size) in PARTS.items()}
    base = costs["voice activity, 20 ms"]
    yield f"{seconds:.0f} s of speech, every second of it in the best of {ROUNDS} rounds.\n"
    yield "| part | CPU ms per s | ratio |"
    yield "|---|---|---|"
    for name, cost in costs.items():
        yield f"| {name} | {cost:.2f} | {cost / base:.1f} |"


def _best(run: Part) -> float:
    """CPU seconds of a run in which nothing disturbed any second of audio."""
    rounds = [list(_counts(run)) for _ in range(ROUNDS)]
    return sum(min(counts) for counts in zip(*rounds, strict=True))


def _counts(run: Part) -> Iterator[float]:
    began = time.process_time()
    for _ in run():
        now = time.process_time()
        yield now - began
        began = time.process_time()
