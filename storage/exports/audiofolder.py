"""`audiofolder`: a zip that Hugging Face's `datasets` loads as a folder of sound with metadata.

https://huggingface.co/docs/datasets/audio_dataset: `file_name` is relative to metadata.jsonl and becomes the column
`audio`; the other keys become columns, the same in every line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from storage.exports.archive import file_name, render_archive
from storage.exports.columns import Dialogue, Head, Turn
from storage.exports.selection import Options
from storage.exports.sounds import Sounds

MEDIA_TYPE = "application/zip"
SUFFIX = ".audiofolder.zip"


def fits(dialogue: Dialogue) -> bool:
    """Whether there is sound."""
    return any(turn.audio_path for turn in dialogue.turns)


def render(dialogues: Iterable[Dialogue], options: Options, sounds: Sounds) -> Iterator[bytes]:
    """Yield a zip with train/metadata.jsonl and the recordings beside it."""
    return render_archive(dialogues, sounds, folder="train", listing="train/metadata.jsonl", entry=_entry)


def _entry(head: Head, turn: Turn) -> dict[str, object]:
    return {
        "file_name": file_name(turn),
        "text": turn.content,
        "duration": _seconds(turn),
        "role": turn.role,
        "emotion": turn.emotion,
        "voice_emotion": turn.voice_emotion,
        "voice_pitch": turn.voice_pitch,
        "audio_quality": turn.audio_quality,
        "confidence": turn.confidence,
        "language": head.language,
        "speaker": head.user_id,
        "conversation_id": head.id,
        "message_id": turn.id,
        "uid": turn.uid,
        "sha256": turn.audio_sha256,
    }


def _seconds(turn: Turn) -> float:
    return (turn.audio_ms or 0) / 1000
