"""Where CPU work runs: a thread per core, never the loop. numpy and libvosk release the GIL."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """A pool of threads, first come, first served: a session has one job at a time, so none can crowd out others."""

    def __init__(self, threads: int | None = None) -> None:
        """Start `threads` threads; by default one a core, and one more for those that wait for worker processes."""
        self._pool = ThreadPoolExecutor(threads or (os.cpu_count() or 1) + 1, thread_name_prefix="hearing")

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in a thread and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: function(*args, **kwargs))

    def close(self) -> None:
        """Wait for running jobs and end the threads."""
        self._pool.shutdown(wait=True)
