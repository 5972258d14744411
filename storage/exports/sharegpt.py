"""`sharegpt`: JSONL as LLaMA-Factory and its kin read it, human and gpt in strict turns.

There are no weights here, so an answer that is not to be learnt from is left out together with its question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from storage.exports.alternation import alternate
from storage.exports.columns import Dialogue
from storage.exports.selection import Options
from storage.exports.sounds import Sounds
from storage.jsontext import line

MEDIA_TYPE = "application/jsonl"
SUFFIX = ".sharegpt.jsonl"


def fits(dialogue: Dialogue) -> bool:
    """Whether there is an answer to learn from."""
    return alternate(dialogue).learnable


def render(dialogues: Iterable[Dialogue], options: Options, sounds: Sounds) -> Iterator[bytes]:
    """Yield a line for each conversation that has an answer to learn from."""
    for dialogue in dialogues:
        alternation = alternate(dialogue)
        said = [
            {"from": side, "value": text}
            for exchange in alternation.exchanges
            if exchange.learnable
            for side, text in (("human", exchange.question), ("gpt", exchange.answer))
        ]
        if said:
            yield line(
                {"conversations": said} | ({"system": alternation.system} if alternation.system else {})
            )
