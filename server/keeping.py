"""What was said, as rows: hop seven of a frame's way."""

from __future__ import annotations

import dataclasses

import msgspec

from audio.values import Final, to_ms
from server.annotations import voice_json, words_json
from server.events import AgentNote, MemoryNote, Message, Remembered, Start
from storage.rows import Memory, NewAgentLog, NewConversation, NewMemory, NewMessage, Recording


def conversation(
    start: Start, *, session_id: str, model: str, record: bool, training: bool
) -> NewConversation:
    """Make the row of a session's conversation."""
    return NewConversation(
        session_id=session_id,
        user_id=start.user_id,
        platform=start.platform,
        model_used=model,
        language=start.language,
        training=training,
        record=record,
        metadata=start.metadata,
    )


def message(what: Final | Message, conversation_id: int) -> NewMessage:
    """Make the row of a message, spoken or written."""
    return _spoken(what, conversation_id) if isinstance(what, Final) else _written(what, conversation_id)


def _spoken(final: Final, conversation_id: int) -> NewMessage:
    voice, emotion = final.voice, final.voice.emotion
    return NewMessage(
        conversation_id=conversation_id,
        role="user",
        content=final.text,
        emotion=emotion.label if emotion else None,
        emotion_confidence=emotion.confidence if emotion else None,
        voice_pitch=voice.pitch_hz,
        voice_emotion=emotion.label if emotion else None,
        audio_quality=voice.quality.score if voice.quality else None,
        start_ms=to_ms(final.start),
        end_ms=to_ms(final.end),
        confidence=final.confidence,
        words=msgspec.json.encode(words_json(final)),
        voice=msgspec.json.encode(voice_json(voice)),
        reason=str(final.reason),
        audio=Recording(pcm=final.audio) if final.audio else None,
    )


def _written(written: Message, conversation_id: int) -> NewMessage:
    return NewMessage(
        conversation_id=conversation_id,
        role=written.role,
        content=written.content,
        uid=written.uid,
        emotion=written.emotion,
        emotion_confidence=written.emotion_confidence,
        processing_time=written.processing_time,
        agent_outputs=written.agent_outputs,
        memory_context=written.memory_context,
        context_embedding=written.context_embedding,
    )


def memory(note: MemoryNote, user_id: str, conversation_id: int) -> NewMemory:
    """Make the row of a memory."""
    fields = {field.name: getattr(note, field.name) for field in dataclasses.fields(note)}
    return NewMemory(user_id=user_id, conversation_id=conversation_id, **fields)


def agent_log(note: AgentNote, conversation_id: int) -> NewAgentLog:
    """Make the row of an agent log."""
    fields = {field.name: getattr(note, field.name) for field in dataclasses.fields(note)}
    return NewAgentLog(conversation_id=conversation_id, **fields)


def remembered(row: Memory) -> Remembered:
    """Make of a row what a final tells."""
    return Remembered(row.id, row.tier, row.content, row.importance)
