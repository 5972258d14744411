"""How many a server carries: trials with more and more talkers, and what they cost it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

from tests.bench.capacity.speakers import p95, talk
from tests.bench.stream import cpu_s, resident_kb
from tests.process import started

LAG_S = 0.5
"""Words that come later are no company to who speaks them."""
FINAL_S = 0.1
"""After the silence window."""

_MIDST = 0.8
"""Part of a trial after which memory is looked at: everybody is there."""

_CALM_S = 6.0
"""Until a server that had too much to hear lets somebody in again, see `server.strain`."""

_ROOM = {"EARSHOT_SERVER_MAX_SESSIONS": "5000", "EARSHOT_SERVER_MAX_SESSIONS_PER_ADDRESS": "5000"}


@dataclass(frozen=True, slots=True)
class Target:
    """A running server."""

    pid: int
    url: str
    empty_kb: int
    """Memory before anybody came."""
    plain: bool = False
    """Speaks as vosk-server."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one trial found."""

    streams: int
    lag_s: float
    """P95, as `final_s`; see `speakers.Heard`."""
    final_s: float | None
    cpu_percent: float
    """Of a core, per stream, worker processes included."""
    memory_mb: float
    """Per stream."""

    @property
    def in_time(self) -> bool:
        return self.lag_s < LAG_S

    @property
    def prompt(self) -> bool:
        """In time, and its finals, too; the baseline promises none."""
        return self.in_time and self.final_s is not None and self.final_s < FINAL_S


@contextmanager
def earshot(engine: str, model: Path | None, **environment: str) -> Iterator[Target]:
    """Earshot with this recognizer."""
    hears = {"EARSHOT_RECOGNIZER_ENGINE": engine, "EARSHOT_RECOGNIZER_MODEL": str(model or "")}
    with (
        tempfile.TemporaryDirectory() as folder,
        started(Path(folder), **hears, **_ROOM, **environment) as server,
    ):
        yield Target(server.popen.pid, server.voice, memory_kb(server.popen.pid))


@contextmanager
def plain(model: Path) -> Iterator[Target]:
    """The baseline with the same model."""
    line = [sys.executable, "-m", "tests.bench.capacity.plain", str(model)]
    popen = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    assert popen.stdout
    try:
        url = f"ws://127.0.0.1:{popen.stdout.readline().strip()}"
        yield Target(popen.pid, url, memory_kb(popen.pid), plain=True)
    finally:
        popen.kill()
        popen.communicate()


def family(pid: int) -> list[int]:
    """A process and its children."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [pid, *(int(child) for path in lists for child in path.read_text().split())]


def memory_kb(pid: int) -> int:
    """Resident memory of a process and its children."""
    return sum(map(resident_kb, family(pid)))


def trial(target: Target, streams: int, seconds: float, *, greedy: bool = False) -> Trial:
    """Let so many talk for so long."""
    before = sum(map(cpu_s, family(target.pid)))
    full: list[int] = []
    looking = Timer(_MIDST * seconds, lambda: full.append(memory_kb(target.pid)))
    looking.start()
    heard = talk(target.url, streams, seconds, plain=target.plain, greedy=greedy)
    looking.join()
    after = sum(map(cpu_s, family(target.pid)))
    lag_s = p95(heard.lags)
    if lag_s > LAG_S:
        time.sleep(_CALM_S)
    return Trial(
        streams,
        lag_s,
        None if target.plain else p95(heard.finals),
        100 * (after - before) / (streams * seconds),
        (full[0] - target.empty_kb) / 1024 / streams,
    )


def most(
    attempt: Callable[[int], Trial], well: Callable[[Trial], bool], start: int, *, fine: float
) -> Trial | None:
    """Return the last trial that went `well`: doubling, then halving the step until it is `fine` of the figure."""
    best, low, high = None, 0, 0
    streams = start
    while True:
        found = attempt(streams)
        if well(found):
            best, low = found, streams
        else:
            high = streams
        streams = (low + high) // 2 if high else 2 * low
        if streams <= low or (high and high - low <= max(1, fine * low)):
            return best
