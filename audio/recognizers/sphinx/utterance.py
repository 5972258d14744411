"""One open utterance in a worker process: a fast stream for its partials, a careful second look for its final.

The cepstral mean decides how well PocketSphinx hears (33 of 100 words wrong with its default start, 20 with the
right mean). A talker's mean is carried from utterance to utterance; for the first one it is measured after half a
second, and once more after one, and the stream begins anew. The final is decoded again with the mean of all that was
said, on another decoder, so that the stream can go on when speech resumes.

When speech resumes after a `finish`, a long prepared text is kept as the utterance's beginning and both decoders go
on behind it: otherwise each pause would cost another look at everything before it. A short one is thrown away, for
the sake of the words' context.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from itertools import takewhile

from audio.recognizers.segments import Segment, join
from audio.recognizers.sphinx.decoders import Decoder, Decoders, words_so_far
from audio.recognizers.sphinx.messages import Finished, Mean, Open, joined
from audio.values import RATE

_SECOND = 2 * RATE
"""Bytes."""

_LISTEN = (_SECOND // 2, _SECOND)
"""Bytes after which an unknown talker's mean is measured: early for a first partial, again for a better one."""

_KEEP = 10 * _SECOND
"""Bytes from which a prepared text is kept when speech resumes: the language model looks back three words only, but
kept at 5 s already, one word more in a hundred was wrong."""

_CATCH_UP = _SECOND
"""Bytes decoded in one call at most when the stream has fallen behind: 0.1 s of work."""

_STEADY = RATE // 5
"""Samples for which a word must have stood before it is shown: 0.2 s. Raw, each word is rewritten 2 to 4 times."""


class Utterance:
    """What has been heard of one utterance. Its methods raise `decoders.ERRORS`."""

    def __init__(self, decoders: Decoders, opening: Open) -> None:
        self._decoders = decoders
        self._opening = opening
        self._mean = opening.mean
        self._to_measure = [] if opening.mean else list(_LISTEN)
        self._kept: list[Segment] = []
        self._kept_mean: Mean | None = None
        self._prepared: Segment | None = None
        self._prepared_mean: Mean | None = None
        self._stream: Decoder | None = None
        self._begin(at=0)

    def hear(self, pcm: bytes) -> str:
        """Take more audio; return the words so far that have stood for a moment."""
        if self._prepared and len(self._pcm) >= _KEEP:
            self._keep(self._prepared)
        self._prepared = None
        self._pcm += pcm
        self._measure()
        self._advance()
        return " ".join([*(segment.readings[0].text for segment in self._kept), *self._steady.words])

    def finish(self) -> Generator[None, None, Finished]:
        """Decode the open segment with care, yielding between slices of work. Repeatable."""
        if self._prepared is None:
            pcm = bytes(self._pcm)
            self._prepared_mean = self._decoders.mean(pcm)
            self._prepared = yield from self._decoders.decode(
                pcm,
                mean=self._prepared_mean or self._mean,
                grammar=self._opening.grammar,
                at=self._at,
                alternatives=self._opening.alternatives,
            )
        recognition = join([*self._kept, self._prepared], alternatives=self._opening.alternatives)
        return Finished(recognition, joined(self._kept_mean, self._prepared_mean))

    def close(self) -> None:
        """Give the stream's decoder back."""
        if self._stream:
            self._decoders.give(self._stream)
            self._stream = None

    def _begin(self, *, at: int) -> None:
        """Begin a segment at this sample of the utterance."""
        self._at = at
        self._pcm = bytearray()
        self._rewind()

    def _rewind(self) -> None:
        """Let the stream begin the segment anew."""
        self.close()
        self._streamed = 0
        self._steady = Steady()

    def _keep(self, prepared: Segment) -> None:
        """Make the prepared text the utterance's beginning, and listen on behind it."""
        self._kept.append(prepared)
        self._kept_mean = self._mean = joined(self._kept_mean, self._prepared_mean)
        self._to_measure = []
        self._begin(at=self._at + len(self._pcm) // 2)

    def _measure(self) -> None:
        """Measure an unknown talker's mean as soon as there is enough to measure."""
        due = [size for size in self._to_measure if size <= len(self._pcm)]
        if due:
            self._to_measure = self._to_measure[len(due) :]
            self._mean = self._decoders.mean(bytes(self._pcm))
            self._rewind()

    def _advance(self) -> None:
        """Let the stream decode what it hasn't heard yet, if the talker is known and a decoder is free."""
        part = bytes(self._pcm[self._streamed : self._streamed + _CATCH_UP])
        if not part or (self._mean is None and self._to_measure):
            return
        self._stream = self._stream or self._decoders.take(self._mean, self._opening.grammar)
        if self._stream:
            self._stream.process_raw(part)
            self._streamed += len(part)
            self._steady.see(words_so_far(self._stream), at=self._streamed // 2)


class Steady:
    """Shows the beginning of a changing text that has stood for `_STEADY`."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, Sequence[str]]] = deque([(0, ())])

    @property
    def words(self) -> Sequence[str]:
        """The words that all texts of the last moment begin with."""
        columns = zip(*(text for _, text in self._seen), strict=False)
        return [column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns)]

    def see(self, text: Sequence[str], *, at: int) -> None:
        """Take the text as it is after this many samples."""
        self._seen.append((at, text))
        while self._seen[1][0] <= at - _STEADY:
            self._seen.popleft()
