"""A store in memory: it takes its time before a commit and after it, so that a kill may fall on either side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from storage.errors import NotFound
from storage.rows import NewConversation, NewMessage, Saved
from tests.schedules.virtual import elapse


@dataclass
class Keeper:
    """What survives every server."""

    commit_s: float
    conversations: dict[int, str] = field(default_factory=dict)
    messages: list[NewMessage] = field(default_factory=list)

    def of(self, conversation_id: int) -> list[NewMessage]:
        """A conversation's messages in the order of their commits."""
        return [message for message in self.messages if message.conversation_id == conversation_id]

    async def open_conversation(self, new: NewConversation) -> Any:
        await elapse(self.commit_s)
        self.conversations[len(self.conversations) + 1] = new.session_id
        return self._conversation(len(self.conversations))

    async def resume_conversation(self, conversation_id: int) -> Any:
        if conversation_id not in self.conversations:
            raise NotFound("conversation", conversation_id)
        return self._conversation(conversation_id)

    async def end_conversation(self, conversation_id: int) -> None:
        await elapse(self.commit_s)

    async def add_message(self, new: NewMessage) -> Saved:
        await elapse(self.commit_s)
        known = [message.uid for message in self.messages]
        existed = new.uid in known
        if not existed:
            self.messages.append(new)
        await elapse(self.commit_s)
        seq = known.index(new.uid) + 1 if existed else len(self.messages)
        assert new.uid
        return Saved(
            message_id=seq,
            uid=new.uid,
            conversation_id=new.conversation_id,
            seq=seq,
            quality_score=None,
            existed=existed,
        )

    async def messages_named(self, conversation_id: int, uids: Sequence[str]) -> list[Any]:
        return [
            SimpleNamespace(
                id=number,
                uid=row.uid,
                content=row.content,
                start_ms=row.start_ms,
                end_ms=row.end_ms,
                reason=row.reason,
                confidence=row.confidence,
                words=row.words,
                voice=row.voice,
            )
            for number, row in enumerate(self.messages, 1)
            if row.conversation_id == conversation_id and row.uid in uids
        ]

    def _conversation(self, number: int) -> Any:
        return SimpleNamespace(
            id=number, session_id=self.conversations[number], started_at="2026-01-31T12:00:00.000Z"
        )
