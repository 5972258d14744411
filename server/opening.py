"""How a session opens: its pipeline is made and its conversation begun."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from audio.pipeline import Pipeline
from server import keeping, logs
from server.events import Opened, Start
from server.house import House
from storage.errors import StorageError
from storage.rows import Conversation

_TOKEN_BYTES = 24
"""Of a resume token: beyond guessing."""


async def open_session(start: Start, house: House, *, new_id: Callable[[], str]) -> tuple[Pipeline, Opened]:
    """Make what a session needs; `new_id` makes public ids.

    Raises: RecognizerError where nobody can listen, StorageError where nothing can be kept.
    """
    config, hearing = house.config, house.hearing
    record = config.storage.record if start.record is None else start.record
    training = config.storage.training_default if start.training is None else start.training
    pipeline, warnings = await house.workers.run(hearing.open, start, record=record)
    try:
        conversation = await _conversation(start, house, new_id(), record=record, training=training)
    except StorageError:
        pipeline.close()
        raise
    logs.session.set(conversation.session_id)
    opened = Opened(
        session_id=conversation.session_id,
        conversation_id=conversation.id,
        resume_token=secrets.token_urlsafe(_TOKEN_BYTES),
        sample_rate=start.format.sample_rate,
        silence_ms=hearing.silence_ms(start),
        recognizer=hearing.engine.info,
        warnings=warnings,
        began=conversation.started_at,
    )
    return pipeline, opened


async def _conversation(
    start: Start, house: House, session_id: str, *, record: bool, training: bool
) -> Conversation:
    """Begin a conversation, or go on with the one the client names."""
    if start.conversation_id is not None:
        return await house.store.resume_conversation(start.conversation_id)
    model = house.hearing.engine.info.model
    row = keeping.conversation(start, session_id=session_id, model=model, record=record, training=training)
    return await house.store.open_conversation(row)
