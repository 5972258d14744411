"""What an erasure took away."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How much an erasure took away."""

    conversations: int = 0
    messages: int = 0
    memories: int = 0
    agent_logs: int = 0
    recordings: int = 0
