"""Where CPU work runs: a thread per core, never the loop. numpy and libvosk release the GIL."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


_WAITING_PER_CORE = 4
"""A long final of PocketSphinx takes a second or two, in which its thread has nothing to do."""


class Workers:
    """A pool of threads, first come, first served: a session has one job at a time, so none can crowd out others."""

    def __init__(self, *, waiting: bool) -> None:
        """Start the threads: one a core, or more where most of them are `waiting` for worker processes."""
        per_core = _WAITING_PER_CORE if waiting else 1
        self._pool = ThreadPoolExecutor(per_core * (os.cpu_count() or 1), thread_name_prefix="hearing")

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in a thread and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: function(*args, **kwargs))

    def close(self) -> None:
        """Wait for running jobs and end the threads."""
        self._pool.shutdown(wait=True)
