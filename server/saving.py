"""How what a session wants saved gets into the store: hop eight of a frame's way."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import assert_never

from audio.values import Final
from server import keeping
from server.bodies import AgentLog, Memory, Message
from server.commands import Command, Rate, Save
from server.events import Receipt, Remembered
from server.house import House
from server.identity import Identity
from server.safekeeping import Safekeeping
from server.session import Session
from storage.errors import Invalid, NotFound, StorageError

log = logging.getLogger(__name__)


class Saving:
    """One session's conversation in the store."""

    def __init__(self, house: House, identity: Identity, conversation_id: int, safe: Safekeeping) -> None:
        self.identity = identity
        self._house = house
        self._store = house.store
        self._conversation_id = conversation_id
        self._safe = safe

    async def save(self, save: Save, session: Session, latency_ms: Callable[[], int]) -> list[Command]:
        """Commit what is to be saved; return what the session decides once it is durable."""
        try:
            with self._house.metrics.commit.time():
                receipt = await self._keep(save)
            memories = await self._recall(save)
        except (Invalid, NotFound) as error:  # the client's mistake, and its words: nothing for the log
            return session.failed("not_saved", str(error))
        except StorageError as error:
            log.error("something could not be kept: %s", error)
            if isinstance(save.what, Final):
                self._safe.lose()
            return session.failed("not_saved", str(error))
        return session.saved(save.what, receipt, latency_ms=latency_ms(), memories=memories)

    async def _keep(self, save: Save) -> Receipt:
        what, conversation_id = save.what, self._conversation_id
        match what:
            case Final():
                uid = self.identity.uid(what.utterance, what.channel)
                saved = await self._store.add_message(keeping.spoken(what, conversation_id, uid=uid))
                return Receipt(saved.message_id, saved.uid, saved.existed)
            case Message():
                saved = await self._store.add_message(keeping.written(what, conversation_id))
                return Receipt(saved.message_id, saved.uid, saved.existed)
            case Memory():
                memory = keeping.memory(what, save.user_id or "", conversation_id)
                merged = await self._store.add_memory(memory)
                return Receipt(merged.memory_id, existed=merged.existed)
            case AgentLog():
                return Receipt(await self._store.add_agent_log(keeping.agent_log(what, conversation_id)))
            case _:
                assert_never(what)

    async def _recall(self, save: Save) -> tuple[Remembered, ...] | None:
        """Return what is remembered of the user where a final should come with it."""
        if save.user_id is None or not isinstance(save.what, Final):
            return None
        settings = self._house.config.memory
        rows = await self._store.recall(save.user_id, per_tier=settings.per_tier, total=settings.total)
        return tuple(keeping.remembered(row) for row in rows)

    async def rate(self, rate: Rate, session: Session) -> list[Command]:
        """Commit a rating of one of the conversation's messages; return what the session decides."""
        feedback = rate.feedback
        try:
            await self._store.rate_message(
                feedback.message_id, feedback.rating, conversation_id=self._conversation_id
            )
        except StorageError as error:
            return session.failed("not_saved", str(error))
        return session.rated(feedback)

    async def end(self) -> None:
        """Mark the conversation ended."""
        try:
            await self._store.end_conversation(self._conversation_id)
        except StorageError as error:
            log.error("a conversation could not be marked ended: %s", error)
