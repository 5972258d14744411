"""The curves of a soak."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from tests.bench.soak.house import Held

_PANELS = (
    ("memory_mb", "resident memory, MB"),
    ("files", "file descriptors"),
    ("threads", "threads"),
    ("tasks", "tasks"),
    ("journals", "journal files"),
    ("wal_mb", "write-ahead log, MB"),
)


def draw(done: Sequence[int], samples: Sequence[Held], out: Path) -> None:
    """Draw what was held after so many sessions each."""
    figure = Figure(figsize=(9, 5), layout="constrained")
    for axes, (name, title) in zip(figure.subplots(2, 3).flat, _PANELS, strict=True):
        values = [getattr(sample, name) for sample in samples]
        axes.plot(done, values, color="#2a6f97", linewidth=1.5)
        axes.set_ylim(0, max(1, *values) * 1.25)
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("sessions", fontsize=8)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(out, dpi=110)
