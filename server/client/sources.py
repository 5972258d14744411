"""Where sound comes from: the port that recordings, pipes and microphones share, and the choice between them."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from audio.values import AudioFormat
from server.client.arguments import Microphone, Options, Pipe, Recording
from server.client.errors import Mistake

Tell = Callable[[str], None]
"""Takes a line for whoever watches."""


class Source(Protocol):
    """Something to hear."""

    @property
    def format(self) -> AudioFormat:
        """How `blocks` are written."""

    def blocks(self) -> AsyncGenerator[bytes, None]:
        """Yield the sound in pieces of a message each. To be iterated once. Raises: ClientError."""


@contextmanager
def open_source(options: Options, tell: Tell) -> Iterator[Source]:
    """Open what the user wants heard. Raises: Mistake."""
    match options.source:
        case Recording(path, loop):
            from server.client.sound_file import open_sound

            with open_sound(path, frame_ms=options.frame_ms, loop=loop, tell=tell) as recording:
                yield recording
        case Pipe(audio_format):
            from server.client.pipe import PipedSound

            if sys.stdin is None or sys.stdin.isatty():
                raise Mistake("nothing is piped into standard input; name a FILE, or pipe raw PCM")
            # Its descriptor, not its buffer: a thread that waits in there holds a lock that Python's exit needs.
            yield PipedSound(sys.stdin.fileno(), audio_format, frame_ms=options.frame_ms)
        case Microphone(device, rate, channels):
            from server.client import microphone

            yield microphone.Microphone(
                microphone.load(),
                device=device,
                rate=rate,
                channels=channels,
                frame_ms=options.frame_ms,
                tell=tell,
            )
