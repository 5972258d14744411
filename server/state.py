"""Where a session stands.

NEW ──Start──▶ OPENING ──opened──▶ LIVE ──Stop, Dismissed, fatal mistake──▶ OVER
                                  │  ▲                                   │  ▲
                                 Gone Returned                unparted   │  │
                                  ▼  │                                   ▼  │
                                 ADRIFT ──Abandoned, Dismissed, Returned────┘
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from server.events import Opened, Start
from server.replies import Transcript


@dataclass(frozen=True, slots=True)
class Restored:
    """How far a session was when its server ended."""

    start: Start
    opened: Opened
    received: int
    """Bytes of audio."""
    told: Sequence[Transcript]
    """Finals that the client may or may not have."""


class State(Enum):
    """Where a session stands."""

    NEW = auto()
    OPENING = auto()
    LIVE = auto()
    ADRIFT = auto()
    """Without a line; the client may come back."""
    OVER = auto()
