"""PocketSphinx whose worker processes are killed in mid-utterance, at moments that the sound alone decides."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audio.recognizers.base import Recognizer, RecognizerInfo, RecognizerSettings
from audio.recognizers.pocketsphinx import PocketSphinxEngine


class DeadlyEngine:
    """Kills a worker at every so manieth piece of sound that a session hears."""

    def __init__(self, *, every: int) -> None:
        self._engine = PocketSphinxEngine(workers=2)
        self._every = every
        self.kills = 0

    @property
    def info(self) -> RecognizerInfo:
        return self._engine.info

    @property
    def elsewhere(self) -> bool:
        return self._engine.elsewhere

    @property
    def workers(self) -> tuple[int, ...]:
        return self._engine.workers

    def recognizer(self, settings: RecognizerSettings) -> Recognizer:
        return _Interrupted(self, self._engine.recognizer(settings), self._every)

    def kill(self) -> None:
        """kill -9 of the worker that has run longest."""
        with suppress(ProcessLookupError, IndexError):
            os.kill(self.workers[0], signal.SIGKILL)
            self.kills += 1

    def close(self) -> None:
        self._engine.close()


class _Interrupted:
    """A recognizer that lives dangerously."""

    def __init__(self, engine: DeadlyEngine, ear: Recognizer, every: int) -> None:
        self._engine = engine
        self._ear = ear
        self._every = every
        self._heard = 0

    def accept(self, pcm: NDArray[np.int16]) -> str:
        self._heard += 1
        if self._heard % self._every == 0:
            self._engine.kill()
        return self._ear.accept(pcm)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ear, name)
