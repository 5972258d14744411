"""Where CPU work runs: a thread per core, never the loop. numpy and libvosk release the GIL."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from server.metrics import Metrics

P = ParamSpec("P")
T = TypeVar("T")


_WAITING_PER_CORE = 4
"""A long final of PocketSphinx takes a second or two, in which its thread has nothing to do."""


class Workers:
    """A pool of threads, first come, first served: a session has one job at a time, so none can crowd out others."""

    def __init__(self, metrics: Metrics, *, waiting: bool) -> None:
        """Start the threads: one a core, or more where most of them are `waiting` for worker processes."""
        self._metrics = metrics
        per_core = _WAITING_PER_CORE if waiting else 1
        self._pool = ThreadPoolExecutor(per_core * (os.cpu_count() or 1), thread_name_prefix="hearing")

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in a thread and return its result."""
        asked = time.perf_counter()

        def job() -> T:
            self._metrics.queue.observe(time.perf_counter() - asked)
            with self._metrics.job.time():
                return function(*args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._pool, job)

    def close(self) -> None:
        """Wait for running jobs and end the threads."""
        self._pool.shutdown(wait=True)
