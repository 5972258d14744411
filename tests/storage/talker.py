"""A process that talks until it is killed: prints each message's uid once the store says that it is kept.

Usage: python -m tests.storage.talker DATABASE SYNCHRONOUS WRITERS
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from storage.rows import NewConversation, NewMessage
from storage.stamps import uuid7
from storage.store import Store
from tests.storage.talk import tone


async def main() -> None:
    path, synchronous, writers = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    async with Store.open(path, synchronous=synchronous) as store:
        await asyncio.gather(*[talk(store, number) for number in range(writers)])


async def talk(store: Store, number: int) -> None:
    conversation = await store.open_conversation(NewConversation(session_id=uuid7()))
    turn = 0
    while True:
        turn += 1
        saved = await store.add_message(
            NewMessage(
                conversation_id=conversation.id,
                role="assistant" if turn % 2 else "user",
                content="something to say " * 8,
                processing_time=1.0,
                audio=tone(turn % 1000, 160) if number == 0 else None,
            )
        )
        sys.stdout.write(saved.uid + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
