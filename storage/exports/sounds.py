"""The sound of a message, for the formats that carry it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from storage.errors import StorageError
from storage.exports.columns import Turn

Sounds = Callable[[Turn], bytes]
"""Returns the FLAC bytes of a message that has a recording. Raises: StorageError where the file is missing."""


def sounds_in(folder: Path) -> Sounds:
    """Return what reads recordings from `folder`."""

    def sound(turn: Turn) -> bytes:
        assert turn.audio_path is not None
        try:
            return (folder / turn.audio_path).read_bytes()
        except OSError as error:
            # Readers of these formats don't notice a missing file until they train, so the export must.
            raise StorageError(f"the recording of message {turn.id} is missing: {turn.audio_path}") from error

    return sound
