"""What was said, as rows: hop seven of a frame's way."""

from __future__ import annotations

from typing import Any

import msgspec

from audio.annotations import voice_json, voice_of, words_json, words_of
from audio.values import Final, Reason, VoiceSummary, from_ms, to_ms
from server.bodies import AgentLog, Body, Memory, Message
from server.events import Receipt, Remembered, Start
from server.replies import Transcript
from storage import rows
from storage.rows import NewAgentLog, NewConversation, NewMemory, NewMessage, Recording


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


def written(what: Message, conversation_id: int) -> NewMessage:
    """Make the row of a message that the client wrote."""
    return NewMessage(
        conversation_id=conversation_id, **_fields(Message, what, "agent_outputs", "memory_context")
    )


def spoken(final: Final, conversation_id: int, *, uid: str) -> NewMessage:
    """Make the row of an utterance."""
    voice, emotion = final.voice, final.voice.emotion
    channel = {} if final.channel is None else {"channel": final.channel}
    return NewMessage(
        conversation_id=conversation_id,
        uid=uid,
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
        voice=msgspec.json.encode({**voice_json(voice), **channel}),
        reason=str(final.reason),
        audio=Recording(pcm=final.audio) if final.audio else None,
    )


def told(row: rows.Message, utterance: int) -> Transcript:
    """Make of an utterance's row what its client was told, or would have been."""
    final = Final(
        utterance=utterance,
        text=row.content,
        start=from_ms(row.start_ms or 0),
        end=from_ms(row.end_ms or 0),
        reason=Reason(row.reason or Reason.RECOVERED),
        confidence=row.confidence,
        words=words_of(msgspec.json.decode(row.words or "[]")),
        voice=voice_of(msgspec.json.decode(row.voice)) if row.voice else VoiceSummary(),
    )
    return Transcript(final, Receipt(row.id, row.uid or "", existed=True), latency_ms=0)


def memory(what: Memory, user_id: str, conversation_id: int | None) -> NewMemory:
    """Make the row of a memory."""
    return NewMemory(user_id=user_id, conversation_id=conversation_id, **_fields(Memory, what))


def agent_log(what: AgentLog, conversation_id: int) -> NewAgentLog:
    """Make the row of an agent log."""
    return NewAgentLog(
        conversation_id=conversation_id, **_fields(AgentLog, what, "input_data", "output_data")
    )


def remembered(row: rows.Memory) -> Remembered:
    """Make of a row what a final tells."""
    return Remembered(row.id, row.tier, row.content, row.importance)


def _fields(kind: type[Body], body: Body, *json: str) -> dict[str, Any]:
    """Return the fields of `kind` as a client gave them, those named in `json` as JSON text: rows take them so."""
    fields = {name: getattr(body, name) for name in kind.__struct_fields__}
    for name in json:
        fields[name] = None if fields[name] is None else msgspec.json.encode(fields[name])
    return fields
