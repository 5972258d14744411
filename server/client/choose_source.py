"""Opens what the user wants heard, importing what that takes and no more."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import assert_never

from server.client.arguments import Microphone, Options, Pipe, Recording
from server.client.errors import Mistake
from server.client.source import Source, Tell


@contextmanager
def open_source(options: Options, tell: Tell) -> Iterator[Source]:
    """Open the source that `options` name. Raises: Mistake."""
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
            yield PipedSound(sys.stdin.fileno(), audio_format, frame_ms=options.frame_ms, tell=tell)
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
        case _:
            assert_never(options.source)
