"""How a session opens: its pipeline is made, its conversation begun, its journal laid out."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass

import msgspec

from audio.progress import NO_PAST, Past
from server import keeping
from server.commands import Align
from server.ear import Ear
from server.events import Opened, Start, Tune
from server.house import House
from server.identity import Identity
from server.operate import logs
from server.safekeeping import Safekeeping
from server.saving import Saving
from storage.errors import StorageError
from storage.journal import Entry, Heard
from storage.rows import Conversation

log = logging.getLogger(__name__)

_TOKEN_BYTES = 24
"""Of a resume token: beyond guessing."""


@dataclass(frozen=True, slots=True)
class Outfit:
    """What an open session works with."""

    opened: Opened
    ear: Ear
    saving: Saving
    safe: Safekeeping

    def adjust(self, command: Align | Tune) -> None:
        """Change how what comes next is heard."""
        self.ear.adjust(command)
        if isinstance(command, Align):
            self.safe.align()

    async def end(self) -> None:
        """The session is over: everything it heard is kept."""
        self.ear.close()
        await self.saving.end()
        await self.safe.erase()

    def close(self) -> None:
        """Give back what the session held. Safe to call twice."""
        self.ear.close()
        self.safe.close()


async def open_session(start: Start, house: House) -> Outfit:
    """Make what a session needs.

    Raises: RecognizerError where nobody can listen, StorageError where nothing can be kept.
    """
    if start.ignored:
        log.warning("a %s client asked for what isn't done: %s", start.platform, ", ".join(start.ignored))
    ear, warnings = await make_ear(start, house)
    try:
        conversation = await _conversation(start, house)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        identity = Identity.of(conversation.session_id, token, conversation.started_at)
        entry = await journal_entry(start, house, identity, conversation.id)
    except StorageError:
        ear.close()
        raise
    return outfit(start, house, identity, conversation.id, ear, entry, token=token, warnings=warnings)


async def make_ear(start: Start, house: House, *, past: Past = NO_PAST) -> tuple[Ear, tuple[str, ...]]:
    """Make what hears a session; also return what it can't do of what was asked. Raises: RecognizerError."""
    record = _recorded(start, house)
    pipeline, warnings = await house.workers.run(house.hearing.open, start, record=record, past=past)
    return Ear(pipeline, house.workers, bytes_per_s=start.format.bytes_per_s), warnings


def _recorded(start: Start, house: House) -> bool:
    """Whether a session's sound is kept with its messages."""
    return house.config.storage.record if start.record is None else start.record


async def journal_entry(
    start: Start,
    house: House,
    identity: Identity,
    conversation_id: int,
    *,
    received: int = 0,
    heard: Past = NO_PAST,
) -> Entry | None:
    """Lay out a session's journal; None where there is none, or where the client declined to be recorded.

    Nor is there one where each channel is heard on its own: a journal knows one line of utterances.

    Raises: StorageError.
    """
    if house.journal is None or start.record is False or start.apart:
        return None
    about = {
        "session_id": identity.session_id,
        "began": identity.began,
        "conversation_id": conversation_id,
        "start": msgspec.to_builtins(start),
    }
    stand = Heard(heard.utterances, heard.ended)
    return await house.workers.run(
        house.journal.begin, identity.digest, about, received=received, heard=stand
    )


def outfit(
    start: Start,
    house: House,
    identity: Identity,
    conversation_id: int,
    ear: Ear,
    entry: Entry | None,
    *,
    token: str = "",
    warnings: tuple[str, ...] = (),
) -> Outfit:
    """Put together what an open session works with."""
    opened = Opened(
        session_id=identity.session_id,
        conversation_id=conversation_id,
        resume_token=token,
        sample_rate=start.format.sample_rate,
        silence_ms=house.hearing.silence_ms(start),
        recognizer=house.hearing.engine.info,
        warnings=warnings,
        began=identity.began,
    )
    logs.session.set(identity.session_id)
    safe = Safekeeping(entry, house.workers, start.format, ear.past)
    return Outfit(opened, ear, Saving(house, identity, conversation_id, safe), safe)


async def _conversation(start: Start, house: House) -> Conversation:
    """Begin a conversation, or go on with the one the client names."""
    if start.conversation_id is not None:
        return await house.store.resume_conversation(start.conversation_id)
    row = keeping.conversation(
        start,
        session_id=house.new_id(),
        model=house.hearing.engine.info.model,
        record=_recorded(start, house),
        training=house.config.storage.training_default if start.training is None else start.training,
    )
    return await house.store.open_conversation(row)
