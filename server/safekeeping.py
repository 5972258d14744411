"""What was acknowledged is on disk before the client is told so; and it goes once it is kept as messages."""

from __future__ import annotations

import logging

from audio.progress import NO_PAST, Past
from audio.values import RATE, AudioFormat
from server.ear import Ear
from server.workers import Workers
from storage.errors import StorageError
from storage.journal import Entry, Heard

log = logging.getLogger(__name__)


class Safekeeping:
    """One session's sound on its way to the journal."""

    def __init__(
        self, entry: Entry | None, workers: Workers, audio_format: AudioFormat, past: Past = NO_PAST
    ) -> None:
        """None for `entry` keeps nothing: the session declined to be recorded, or the operator wants no journal.

        `past` is where the session's hearing stands.
        """
        self._kept = past
        self._lost = False
        self._entry = entry
        self._workers = workers
        self._stride = audio_format.stride
        self._per_sample = audio_format.sample_rate / RATE
        self._held: list[bytes] = []

    def hold(self, data: bytes) -> None:
        """Take what was received; `secure` puts it on disk."""
        if self._entry:
            self._held.append(data)

    async def secure(self, ear: Ear) -> None:
        """Put on disk what is held and was heard with `ear`; where that fails, the log says so, once."""
        sound = self._whole()
        if not self._entry or not sound:
            return
        needed = self._kept.ended if ear.speaking or self._lost else self._kept.clock
        heard = Heard(self._kept.utterances, self._kept.ended)
        try:
            await self._workers.run(
                self._entry.write, sound, heard, needed=int(needed * self._per_sample) * self._stride
            )
        except StorageError as error:
            log.error("acknowledged audio won't survive a crash: %s", error)
            self._entry = None

    def align(self) -> None:
        """Forget a sample that a lost line cut in two."""
        self._held = [self._whole()]

    def _whole(self) -> bytes:
        """Take the whole samples of what is held."""
        held = b"".join(self._held)
        whole = len(held) - len(held) % self._stride
        self._held = [held[whole:]]
        return held[:whole]

    def kept(self, ear: Ear) -> None:
        """All utterances that ended so far are messages."""
        if not self._lost:
            self._kept = ear.past

    def lose(self) -> None:
        """An utterance could not be kept: its sound stays in the journal, for the next start to try again."""
        self._lost = True

    async def erase(self) -> None:
        """Delete the journal: every word of it is a message by now."""
        if self._lost:
            self.close()
        elif self._entry:
            await self._workers.run(self._entry.erase)
            self._entry = None

    async def recovered(self, ear: Ear) -> None:
        """What the last server left is heard and kept."""
        await self.secure(ear)
        if self._entry and not self._lost:
            await self._workers.run(self._entry.forget_older)

    def close(self) -> None:
        """Leave what is on disk for the next start. Safe to call twice."""
        if self._entry:
            self._entry.close()
