"""A conversation as chat trainers want it: a system text, then user and assistant in strict turns.

Real talk isn't like that. A user who is interrupted or thinks aloud speaks twice in a row, and so does an assistant;
some conversations begin with a greeting or end with a question. So turns of one side that follow each other are
joined with a line break, answers before the first question and questions after the last answer are left out, and so
are system texts that come later than the first turn.
"""

from __future__ import annotations

from dataclasses import dataclass

from storage.exports.columns import Dialogue


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer."""

    question: str
    answer: str
    learnable: bool
    """False for an answer that is context only."""


@dataclass(frozen=True, slots=True)
class Alternation:
    """A conversation in strict turns."""

    system: str | None
    exchanges: tuple[Exchange, ...]

    @property
    def learnable(self) -> bool:
        """Whether there is an answer to learn from."""
        return any(exchange.learnable for exchange in self.exchanges)


def alternate(dialogue: Dialogue) -> Alternation:
    """Return a conversation in strict turns."""
    learnt = {turn.id for turn in dialogue.turns}
    system: list[str] = []
    sides: list[tuple[str, list[str], bool]] = []
    for turn in dialogue.context:
        if not turn.content.strip():
            continue
        if turn.role == "system":
            if not sides:
                system.append(turn.content)
        elif turn.role in ("user", "assistant"):
            _say(sides, turn.role, turn.content, turn.id in learnt)
    if sides and sides[0][0] == "assistant":
        del sides[0]
    pairs = zip(sides[::2], sides[1::2], strict=False)  # a last question without an answer finds no partner
    exchanges = tuple(
        Exchange("\n".join(asked), "\n".join(said), learnable)
        for (_, asked, _), (_, said, learnable) in pairs
    )
    return Alternation("\n".join(system) or None, exchanges)


def _say(sides: list[tuple[str, list[str], bool]], role: str, content: str, learnable: bool) -> None:
    if sides and sides[-1][0] == role:
        _, said, all_learnable = sides.pop()
        sides.append((role, [*said, content], all_learnable and learnable))
    else:
        sides.append((role, [content], learnable))
