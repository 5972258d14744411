"""Where CPU work runs: a thread per core, never the loop. numpy and libvosk release the GIL.

Whoever sends faster than people talk could keep every thread busy, a second of audio at a time, while live talkers
wait behind it. So a job has a time by which it is due, and the earliest is done first: live audio when it came,
audio sent ahead when it would have been spoken (earliest deadline first; Liu and Layland, 1973,
https://doi.org/10.1145/321738.321743). Nobody starves: who is kept waiting isn't ahead any more.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count
from queue import PriorityQueue
from typing import Any, Generic, ParamSpec, TypeVar

from server.operate.metrics import Metrics
from server.strain import Strain

P = ParamSpec("P")
T = TypeVar("T")


_WAITING_PER_CORE = 4
"""A long final of PocketSphinx takes a second or two, in which its thread has nothing to do."""


@dataclass(frozen=True, slots=True)
class Due(Generic[P, T]):
    """The hearing of audio that was, or would have been, spoken `at` that time of the monotonic clock."""

    at: float
    job: Callable[P, T]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the job."""
        return self.job(*args, **kwargs)


class Workers:
    """A pool of threads. A session has one job at a time, so none can crowd out others by their number."""

    def __init__(self, metrics: Metrics, *, waiting: bool) -> None:
        """Start the threads: one a core, or more where most of them are `waiting` for worker processes."""
        self.strain = Strain()
        self._metrics = metrics
        per_core = _WAITING_PER_CORE if waiting else 1
        self._pool = ThreadPoolExecutor(per_core * (os.cpu_count() or 1), thread_name_prefix="hearing")
        self._jobs: PriorityQueue[tuple[float, int, Callable[[], Any], Future[Any]]] = PriorityQueue()
        self._order = count()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in a thread and return its result. It is due now unless it is a `Due`."""
        asked = time.monotonic()
        due = function.at if isinstance(function, Due) else asked
        done: Future[T] = Future()
        job = partial(self._timed, asked, partial(function, *args, **kwargs))
        self._jobs.put((due, next(self._order), job, done))
        self._pool.submit(self._next)
        return await asyncio.wrap_future(done)

    def _next(self) -> None:
        """Do what is due first; called once for every job."""
        due, _, job, done = self._jobs.get()
        if not done.set_running_or_notify_cancel():
            return
        self.strain.heard(time.monotonic() - due)
        try:
            done.set_result(job())
        except BaseException as error:
            done.set_exception(error)
            raise

    def _timed(self, asked: float, job: Callable[[], T]) -> T:
        self._metrics.queue.observe(time.monotonic() - asked)
        with self._metrics.job.time():
            return job()

    def close(self) -> None:
        """Wait for running jobs and end the threads."""
        self._pool.shutdown(wait=True)
