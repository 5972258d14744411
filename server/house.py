"""What all connections share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.config import Config
from server.hearing import Hearing
from server.lobby import Lobby
from server.operate.metrics import Metrics
from server.workers import Workers
from storage.journal import Journal
from storage.store import Store


@dataclass(frozen=True, slots=True)
class House:
    """The services behind a session."""

    config: Config
    hearing: Hearing
    store: Store
    workers: Workers
    lobby: Lobby
    metrics: Metrics
    journal: Journal | None
    """None where the operator wants none."""
    new_id: Callable[[], str]
    """Makes public ids."""
