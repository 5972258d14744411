"""How likely is each candidate to be the pitch? A network small enough to print weighs the cues."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audio.pitch_candidates import Candidates

WEIGHTS = Path(__file__).with_name("pitch_weights.json")

_NEVER = np.float32(30)
"""Cost in nats of a candidate that does not exist."""


class Judge:
    """One layer of tanh units beside a direct path; the same for every candidate.

    Trained as a conditional logit (McFadden 1974): the odds are against the frame being unvoiced, so one
    number per candidate decides both which period is right and whether any is.
    """

    def __init__(
        self,
        *,
        hidden: NDArray[np.float32],
        hidden_bias: NDArray[np.float32],
        output: NDArray[np.float32],
        direct: NDArray[np.float32],
        bias: NDArray[np.float32],
    ) -> None:
        """hidden: (cues, units); hidden_bias, output: (units,); direct: (cues,); bias: (1,)."""
        self._inward = np.column_stack((hidden, -direct))
        self._bias = np.concatenate((hidden_bias, -bias))
        self._output = -output

    def odds(self, cues: NDArray[np.float32]) -> NDArray[np.float32]:
        """Weigh (frames, candidates, cues): log odds against unvoiced, in nats."""
        return -self._price(cues)

    def costs(self, candidates: Candidates) -> NDArray[np.float32]:
        """Price every candidate, (frames, candidates), in nats more than to call the frame unvoiced."""
        return np.where(candidates.exist, self._price(candidates.cues), _NEVER)

    def _price(self, cues: NDArray[np.float32]) -> NDArray[np.float32]:
        """A product per frame, always of one shape, so that batches can't change a bit of it."""
        inward = cues @ self._inward
        inward += self._bias
        return np.asarray(np.tanh(inward[:, :, :-1]) @ self._output + inward[:, :, -1])


def load(path: Path = WEIGHTS) -> Judge:
    """Read a weights file."""
    stored: dict[str, Any] = json.loads(path.read_text())
    return Judge(**{name: np.array(values, np.float32) for name, values in stored["weights"].items()})
