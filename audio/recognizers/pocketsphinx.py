"""PocketSphinx behind the port: the English demo recognizer that needs no download.

Recognition runs in worker processes, as many as there are cores (`audio.recognizers.sphinx`). Each utterance is
served by the worker with the fewest open ones. A `Recognizer` keeps the utterance's audio: if its worker dies, the
utterance begins again in another, and no word is lost.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from threading import Lock
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from audio.recognizers.base import RecognizerError, RecognizerInfo, RecognizerSettings
from audio.recognizers.sphinx.grammar import grammar, spell
from audio.recognizers.sphinx.messages import Check, Drop, Finish, Finished, Hear, Mean, Open, joined
from audio.recognizers.sphinx.process import Refused, Worker, WorkerDied
from audio.values import Recognition

INSTALL = "python -m server models fetch vosk-model-small-en-us-0.15"
NOTE = (
    "This is the built-in English demo recognizer: expect about 1 word in 4 wrong. "
    f"Install the real one with: {INSTALL}"
)
_MISSING = f"PocketSphinx is built for Python 3.11 and 3.13 only; take one of them or a Vosk model: {INSTALL}"

T = TypeVar("T")

_TRIES = 3
"""Workers that one request may lose before the audio itself is suspected of killing them."""

_DECODER_BYTES = 75e6
"""Memory of one more decoder with its dictionary and search tree, measured (the first worker takes 105e6)."""

_STREAMS_A_CORE = 12
"""Live streams that a core can follow at 0.08 times real time each; more decoders would only take memory."""


class PocketSphinxEngine:
    """The worker processes."""

    def __init__(self, *, workers: int | None = None) -> None:
        """Start the first worker; the others start when there is work for them. `workers` is one a core at most.

        Raises: RecognizerError where PocketSphinx isn't installed or no process can be started.
        """
        if not find_spec("pocketsphinx"):
            raise RecognizerError(_MISSING)
        self._most = workers or _cores()
        self._limit = _decoders_each(self._most)
        self._lock = Lock()
        self._closed = False
        self._utterances = count(1)
        self._load: dict[Worker, int] = {_started(self._limit): 0}

    @property
    def info(self) -> RecognizerInfo:
        """A demo, and how wrong it is."""
        return RecognizerInfo(engine="pocketsphinx", model="en-us", language="en-us", demo=True, note=NOTE)

    @property
    def elsewhere(self) -> bool:
        """The workers are processes."""
        return True

    @property
    def workers(self) -> tuple[int, ...]:
        """The process ids of the workers that run."""
        with self._lock:
            return tuple(worker.pid for worker in self._load if worker.alive)

    def recognizer(self, settings: RecognizerSettings) -> PocketSphinxRecognizer:
        """Make a session's recognizer. Raises: RecognizerError."""
        phrases = spell(settings.phrases)
        words = tuple(dict.fromkeys(word for phrase in phrases for word in phrase))
        unknown = self._unknown(words) if words else frozenset()
        known = [phrase for phrase in phrases if not unknown & set(phrase)]
        return PocketSphinxRecognizer(
            self,
            grammar=grammar(known) if known else None,
            alternatives=settings.alternatives,
            warnings=_warnings(sorted(unknown), usable=bool(known), asked=bool(settings.phrases)),
        )

    def hire(self) -> tuple[Worker, int]:
        """Give an utterance the least busy worker and a number of its own. Hand it back with `release`.

        Raises: RecognizerError.
        """
        with self._lock:
            if self._closed:
                raise RecognizerError("PocketSphinx has been closed")
            self._load = {worker: load for worker, load in self._load.items() if worker.alive}
            idle = any(load == 0 for load in self._load.values())
            if not idle and len(self._load) < self._most:
                self._load[_started(self._limit)] = 0
            worker = min(self._load, key=self._load.__getitem__)
            self._load[worker] += 1
            return worker, next(self._utterances)

    def release(self, worker: Worker) -> None:
        """Take a worker back from an utterance."""
        with self._lock:
            if worker in self._load:  # else it died in the meantime
                self._load[worker] -= 1

    def close(self) -> None:
        """End all workers and wait until they are gone. Safe to call twice."""
        with self._lock:
            self._closed = True
            workers, self._load = list(self._load), {}
        for worker in workers:
            worker.close()

    def _unknown(self, words: tuple[str, ...]) -> frozenset[str]:
        worker, _ = self.hire()
        try:
            unknown = worker.ask(Check(words))
        except (WorkerDied, Refused) as error:
            raise RecognizerError(f"PocketSphinx can't look up the phrases: {error}") from error
        finally:
            self.release(worker)
        assert isinstance(unknown, tuple)
        return frozenset(unknown)


