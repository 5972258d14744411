"""Connections that the server waits for: bounded by address, so that who opens many keeps nobody else out."""

from __future__ import annotations

from collections.abc import Callable


class Waiting:
    """Who hasn't said what it wants. Beyond the bound the one that has been waited for longest is cut."""

    def __init__(self, most: int) -> None:
        """Wait for `most` connections of an address at once."""
        self._most = most
        self._cuts: dict[str, dict[object, Callable[[], None]]] = {}

    def __len__(self) -> int:
        return sum(len(cuts) for cuts in self._cuts.values())

    def begin(self, who: object, address: str, cut: Callable[[], None]) -> None:
        """Wait for `who`, anew if it was waited for; `cut` ends its connection."""
        self.end(who, address)
        cuts = self._cuts.setdefault(address, {})
        if len(cuts) >= self._most:
            cuts.pop(next(iter(cuts)))()
        cuts[who] = cut

    def end(self, who: object, address: str) -> None:
        """Wait for `who` no longer, if at all."""
        cuts = self._cuts.get(address, {})
        cuts.pop(who, None)
        if not cuts:
            self._cuts.pop(address, None)
