"""How what a session wants saved gets into the store: hop eight of a frame's way."""

from __future__ import annotations

from typing import assert_never

from audio.values import Final
from server import keeping
from server.bodies import AgentLog, Memory, Message
from server.commands import Save
from server.config import MemorySettings
from server.events import Receipt, Remembered
from server.house import House
from storage.store import Store


async def keep(save: Save, conversation_id: int, house: House) -> Receipt:
    """Commit what is to be saved; return when it is durable. Raises: StorageError."""
    with house.metrics.commit.time():
        return await _keep(save, conversation_id, house.store)


async def _keep(save: Save, conversation_id: int, store: Store) -> Receipt:
    match save.what:
        case Final() | Message():
            saved = await store.add_message(keeping.message(save.what, conversation_id))
            return Receipt(saved.message_id, saved.uid, saved.existed)
        case Memory():
            memory = await store.add_memory(keeping.memory(save.what, save.user_id or "", conversation_id))
            return Receipt(memory.memory_id, existed=memory.existed)
        case AgentLog():
            return Receipt(await store.add_agent_log(keeping.agent_log(save.what, conversation_id)))
        case _:
            assert_never(save.what)


async def recall(save: Save, settings: MemorySettings, store: Store) -> tuple[Remembered, ...] | None:
    """Return what is remembered of the user where a final should come with it. Raises: StorageError."""
    if save.user_id is None or not isinstance(save.what, Final):
        return None
    rows = await store.recall(save.user_id, per_tier=settings.per_tier, total=settings.total)
    return tuple(keeping.remembered(row) for row in rows)
