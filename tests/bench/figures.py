"""What counting and timing costs: the hooks of one job, against the job itself.

    python -m tests.bench.figures [--jobs 400]

A job is 100 ms of audio, the least that is gathered; the baselines are hearing it in silence, which is done on the
loop, and in speech with the tiny Vosk model, far below what a real one takes. Both without the hop to a worker.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable

import numpy as np

from audio.pipeline import Pipeline
from audio.recognizers.base import RecognizerSettings
from audio.recognizers.vosk import VoskEngine
from audio.values import RATE, AudioChunk, AudioFormat
from server.arrivals import Arrivals
from server.commands import Feed
from server.operate.meter import Meter
from server.operate.metrics import Metrics
from tests.fixtures.speech_files import MODEL, speech
from tests.quiet import quiet

JOB_S = 0.1
TURNS = 7
"""The median of several turns: the machine has other things to do, too."""


def per_job(jobs: int, job: Callable[[int], object]) -> float:
    """Seconds of CPU for one job."""
    turns = []
    for _ in range(TURNS):
        began = time.process_time()
        for number in range(jobs):
            job(number)
        turns.append((time.process_time() - began) / jobs)
    return float(np.median(turns))


def hearing(engine: VoskEngine, audio: bytes) -> Callable[[int], object]:
    pipeline = Pipeline(AudioFormat(), engine.recognizer(RecognizerSettings()))
    size = int(JOB_S * RATE) * 2
    pieces = [audio[at : at + size] for at in range(0, len(audio) - size, size)]
    return lambda number: pipeline.feed(AudioChunk(pieces[number % len(pieces)]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=400)
    jobs = parser.parse_args().jobs
    metrics = Metrics()
    arrivals = Arrivals(metrics.lag.observe)
    meter = Meter(metrics, time.perf_counter, arrivals)
    clock = itertools.count(0, int(JOB_S * RATE))
    fed = Feed(AudioChunk(bytes(int(JOB_S * RATE) * 2)))

    def on_the_loop(_: int) -> None:
        arrivals.note_audio(0.0, len(fed.chunk.data))
        meter.did(fed, clock=next(clock))

    def in_a_worker(number: int) -> None:
        on_the_loop(number)
        metrics.queue.observe(0.001)
        with metrics.job.time():
            pass

    engine = VoskEngine(MODEL)
    rows = (
        ("silence", per_job(jobs, hearing(engine, quiet(10))), per_job(jobs, on_the_loop)),
        (
            "speech",
            per_job(jobs, hearing(engine, speech("real-ss").samples.tobytes())),
            per_job(jobs, in_a_worker),
        ),
    )
    engine.close()
    print(f"{'':8} {'job':>9} {'figures':>9} {'ratio':>7}   of a core, a stream")
    for name, job, hooks in rows:
        print(f"{name:8} {1e6 * job:6.0f} us {1e6 * hooks:6.1f} us {hooks / job:6.1%}   {hooks / JOB_S:.4%}")
    print(f"a scrape {1e3 * per_job(50, lambda _: metrics.text()):.1f} ms")


if __name__ == "__main__":
    main()
