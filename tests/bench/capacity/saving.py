"""What feeding speech only saves the recognizer, and whether it costs words: the pipeline against a plain loop.

CPU is that of the thread inside the recognizer's calls, on the synthetic recordings with as much silence behind each
as its speech is long; messages of 100 ms. The two hear in turn.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import vosk

from audio.recognizers.base import Recognizer, RecognizerInfo, RecognizerSettings
from audio.recognizers.vosk import VoskEngine
from audio.values import AudioChunk, Final, Reason
from server.config import AudioSettings
from server.events import Start
from server.hearing import Hearing
from tests.bench.capacity.plain import accept
from tests.fixtures.speech_files import speech, speech_names
from tests.fixtures.tiny_vosk.measure import word_errors
from tests.quiet import quiet

_PIECE = 3200
_SHORTEST_S = 1.2
"""A pause that ends the utterance."""


class _Stopwatch:
    """Sums the CPU of what is called through it."""

    def __init__(self) -> None:
        self.spent_s = 0.0

    def timed(self, function: Callable[..., Any], *arguments: Any) -> Any:
        began = time.thread_time()
        try:
            return function(*arguments)
        finally:
            self.spent_s += time.thread_time() - began


class _Timed:
    """An engine and its recognizers in one, timed."""

    elsewhere = False
    warnings: tuple[str, ...] = ()

    def __init__(self, engine: VoskEngine, watch: _Stopwatch) -> None:
        self._engine = engine
        self._watch = watch

    @property
    def info(self) -> RecognizerInfo:
        return self._engine.info

    def recognizer(self, settings: RecognizerSettings) -> Recognizer:
        self._ear = self._engine.recognizer(settings)
        return self

    def accept(self, pcm: Any) -> str:
        return self._watch.timed(self._ear.accept, pcm)

    def finish(self) -> Any:
        return self._watch.timed(self._ear.finish)

    def reset(self) -> None:
        self._watch.timed(self._ear.reset)

    def close(self) -> None:
        self._ear.close()


def talks() -> list[tuple[bytes, str]]:
    """Every recording at 16 kHz with a pause as long as its speech, and its words."""
    clips = [speech(name) for name in speech_names(synthetic_only=True)]
    return [
        (clip.samples.tobytes() + quiet(max(_SHORTEST_S, len(clip.samples) / clip.rate)), clip.text)
        for clip in clips
        if clip.rate == 16_000
    ]


def _ours(engine: VoskEngine, data: bytes, watch: _Stopwatch) -> str:
    hearing = Hearing(_Timed(engine, watch), AudioSettings())
    pipeline, _ = hearing.open(Start(platform="bench"), record=False)
    events = []
    for at in range(0, len(data), _PIECE):
        events += pipeline.feed(AudioChunk(data[at : at + _PIECE]), elapsed_s=at / 32_000)
    events += pipeline.finish(Reason.STOP, last=True)
    pipeline.close()
    return " ".join(event.text for event in events if isinstance(event, Final) and event.text)


def _plain(model: Any, data: bytes, watch: _Stopwatch) -> str:
    kaldi = vosk.KaldiRecognizer(model, 16_000.0)
    kaldi.SetWords(True)
    texts = []
    for at in range(0, len(data), _PIECE):
        texts.append(json.loads(watch.timed(accept, kaldi, data[at : at + _PIECE])).get("text", ""))
    texts.append(json.loads(watch.timed(kaldi.FinalResult))["text"])
    return " ".join(text for text in texts if text)


def compare(folder: Path, rounds: int) -> None:
    """Print CPU and word errors of both."""
    engine, model = VoskEngine(folder), vosk.Model(str(folder))
    watches = {"plain loop": _Stopwatch(), "Earshot": _Stopwatch()}
    errors = dict.fromkeys(watches, 0)
    seconds = words = 0.0
    for _ in range(rounds):
        for data, text in talks():
            seconds, words = seconds + len(data) / 32_000, words + len(text.split())
            heard = {
                "plain loop": _plain(model, data, watches["plain loop"]),
                "Earshot": _ours(engine, data, watches["Earshot"]),
            }
            for name, found in heard.items():
                errors[name] += word_errors(text.split(), found.split())
    base = watches["plain loop"].spent_s
    print(
        "| recognizer's CPU | % of a core per stream | of the plain loop's | words wrong |\n|---|---|---|---|"
    )
    for name, watch in watches.items():
        share, wrong = 100 * watch.spent_s / seconds, errors[name] / words
        print(f"| {name} | {share:.2f} | {watch.spent_s / base:.2f} | {wrong:.1%} |")
    engine.close()
