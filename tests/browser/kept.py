"""What the server kept, read behind its back."""

from __future__ import annotations

import sqlite3
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.running import Server


def messages(server: Server) -> list[dict[str, Any]]:
    """All messages, as their rows say."""
    return _rows(server, "SELECT * FROM messages ORDER BY id")


def conversations(server: Server) -> list[dict[str, Any]]:
    """All conversations, as their rows say."""
    return _rows(server, "SELECT * FROM conversations ORDER BY id")


def audio(server: Server, message: dict[str, Any]) -> NDArray[np.int16]:
    """The kept sound of a message."""
    samples, _ = soundfile.read(server.database.parent / "audio" / message["audio_path"], dtype="int16")
    kept: NDArray[np.int16] = samples
    return kept


def _rows(server: Server, query: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(server.database)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(query)]
    finally:
        connection.close()
