"""`jsonl`: the `json` format's objects, one conversation a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from storage.exports.columns import Dialogue
from storage.exports.seed import conversation_object
from storage.exports.selection import Options
from storage.exports.sounds import Sounds
from storage.jsontext import line

MEDIA_TYPE = "application/jsonl"
SUFFIX = ".jsonl"


def render(dialogues: Iterable[Dialogue], options: Options, sounds: Sounds) -> Iterator[bytes]:
    """Yield a line for each conversation."""
    for dialogue in dialogues:
        yield line(conversation_object(dialogue, options))
