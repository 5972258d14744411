"""Vosk behind the port: one model shared by all sessions, one `KaldiRecognizer` for each.

Vosk ends segments by its own rules (0.5 to 2 s of silence, 20 s of speech). Here they are joined into the utterance
that the caller decides on. `FinalResult` doubles as the flush: it decodes what is pending and drops the decoder, and
the next audio builds a new one whose word times go on counting from the recognizer's first sample.

What libvosk 0.3.45 does, seen by running it:
- `AcceptWaveform` takes only `bytes`, and after an endpoint returns 1 until the result is fetched.
- `PartialResult` has no key `partial` before any audio and after a result.
- With alternatives asked for, words have no confidence.
- `SetPartialWords` delays partials by up to a second, so it is never used.
- A grammar needs a graph that is composed at run time; on a static one it is ignored.

Source: https://github.com/alphacep/vosk-api (src/recognizer.cc, src/model.cc).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import vosk
from numpy.typing import NDArray

from audio.recognizers.base import RecognizerError, RecognizerInfo, RecognizerSettings
from audio.recognizers.segments import Reading, Segment, join
from audio.recognizers.vosk_model import check_model, has_runtime_graph, language_of
from audio.values import RATE, Recognition, Word

UNKNOWN_WORD = "[unk]"
"""What a Vosk grammar calls all other speech."""


class VoskEngine:
    """A Vosk model in memory."""

    def __init__(self, folder: Path, *, language: str = "") -> None:
        """Load the model in `folder`; `language` is its language where its name doesn't say.

        Takes a second, or several for a large one.

        Raises: RecognizerError.
        """
        check_model(folder)
        vosk.SetLogLevel(-1)
        with _translated(f"{folder}: libvosk can't load this model; its files may be damaged"):
            self._model = vosk.Model(str(folder))
        self._takes_phrases = has_runtime_graph(folder)
        name = folder.resolve().name
        guessed = language_of(name)
        spoken = language if language and guessed == "und" else guessed
        self._info = RecognizerInfo(engine="vosk", model=name, language=spoken)

    @property
    def info(self) -> RecognizerInfo:
        """Which model this is."""
        return self._info

    @property
    def elsewhere(self) -> bool:
        """libvosk works in the thread that calls it."""
        return False

    def recognizer(self, settings: RecognizerSettings) -> VoskRecognizer:
        """Make a session's recognizer: milliseconds, longer with many phrases.

        Raises: RecognizerError.
        """
        phrases, warnings = self._usable(settings.phrases)
        grammar = [json.dumps(phrases)] if phrases else []
        with _translated(f"{self._info.model}: libvosk can't make a recognizer"):
            kaldi = vosk.KaldiRecognizer(self._model, float(RATE), *grammar)
        return VoskRecognizer(kaldi, alternatives=settings.alternatives, warnings=warnings)

    def close(self) -> None:
        """Free the model once the last recognizer is gone: libvosk counts."""
        self._model = None

    def _usable(self, phrases: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
        """Return the phrases that this model can listen for, and what to tell about the others."""
        if not phrases:
            return [], ()
        if not self._takes_phrases:
            return [], (
                f"{self._info.model} has a fixed graph and ignores phrases; a small model takes them",
            )
        phrases = [" ".join(phrase.lower().split()) for phrase in phrases]
        words = dict.fromkeys(word for phrase in phrases for word in phrase.split())
        unknown = [word for word in words if self._model.vosk_model_find_word(word) < 0]
        known = [phrase for phrase in phrases if phrase and not set(phrase.split()) & set(unknown)]
        if not unknown:
            return known, ()
        named = ", ".join(repr(word) for word in unknown)
        if set(known) <= {UNKNOWN_WORD}:
            return [], (f"no phrase can be used: {self._info.model} doesn't know {named}",)
        return known, (f"phrases with {named} are left out: {self._info.model} doesn't know these words",)


class VoskRecognizer:
    """One session's ear. See the head of this file for the rules that it follows."""

    def __init__(self, kaldi: Any, *, alternatives: int, warnings: tuple[str, ...]) -> None:
        self._kaldi = kaldi
        self._kaldi.SetWords(True)
        if alternatives:
            self._kaldi.SetMaxAlternatives(alternatives + 1)  # the first one is the answer itself
        self._alternatives = alternatives
        self._warnings = warnings
        self._heard = 0
        self._utterance = 0
        self._segments: list[Segment] = []

    @property
    def warnings(self) -> tuple[str, ...]:
        """What became of the phrases."""
        return self._warnings

    def accept(self, pcm: NDArray[np.int16]) -> str:
        """Hear more of the utterance; return all its words so far.

        Raises: RecognizerError.
        """
        with _translated("libvosk failed on this audio"):
            ended = self._kaldi.AcceptWaveform(pcm.astype("<i2", copy=False).tobytes())
        self._heard += len(pcm)
        if ended:
            self._keep(self._kaldi.Result())
            return self._text()
        return f"{self._text()} {json.loads(self._kaldi.PartialResult()).get('partial', '')}".strip()

    def finish(self) -> Recognition:
        """Flush, and return all words of the utterance so far. Repeatable."""
        self._keep(self._kaldi.FinalResult())
        return join(self._segments, alternatives=self._alternatives)

    def reset(self) -> None:
        """Begin a new utterance."""
        self._kaldi.FinalResult()  # Reset() would leave the old audio's last frames in front of the new
        self._segments = []
        self._utterance = self._heard

    def close(self) -> None:
        """Free libvosk's recognizer."""
        self._kaldi = None

    def _text(self) -> str:
        return " ".join(segment.readings[0].text for segment in self._segments)

    def _keep(self, result: str) -> None:
        """Keep a segment, unless nothing was said in it."""
        parsed = json.loads(result)
        found = parsed.get("alternatives", [parsed])
        readings = tuple(
            Reading(one["text"], tuple(map(self._word, one.get("result", ()))), one.get("confidence", 0.0))
            for one in found
        )
        if readings[0].text:
            self._segments.append(Segment(readings))

    def _word(self, word: dict[str, Any]) -> Word:
        start, end = (round(word[edge] * RATE) - self._utterance for edge in ("start", "end"))
        return Word(word["word"], max(start, 0), max(end, 0), word.get("conf"))


@contextmanager
def _translated(message: str) -> Iterator[None]:
    """Turn libvosk's errors into ours."""
    try:
        yield
    except Exception as error:  # the binding raises nothing narrower
        raise RecognizerError(message) from error
