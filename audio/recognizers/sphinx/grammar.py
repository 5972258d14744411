"""Expected phrases as a grammar in the Java Speech Grammar Format, which PocketSphinx reads.

Source: https://www.w3.org/TR/jsgf/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W_]+(?:['.-][^\W_]*)*|'[^\W_]+")
"""A word as the dictionary spells it; whatever has a meaning in JSGF falls between words."""


def spell(phrases: Iterable[str]) -> list[tuple[str, ...]]:
    """Split phrases into lower-case words: ["Turn left!"] -> [("turn", "left")]. Empty ones are gone."""
    return [words for phrase in phrases if (words := tuple(_WORD.findall(phrase.lower())))]


def grammar(phrases: Sequence[Sequence[str]]) -> str:
    """Write a grammar that hears one or more of the phrases in a row, as Vosk's phrase lists do."""
    choices = " | ".join(" ".join(words) for words in phrases)
    return f"#JSGF V1.0 UTF-8 en; grammar phrases; public <utterance> = ( {choices} )+ ;"
