"""How late words are on screen: speech onset to the first partial painted, end of speech to the final painted.

    python -m tests.bench.page [--rounds 3]

Recordings whose words' true times are known are played into the page in real Chromium, one after another. The
baseline is a bare client of the same server in the same run, timed when the message arrives.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

import numpy as np
from playwright.async_api import async_playwright

from tests.bench.latency import CLIPS, WINDOW_S, speak
from tests.browser.conftest import CHROMIUM
from tests.browser.page import Visitor, write_wav
from tests.fixtures.speech_files import speech
from tests.process import started
from tests.quiet import quiet

WATCH = """async () => {
    const { earshot } = await import('/app.js');
    const painted = (name) => requestAnimationFrame(() => setTimeout(() => (seen[name] ??= performance.now())));
    window.seen = {};
    window.since = (name, s) => (seen[name] - earshot.moment(1000 * s)) / 1000;
    earshot.addEventListener('partial', () => painted('partial'));
    earshot.addEventListener('final', () => painted('final'));
}"""
"""These listeners come after the page's own, so what they wait for is the paint of what the page has written."""


async def look(visitor: Visitor, folder: Path, name: str) -> tuple[float, float]:
    """Play one recording; return seconds from onset to the partial on screen, and from the end to the final."""
    clip = speech(name)
    path = write_wav(folder / f"{name}.wav", clip.samples.tobytes() + quiet(2))
    await visitor.page.evaluate("() => (window.seen = {})")
    await visitor.play(path)
    await visitor.page.wait_for_function("() => seen.final")
    partial, final = await visitor.page.evaluate(
        "([onset, end]) => [since('partial', onset), since('final', end)]", [clip.onset, clip.end]
    )
    await visitor.state("Not listening")
    return partial, final


async def measure(http: str, voice: str, folder: Path, rounds: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what the page and the bare client waited, a row per utterance."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM)
        async with Visitor.opening(await browser.new_context(), http) as visitor:
            await visitor.page.evaluate(WATCH)
            page, wire = [], []
            for name in CLIPS * rounds:
                page.append(await look(visitor, folder, name))
                wire.append(await speak(f"{voice}/v1/stream", name, 0))
        await browser.close()
    return np.array(page), np.add(wire, [0, WINDOW_S])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, started(Path(name)) as server:
        page, wire = asyncio.run(measure(server.http, server.voice, Path(name), options.rounds))
    print(f"{len(page)} utterances, one at a time\n")
    print(
        "| seconds | page P50 | page P95 | bare client P50 | P95 | page / bare at P50 |\n|---|---|---|---|---|---|"
    )
    for name, column in (("onset → first partial", 0), ("end of speech → final, the window among it", 1)):
        (p50, p95), (b50, b95) = (np.percentile(found[:, column], (50, 95)) for found in (page, wire))
        print(f"| {name} | {p50:.3f} | {p95:.3f} | {b50:.3f} | {b95:.3f} | {p50 / b50:.2f} |")


if __name__ == "__main__":
    main()
