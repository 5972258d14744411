"""What the model card's tables say of held-out judgements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from audio.emotion_model import Temperature
from audio.emotion_training.calibration import calibration_error, probabilities
from audio.emotion_training.corpus import LABELS
from audio.emotion_training.histories import History
from audio.emotion_training.listening import Heard
from audio.emotion_training.validation import Judged, excitement, label_index, part_of, recall

Floats = NDArray[np.float64]
SHOWN = (History.NONE, History.SHUFFLED, History.MOSTLY_NEUTRAL, History.ONE_MOOD)
"""The histories that are a table's columns."""

Heats = Mapping[str, Temperature]
"""The labels' temperature for each speaker, fitted on the others."""


def label_uar(heard: Heard, logits: Floats, labels: Sequence[str] = LABELS) -> float:
    """Return the labels' unweighted average recall in percent."""
    truth = label_index(heard, labels)
    clips = (truth >= 0) & heard.usable
    return 100 * float(recall(truth[clips], logits[clips, :-1].argmax(1)).mean())


def arousal_uar(heard: Heard, logits: Floats) -> float:
    """Return the unweighted average recall of high against low arousal in percent."""
    truth = excitement(heard)
    clips = (truth >= 0) & heard.usable
    return 100 * float(recall(truth[clips], (logits[clips, -1] > 0).astype(int)).mean())


def interval(heard: Heard, logits: Floats, score: Callable[[Heard, Floats], float]) -> str:
    """Return the score with its 95 % interval over draws of speakers."""
    rng = np.random.default_rng(0)
    speakers = np.unique(heard.speakers)
    scores = []
    for _ in range(500):
        drawn = rng.choice(speakers, len(speakers))
        rows = np.concatenate([np.flatnonzero(heard.speakers == speaker) for speaker in drawn])
        scores.append(score(part_of(heard, rows), logits[rows]))
    low, high = np.percentile(scores, [2.5, 97.5])
    return f"{score(heard, logits):.1f} [{low:.1f}, {high:.1f}]"


def confidences(heard: Heard, judged: Judged, heats: Heats) -> Floats:
    """Calibrate each speaker by the temperature that the others gave."""
    result = np.zeros((len(heard.speakers), len(LABELS)))
    for speaker, heat in heats.items():
        mine = np.flatnonzero(heard.speakers == speaker)
        result[mine] = probabilities(judged.of(mine), heat)
    return result


def cell(heard: Heard, judged: Judged, heats: Heats) -> str:
    """Return the labels' and arousal's unweighted average recall and the calibration error."""
    given, truth = confidences(heard, judged, heats), label_index(heard, LABELS)
    clips = (truth >= 0) & heard.usable
    error = calibration_error(given.max(1)[clips], (given.argmax(1) == truth)[clips])
    return f"{label_uar(heard, judged.logits):.1f} / {arousal_uar(heard, judged.logits):.1f} / {error:.2f}"


def print_cells(
    title: str, first: str, rows: Iterable[tuple[str, Heard, Iterable[Judged]]], heats: Heats
) -> None:
    """Print a table of cells: a name, who was heard, and how they were judged after each of `SHOWN`."""
    head(f"{title}: 4 labels, UAR % / arousal, UAR % / ECE", first, *(history.value for history in SHOWN))
    for name, heard, judgements in rows:
        row(name, *(cell(heard, judged, heats) for judged in judgements))


def head(title: str, *cells: str) -> None:
    """Begin a table of Markdown."""
    print(f"\n### {title}\n")
    row(*cells)
    row(*("---" for _ in cells))


def row(*cells: object) -> None:
    """Print a row of it; numbers with one digit."""
    print("| " + " | ".join(f"{c:.1f}" if isinstance(c, float) else str(c) for c in cells) + " |", flush=True)
