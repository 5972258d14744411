"""Conversations that tests have: short ways to make what is not the point."""

from __future__ import annotations

from typing import Any

from storage.exports.selection import Options, Selection
from storage.rows import Conversation, NewConversation, NewMessage, Recording, Saved
from storage.stamps import uuid7
from storage.store import Store


async def begin(store: Store, **columns: Any) -> Conversation:
    return await store.open_conversation(
        NewConversation(**{"session_id": uuid7(), "user_id": "ada"} | columns)
    )


async def say(store: Store, conversation: Conversation, role: str, content: str, **columns: Any) -> Saved:
    new = NewMessage(conversation_id=conversation.id, role=role, content=content, **columns)
    return await store.add_message(new)


async def talk(store: Store, *contents: str, **columns: Any) -> Conversation:
    """An ended conversation, user and assistant in turn."""
    conversation = await begin(store, **columns)
    for number, content in enumerate(contents):
        await say(store, conversation, "assistant" if number % 2 else "user", content)
    await store.end_conversation(conversation.id)
    return conversation


async def row(store: Store, conversation: Conversation | int) -> Conversation:
    """The conversation as it stands."""
    found = await store.conversation(conversation if isinstance(conversation, int) else conversation.id)
    assert found is not None
    return found


async def exported(
    store: Store, format: str, selection: Selection | None = None, options: Options | None = None
) -> bytes:
    async with store.exporter.open(format, selection or Selection(), options) as download:
        return b"".join([block async for block in download.blocks()])


def tone(level: int = 1000, samples: int = 1600) -> Recording:
    """A recording that differs with `level`."""
    return Recording(pcm=level.to_bytes(2, "little") * samples)
