"""How many talkers at once one machine carries, what they cost, and what one who doesn't wait does to the others.

    python -m tests.bench.capacity [--quick] [--seconds 12] [--only streams saving fairness journal]

Talkers in processes of their own, in real time, on talk that is half silence. A trial is in time while one answer in
twenty comes at most 0.5 s after its audio; its finals are prompt while one in twenty comes 0.1 s after the silence
window. The baseline hears
the same audio with the same model in the same minutes, in the manner of vosk-server: see plain.py. `wide` is the tiny
model with layers as wide as make it cost what a published small model does. Talkers share the cores with the server.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import cache, partial
from pathlib import Path

from tests.bench.capacity.saving import compare
from tests.bench.capacity.trial import Target, Trial, earshot, most, plain, trial
from tests.bench.stream import measure
from tests.fixtures.speech_files import MODEL
from tests.fixtures.tiny_vosk.widen import widen

_HIDDEN = 4096
"""Units a layer, for about a tenth of a core."""
PARTS = ("streams", "saving", "fairness", "journal")


def streams(wide: Path, seconds: float, fine: float) -> None:
    """Print how many each carries."""
    servers: Sequence[tuple[str, AbstractContextManager[Target], int]] = (
        ("Earshot, scripted", earshot("scripted", None), 64),
        ("Earshot, tiny Vosk", earshot("vosk", MODEL), 32),
        ("plain loop, tiny Vosk", plain(MODEL), 32),
        ("Earshot, wide Vosk", earshot("vosk", wide), 8),
        ("plain loop, wide Vosk", plain(wide), 8),
        ("Earshot, PocketSphinx", earshot("pocketsphinx", None), 2),
    )
    cores = os.cpu_count() or 1
    print(
        "| server | in time | a core | lag ms | final ms | % of a core | recognizer's | MB | prompt | final ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    ours = 0.0
    for name, server, start in servers:
        with server as target:
            attempt = cache(partial(_attempt, target, seconds))
            found = most(attempt, lambda each: each.in_time, start, fine=fine)
            prompt = None if target.plain else most(attempt, lambda each: each.prompt, start, fine=fine)
        if found is None:
            print(f"| {name} | 0 |", flush=True)
            continue
        ours = ours or found.cpu_percent
        own = "" if target.plain else f"{1 - ours / found.cpu_percent:.0%}"
        print(f"| {name} | {_row(found, prompt, cores, own)} |", flush=True)


def _attempt(target: Target, seconds: float, count: int) -> Trial:
    return trial(target, count, seconds)


def _row(found: Trial, prompt: Trial | None, cores: int, own: str) -> str:
    final = "" if found.final_s is None else f"{1000 * found.final_s:.0f}"
    figures = f"{found.streams} | {found.streams / cores:.0f} | {1000 * found.lag_s:.0f} | {final}"
    also = f"{prompt.streams} | {1000 * (prompt.final_s or 0):.0f}" if prompt else " | "
    return f"{figures} | {found.cpu_percent:.2f} | {own} | {found.memory_mb:.1f} | {also}"


def fairness(wide: Path, seconds: float, rounds: int, talkers: int) -> None:
    """Print the others' lag with and without somebody who sends as fast as the socket takes it."""
    found: dict[bool, list[Trial]] = {False: [], True: []}
    with earshot("vosk", wide) as target:
        for _ in range(rounds):
            for greedy in found:
                found[greedy].append(trial(target, talkers, seconds, greedy=greedy))
    print(f"| {talkers} talkers, wide Vosk | lag P95 ms, by round | mean | ratio |\n|---|---|---|---|")
    means = {greedy: sum(each.lag_s for each in trials) / rounds for greedy, trials in found.items()}
    for greedy, trials in found.items():
        each = ", ".join(f"{1000 * one.lag_s:.0f}" for one in trials)
        name = "and one who doesn't wait" if greedy else "alone"
        print(
            f"| {name} | {each} | {1000 * means[greedy]:.0f} | {means[greedy] / means[False]:.2f} |",
            flush=True,
        )


def journal(seconds: float, rounds: int) -> None:
    """Print what keeping acknowledged sound on disk costs a stream."""
    settings = {"off": ("false", "false"), "on": ("true", "false"), "on, fsync": ("true", "true")}
    sums = dict.fromkeys(settings, 0.0)
    with ExitStack() as stack:
        targets = {}
        for name, (enabled, fsync) in settings.items():
            keys = {"EARSHOT_JOURNAL_ENABLED": enabled, "EARSHOT_JOURNAL_FSYNC": fsync}
            server = earshot("scripted", None, EARSHOT_STORAGE_RECORD="false", **keys)
            targets[name] = stack.enter_context(server)
        for _ in range(rounds):
            for name, target in targets.items():
                sums[name] += measure(
                    target.pid, target.url + "/v1/stream", "half silence", 40, seconds, '{"type": "start"}'
                )
    print("| journal | % of a core per stream | more than off |\n|---|---|---|")
    for name, total in sums.items():
        print(f"| {name} | {total / rounds:.3f} | {(total - sums['off']) / rounds:+.3f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="short trials, coarse steps")
    parser.add_argument("--seconds", type=float, help="of a trial; 12, or 7 with --quick")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--talkers", type=int, default=6, help="beside the one who doesn't wait")
    options = parser.parse_args()
    seconds = options.seconds or (7 if options.quick else 12)
    with tempfile.TemporaryDirectory() as folder:
        wide = Path(folder) / "vosk-wide-en"
        widen(MODEL, wide, hidden=_HIDDEN)
        for part in options.only:
            match part:
                case "streams":
                    streams(wide, seconds, 0.4 if options.quick else 0.15)
                case "saving":
                    compare(wide, options.rounds)
                case "fairness":
                    fairness(wide, seconds, options.rounds, options.talkers)
                case "journal":
                    journal(seconds, options.rounds)
            print()


if __name__ == "__main__":
    main()
