"""PocketSphinx's decoders in one worker process: shared by its utterances, all on one language model.

Making a decoder costs a third of a second, so they are pooled; an utterance holds one only while it is open. What a
decoder remembers of the last talker (cepstral mean, noise tracker) is wiped by `reinit_feat` on every checkout: a
decoder so wiped decodes exactly as a new one.

Source: https://github.com/cmusphinx/pocketsphinx (include/pocketsphinx.h, src/feat/cmn.c).
"""

from __future__ import annotations

import os
from collections.abc import Generator
from itertools import islice
from math import log
from sys import float_info

from pocketsphinx import Decoder as Decoder  # whoever was lent one names its type
from pocketsphinx import Hypothesis

from audio.recognizers.segments import Reading, Segment
from audio.recognizers.sphinx.messages import Mean
from audio.values import RATE, Word

ERRORS = (RuntimeError, ValueError, KeyError, IndexError)
"""What PocketSphinx raises."""

_FRAME = RATE // 100
"""Samples in PocketSphinx's frame: 10 ms."""

_SHORTEST = 4
"""Frames from which there are features: the analysis window and the deltas need their neighbours."""

_SLICE = 2 * RATE // 4
"""Bytes that are searched at a go: 0.25 s of audio, some 25 ms of work, which is what others may have to wait."""

_FAST = {
    "fwdflat": False,  # the second search pass: more CPU, no fewer wrong words
    "maxhmmpf": 2000,  # states searched in a frame, a fifteenth of the default: same words
    "ds": 2,  # score every other frame: same words
    "samprate": RATE,
    "loglevel": "FATAL",  # it prints an error for every empty utterance otherwise
}
"""Half the CPU of the defaults at the same word error rate on read English."""

_LANGUAGE = "_default"
"""PocketSphinx's name for the search that a decoder is made with; ours for the same search added later."""

_PHRASES = "phrases"

_YES = "#JSGF V1.0; grammar one; public <word> = yes;"
"""The cheapest grammar, for a decoder that is used for its ears only and knows one word."""

_LISTED = 50
"""Readings that are looked through for different ones: PocketSphinx repeats itself."""


class Decoders:
    """The pool. `limit` is how many utterances may stream at once."""

    def __init__(self, *, limit: int) -> None:
        """Load the model: a third of a second. Raises: RuntimeError."""
        self._careful = Decoder(**_FAST)
        self._model = self._careful.get_lm(_LANGUAGE)
        self._ear = Decoder(lm=None, dict=os.devnull, **_FAST)
        self._ear.add_word("yes", "Y EH S")
        self._ear.add_jsgf_string(_PHRASES, _YES)
        self._ear.activate_search(_PHRASES)
        self._free: list[Decoder] = []
        self._left = self._limit = limit

    def warm(self) -> None:
        """Make the first decoder while there is nothing else to do, so that the first talker needn't wait for it."""
        if self._left == self._limit:
            self._left -= 1
            self._free.append(self._another())

    def unknown(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Return the words that are not in the dictionary."""
        return tuple(word for word in words if self._careful.lookup_word(word) is None)

    def mean(self, pcm: bytes) -> Mean | None:
        """Measure the cepstral mean of all of `pcm` together; None where there is no sound in it.

        A thousandth of the cost of decoding. It is what `full_utt=True` would subtract.
        """
        frames = len(pcm) // (2 * _FRAME)
        if frames < _SHORTEST or pcm.count(0) == len(pcm):
            return None
        self._ear.reinit_feat()
        self._ear.start_utt()
        try:
            self._ear.process_raw(pcm, no_search=True, full_utt=True)
            values = tuple(float(value) for value in self._ear.get_cmn(False).split(","))
        finally:
            self._ear.end_utt()
        return Mean(values, frames)

    def take(self, mean: Mean | None, grammar: str | None) -> Decoder | None:
        """Lend a decoder with an utterance started, None where all are out.

        Raises: ValueError for a bad grammar.
        """
        if not self._free:
            if not self._left:
                return None
            self._left -= 1
            self._free.append(self._another())
        decoder = self._free.pop()
        try:
            _start(decoder, mean, grammar)
        except ERRORS:
            self._left += 1
            raise
        return decoder

    def give(self, decoder: Decoder) -> None:
        """Take a decoder back in the middle of its utterance."""
        try:
            decoder.end_utt()
        except ERRORS:
            self._left += 1  # in an odd state: thrown away, and another may be made
        else:
            self._free.append(decoder)

    def decode(
        self, pcm: bytes, *, mean: Mean | None, grammar: str | None, at: int, alternatives: int
    ) -> Generator[None, None, Segment]:
        """Decode a whole segment with care, yielding between slices so that others can be served. One at a time.

        `at` is the segment's place in its utterance, samples. `mean` being the segment's own makes this
        `full_utt=True` in slices: that call can't be interrupted, and 30 s of speech take it three seconds.
        """
        try:
            _start(self._careful, mean, grammar)
            try:
                for start in range(0, len(pcm), _SLICE):
                    self._careful.process_raw(pcm[start : start + _SLICE])
                    yield
            finally:
                self._careful.end_utt()
            return _segment(self._careful, at, alternatives)
        except ERRORS:
            self._careful = self._another()
            raise

    def _another(self) -> Decoder:
        decoder = Decoder(lm=None, **_FAST)
        decoder.add_lm(_LANGUAGE, self._model)
        decoder.activate_search(_LANGUAGE)  # current_search() crashes where none ever was
        return decoder


def words_so_far(decoder: Decoder) -> tuple[str, ...]:
    """Return the words that a decoder thinks it has heard: they change until the end."""
    found = decoder.hyp()
    return tuple(_plain(word) for word in found.hypstr.split()) if found else ()


def _start(decoder: Decoder, mean: Mean | None, grammar: str | None) -> None:
    """Begin an utterance as a new decoder would."""
    decoder.reinit_feat()
    if mean:
        decoder.set_cmn(",".join(f"{value:.4f}" for value in mean.values))
    if decoder.current_search() == _PHRASES:
        decoder.activate_search(_LANGUAGE)
        decoder.remove_search(_PHRASES)
    if grammar:
        decoder.add_jsgf_string(_PHRASES, grammar)
    decoder.activate_search(_PHRASES if grammar else _LANGUAGE)
    decoder.start_utt()


def _segment(decoder: Decoder, at: int, alternatives: int) -> Segment:
    """Read the result of an ended utterance."""
    words = tuple(
        Word(
            text=_plain(part.word),
            start=at + part.start_frame * _FRAME,
            end=at + (part.end_frame + 1) * _FRAME,
            confidence=min(max(part.prob, 0.0), 1.0),
        )
        for part in decoder.seg() or ()
        if part.word[0] not in "<[+"  # sentence marks, silence, noises
    )
    best = Reading(" ".join(word.text for word in words), words, _score(decoder.hyp()))
    others: dict[str, Reading] = {}
    if alternatives and words:
        for found in islice(decoder.nbest() or (), _LISTED):
            text = " ".join(_plain(word) for word in found.hypstr.split()) if found else ""
            if text != best.text and len(others) < alternatives:
                others.setdefault(text, Reading(text, None, _score(found)))
    return Segment((best, *others.values()))


def _score(found: Hypothesis | None) -> float:
    """Log likelihood: PocketSphinx hands out the likelihood itself, which may be too small for a float."""
    return log(found.score) if found and found.score > 0 else log(float_info.min)


def _plain(word: str) -> str:
    """Strip the number of a pronunciation: "the(2)" is "the"."""
    return word.partition("(")[0]
