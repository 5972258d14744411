"""What a conversation was about, as far as counting words tells. Pure.

A topic is a word that is said often and is not among the commonest of English. That is all: no stemming, no
phrases, no meaning, and in other languages function words come through unless the client names the topics itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

MOST = 5
"""Topics that a conversation gets at most."""

TWICE = 2
"""A word said once is no topic."""

_WORD = re.compile(r"[^\W\d_]{3,}(?:['’][^\W\d_]+)?")
_COMMON = frozenset((Path(__file__).parent / "common_english.txt").read_text(encoding="utf-8").split())


def topics_of(texts: Iterable[str]) -> list[str]:
    """Return the words said most, at most `MOST`, most frequent first, the earlier said before its equals.

    >>> topics_of(["My garden needs rain.", "Rain is coming to the garden, the whole garden."])
    ['garden', 'rain']
    """
    said = Counter(
        word
        for text in texts
        for word in _WORD.findall(text.casefold().replace("’", "'"))
        if word not in _COMMON
    )
    return [word for word, count in said.most_common(MOST) if count >= TWICE]
