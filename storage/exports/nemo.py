"""`nemo`: a zip with a NeMo speech manifest and the recordings that it names.

https://docs.nvidia.com/nemo-framework/user-guide/latest/nemotoolkit/asr/datasets.html: a JSON object a line;
`audio_filepath` may be relative to the manifest; keys that NeMo does not know it passes over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from storage.exports.archive import file_name, render_archive
from storage.exports.columns import Dialogue, Head, Turn
from storage.exports.selection import Options
from storage.exports.sounds import Sounds

MEDIA_TYPE = "application/zip"
SUFFIX = ".nemo.zip"


def fits(dialogue: Dialogue) -> bool:
    """Whether there is sound."""
    return any(turn.audio_path for turn in dialogue.turns)


def render(dialogues: Iterable[Dialogue], options: Options, sounds: Sounds) -> Iterator[bytes]:
    """Yield a zip with manifest.jsonl and the recordings in audio/."""
    return render_archive(dialogues, sounds, folder="audio", listing="manifest.jsonl", entry=_entry)


def _entry(head: Head, turn: Turn) -> dict[str, object]:
    return {
        "audio_filepath": f"audio/{file_name(turn)}",
        "duration": (turn.audio_ms or 0) / 1000,
        "text": turn.content,
        "lang": head.language,
        "speaker": head.user_id,
        "emotion": turn.voice_emotion,
        "voice_pitch": turn.voice_pitch,
        "audio_quality": turn.audio_quality,
        "uid": turn.uid,
    }