class PocketSphinxRecognizer:
    """One session's ear: carries the talker's cepstral mean from utterance to utterance."""

    def __init__(
        self, engine: PocketSphinxEngine, *, grammar: str | None, alternatives: int, warnings: tuple[str, ...]
    ) -> None:
        self._engine = engine
        self._grammar = grammar
        self._alternatives = alternatives
        self._warnings = warnings
        self._mean: Mean | None = None
        self._heard_mean: Mean | None = None
        self._audio = bytearray()
        self._worker: Worker | None = None
        self._utterance = 0
        self._told = 0
        self._text = ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What became of the phrases."""
        return self._warnings

    def accept(self, pcm: NDArray[np.int16]) -> str:
        """Hear more of the utterance; return its words so far, the newest held back until they stand.

        Raises: RecognizerError.
        """
        self._audio += pcm.astype(np.int16, copy=False).tobytes()
        self._surviving(self._tell)
        return self._text

    def finish(self) -> Recognition:
        """Decode the utterance so far with care. Repeatable. Raises: RecognizerError."""
        if not self._audio:
            return Recognition("")
        finished = self._surviving(lambda: self._tell().ask(Finish(self._utterance)))
        assert isinstance(finished, Finished)
        self._heard_mean = finished.mean
        return finished.recognition

    def reset(self) -> None:
        """Begin a new utterance of the same talker."""
        self._mean, self._heard_mean = joined(self._mean, self._heard_mean), None
        self.close()

    def close(self) -> None:
        """Forget the utterance and give its decoder back. Safe to call twice."""
        self._audio.clear()
        self._leave()

    def _tell(self) -> Worker:
        """Let a worker hear all the audio that it hasn't: a new one, all of the utterance."""
        if self._worker is None:
            self._worker, self._utterance = self._engine.hire()
            self._worker.ask(Open(self._utterance, self._mean, self._grammar, self._alternatives))
        if self._told < len(self._audio):
            heard = self._worker.ask(Hear(self._utterance, bytes(self._audio[self._told :])))
            assert isinstance(heard, str)
            self._told, self._text = len(self._audio), heard
        return self._worker

    def _surviving(self, work: Callable[[], T]) -> T:
        """Do a piece of work, again with another worker if one dies over it. Raises: RecognizerError."""
        for _ in range(_TRIES):
            try:
                return work()
            except WorkerDied as error:
                died = error
            except Refused as error:
                raise RecognizerError(f"PocketSphinx refused this audio: {error}") from error
            self._leave()
        raise RecognizerError(f"PocketSphinx lost {_TRIES} workers to one utterance; {died}") from died

    def _leave(self) -> None:
        """Let go of the worker."""
        worker, self._worker = self._worker, None
        self._told, self._text = 0, ""
        if worker:
            with suppress(WorkerDied, Refused):
                worker.ask(Drop(self._utterance))
            self._engine.release(worker)


def _started(limit: int) -> Worker:
    try:
        return Worker(limit=limit)
    except OSError as error:
        raise RecognizerError(f"can't start a process for PocketSphinx: {error.strerror}") from error


def _decoders_each(workers: int) -> int:
    """Return how many decoders a worker may have: all of them together take a quarter of the memory at most."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = Path("/sys/fs/cgroup/memory.max")  # a container's share, or "max"
    if limit.is_file() and (text := limit.read_text().strip()).isdecimal():
        memory = min(memory, int(text))
    return max(1, min(_STREAMS_A_CORE, int(memory / 4 / workers / _DECODER_BYTES)))


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # Linux: a container may have fewer than the machine
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _warnings(unknown: Sequence[str], *, usable: bool, asked: bool) -> tuple[str, ...]:
    """Say which phrases can't be listened for."""
    if not asked or (usable and not unknown):
        return ()
    named = ", ".join(repr(word) for word in unknown) or "what was given"
    if not usable:
        return (f"no phrase can be used: the demo recognizer doesn't know {named}",)
    return (f"phrases with {named} are left out: the demo recognizer doesn't know these words",)
