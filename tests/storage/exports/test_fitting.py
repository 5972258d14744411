"""What has nothing for a format is neither written nor counted nor marked as exported."""

import pytest

from storage.exports.selection import Selection
from storage.rows import NewConversation, NewMessage
from storage.store import Store


async def exported(store, name):
    async with store.exporter.open(name, Selection()) as download:
        async for _ in download.blocks():
            pass
        return download.receipt.conversations, await download.mark()


@pytest.mark.parametrize(
    ("name", "fitting"), [("openai", 1), ("sharegpt", 1), ("nemo", 0), ("audiofolder", 0), ("json", 2)]
)
async def test_only_what_fits_is_counted_and_marked(tmp_path, name, fitting):
    async with Store.open(tmp_path / "earshot.db", synchronous="OFF") as store:
        for number, roles in enumerate((["user"], ["user", "assistant"])):
            conversation = await store.open_conversation(NewConversation(session_id=f"s{number}"))
            for role in roles:
                await store.add_message(
                    NewMessage(conversation_id=conversation.id, role=role, content="hello")
                )
            await store.end_conversation(conversation.id)
        assert await exported(store, name) == (fitting, fitting)
        marked = [conversation.training_data_exported for conversation in await store.conversations()]
        assert sum(marked) == fitting
