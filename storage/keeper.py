"""Keeps messages: the sound first, then the row, so that no row names a file that isn't there."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

from storage import erasure, messages
from storage.errors import StorageError
from storage.recordings import Kept, Recordings
from storage.rows import NewMessage, Saved
from storage.writer import Writer


class Keeper:
    """Adds messages, with or without a recording."""

    def __init__(self, writer: Writer, recordings: Recordings) -> None:
        self._writer = writer
        self._recordings = recordings

    async def add(self, new: NewMessage) -> Saved:
        """Keep a message; return when all of it is on disk. Raises: Invalid, NotFound, Full, StorageError."""
        checked = messages.checked(new)
        if new.audio is None:
            return await self._writer.submit(partial(messages.insert, message=checked))
        kept = await asyncio.to_thread(self._recordings.keep, new.audio)
        # Cancelled here, the hold stays: the job may be queued still, and a file too many is swept at the next start.
        try:
            saved = await self._writer.submit(partial(messages.insert, message=checked, kept=kept))
        except StorageError:
            await self._let_go(kept)
            raise
        if saved.existed:
            await self._let_go(kept)
        else:
            self._recordings.release(kept)
        return saved

    async def _let_go(self, kept: Kept) -> None:
        """Delete a recording that came to nothing, unless another message has it."""
        self._recordings.release(kept)
        drop = partial(erasure.drop_recordings, recordings=self._recordings, digests=[kept.sha256])
        with suppress(
            StorageError
        ):  # it may have come to nothing because of this very fault: the next start sweeps
            await self._writer.submit(drop)
