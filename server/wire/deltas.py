"""Deltas out of partials: text that is only ever added to, from words that may change.

A recognizer's partial is a hypothesis; the next one may read "two words" where this one reads "to". A delta can't be
taken back. So a word is told once two successive partials agree on it and on everything before it; where a word that
was told changes after all, nothing more is, and the whole text at the end corrects it.

    partials   to · two words · two words of · two words of it
    deltas          -           two words      ␣of
"""

from __future__ import annotations

from itertools import takewhile


class Deltas:
    """The text of one utterance, as far as it has been told."""

    def __init__(self, *, further: bool = False) -> None:
        """`further`: the item has text already, so that a space comes first."""
        self._further = further
        self._told: list[str] = []
        self._last: list[str] = []

    def grow(self, text: str) -> str:
        """Return what can be added now that the words so far are `text`; often nothing."""
        words = text.split()
        agreed = [word for word, _ in takewhile(_same, zip(words, self._last, strict=False))]
        self._last = words
        return self._add(agreed)

    def settle(self, text: str) -> str:
        """Return what is missing of the final `text`; nothing where adding wouldn't do."""
        return self._add(text.split())

    def _add(self, words: list[str]) -> str:
        known = len(self._told)
        if len(words) <= known or words[:known] != self._told:
            return ""
        self._told = words
        added = " ".join(words[known:])
        return f" {added}" if known or self._further else added


def _same(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]
