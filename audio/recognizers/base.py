"""The port between hearing and a speech recognizer: an `Engine` is shared, a `Recognizer` is one session's.

To add a recognizer, write one file with an engine class and name it in `choose.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from audio.errors import AudioError
from audio.values import Recognition


class RecognizerError(AudioError):
    """A recognizer could not be set up or failed; the message is fit for the operator."""


@dataclass(frozen=True, slots=True)
class RecognizerInfo:
    """What a client is told about who listens."""

    engine: str
    """vosk, pocketsphinx or scripted."""
    model: str
    """The model's folder name, never its path."""
    language: str
    """BCP 47, for example en-us."""
    demo: bool = False
    """True for the built-in demo model."""
    note: str | None = None
    """Where `demo`: how wrong it is and the command that installs a real model."""


@dataclass(frozen=True, slots=True)
class RecognizerSettings:
    """What a session asks of its recognizer."""

    phrases: tuple[str, ...] = ()
    """Expected phrases; a recognizer that can't use them says so in `Recognizer.warnings`."""
    alternatives: int = 0
    """How many other readings a final should list."""


class Recognizer(Protocol):
    """Turns one session's utterances into words. Used from one thread at a time, not always the same one.

    Within an utterance the audio is contiguous: times count in samples from the utterance's first.
    """

    @property
    def warnings(self) -> tuple[str, ...]:
        """What of the settings can't be honoured, in plain words."""

    def accept(self, pcm: NDArray[np.int16]) -> str:
        """Hear more of the utterance; return all its words so far.

        Raises: RecognizerError.
        """

    def finish(self) -> Recognition:
        """Return all words of the utterance so far, the last ones flushed.

        Repeatable: `accept` may go on with the same utterance and `finish` be called again; no word is lost
        or doubled. Raises: RecognizerError.
        """

    def reset(self) -> None:
        """Forget the utterance; the next `accept` begins a new one."""

    def close(self) -> None:
        """Give back what the session held. Safe to call twice."""


class Engine(Protocol):
    """A loaded model that sessions share."""

    @property
    def info(self) -> RecognizerInfo:
        """Which recognizer and model this is."""

    @property
    def elsewhere(self) -> bool:
        """Whether the work is done in other processes, so that a calling thread only waits."""

    def recognizer(self, settings: RecognizerSettings) -> Recognizer:
        """Make a session's recognizer. Cheap enough for a worker thread, thread-safe.

        Raises: RecognizerError.
        """

    def close(self) -> None:
        """End worker processes and free the model."""
