"""`openai`: chat fine-tuning JSONL, one conversation a line.

Only the keys that the API takes: unknown ones fail its validation. An answer that is not to be learnt from stays as
context with `weight` 0 (https://platform.openai.com/docs/guides/supervised-fine-tuning), so the turns around it keep
their sense.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from storage.exports.alternation import Alternation, alternate
from storage.exports.columns import Dialogue
from storage.exports.selection import Options
from storage.exports.sounds import Sounds
from storage.jsontext import line

MEDIA_TYPE = "application/jsonl"
SUFFIX = ".openai.jsonl"


def fits(dialogue: Dialogue) -> bool:
    """Whether there is an answer to learn from."""
    return alternate(dialogue).learnable


def render(dialogues: Iterable[Dialogue], options: Options, sounds: Sounds) -> Iterator[bytes]:
    """Yield a line for each conversation that has an answer to learn from."""
    for dialogue in dialogues:
        alternation = alternate(dialogue)
        if alternation.learnable:
            yield line({"messages": _messages(alternation)})


def _messages(alternation: Alternation) -> list[dict[str, object]]:
    messages: list[dict[str, object]] = []
    if alternation.system:
        messages.append({"role": "system", "content": alternation.system})
    for exchange in alternation.exchanges:
        messages.append({"role": "user", "content": exchange.question})
        answer: dict[str, object] = {"role": "assistant", "content": exchange.answer}
        messages.append(answer if exchange.learnable else answer | {"weight": 0})
    return messages
