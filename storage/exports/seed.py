"""`json`: the data contract's own shape. One object for one conversation, an array for many, streamed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from storage.exports.columns import Dialogue, Logged, Remembered, Turn
from storage.exports.selection import Options
from storage.exports.sounds import Sounds
from storage.jsontext import Fragment, encode, encode_floats, passed

MEDIA_TYPE = "application/json"
SUFFIX = ".json"

_SHOWN = Turn._fields.index("role")
_JSON = ("agent_outputs", "memory_context", "words", "voice")
_KEYS = tuple("message_id" if name == "id" else name for name in Turn._fields[_SHOWN:])


def render(dialogues: Iterable[Dialogue], options: Options, sounds: Sounds) -> Iterator[bytes]:
    """Yield an array of conversations, or with `options.single` the only one as it is."""
    if options.single:
        yield from (encode(conversation_object(dialogue, options)) + b"\n" for dialogue in dialogues)
        return
    opening = b"[\n"
    for dialogue in dialogues:
        yield opening + encode(conversation_object(dialogue, options))
        opening = b",\n"
    yield b"[]\n" if opening == b"[\n" else b"\n]\n"


def conversation_object(dialogue: Dialogue, options: Options) -> dict[str, object]:
    """Return a conversation as the contract shapes it; our own keys follow the contract's."""
    head = dialogue.head
    return {
        "conversation_id": head.id,
        "session_id": head.session_id,
        "user_id": head.user_id,
        "metadata": {
            "model_used": head.model_used,
            "total_messages": head.total_messages,
            "avg_response_time": head.avg_response_time,
            "conversation_quality": head.conversation_quality,
            "topics_discussed": _json(head.topics_discussed, options),
            "topics_source": head.topics_source,
            "avg_emotion_score": head.avg_emotion_score,
            "user_satisfaction": head.user_satisfaction,
            "platform": head.platform,
            "language": head.language,
            "started_at": head.started_at,
            "ended_at": head.ended_at,
            "client": _json(head.metadata, options),
        },
        "messages": [_message(turn, dialogue.embeddings, options) for turn in dialogue.turns],
        "memories": [_memory(memory, options) for memory in dialogue.memories],
        "agent_logs": [_log(log, options) for log in dialogue.agent_logs],
    }


def _json(text: str | None, options: Options, *, trusted: bool = False) -> Fragment | str | None:
    return text if options.strings else passed(text, trusted=trusted)


def _message(turn: Turn, embeddings: dict[int, bytes], options: Options) -> dict[str, object]:
    shown: dict[str, object] = dict(zip(_KEYS, turn[_SHOWN:]))  # noqa: B905 (a check for each of a million rows)
    shown["interrupted"] = turn.interrupted != 0
    if not options.strings:
        trusted = turn.quality_version is not None
        for name in _JSON:
            text = shown[name]
            if isinstance(text, str):
                shown[name] = Fragment(text) if trusted else passed(text, trusted=False)
    if options.embeddings:
        vector = embeddings.get(turn.id)
        shown["context_embedding"] = Fragment(encode_floats(vector)) if vector else None
    return shown


def _memory(memory: Remembered, options: Options) -> dict[str, object]:
    return {
        "memory_id": memory.id,
        "tier": memory.tier,
        "content": memory.content,
        "importance": memory.importance,
        "context": memory.context,
        "tags": memory.tags.split(",") if memory.tags else [],
        "emotion_at_creation": memory.emotion_at_creation,
        "related_memories": _json(memory.related_memories, options, trusted=memory.uid is not None),
        "access_count": memory.access_count,
        "training_relevance": memory.training_relevance,
        "verified": bool(memory.verified),
        "created_at": memory.created_at,
    }


def _log(log: Logged, options: Options) -> dict[str, object]:
    trusted = log.uid is not None
    return {
        "agent_log_id": log.id,
        "message_id": log.message_id,
        "agent_name": log.agent_name,
        "action": log.action,
        "input_data": _json(log.input_data, options, trusted=trusted),
        "output_data": _json(log.output_data, options, trusted=trusted),
        "processing_time": log.processing_time,
        "success": None if log.success is None else bool(log.success),
        "error": log.error,
        "confidence_score": log.confidence_score,
        "accuracy_score": log.accuracy_score,
        "training_quality": log.training_quality,
        "created_at": log.created_at,
    }
