"""A server that talks are had with, one after another, on a loop of its own."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack

import pytest
from hypothesis import HealthCheck, Phase, settings

from audio.recognizers.scripted import ScriptedEngine
from tests.fuzz.tongue import Step, Talk, Tongue, converse
from tests.running import running

LONG = os.environ.get("EARSHOT_FUZZ_EXAMPLES")
"""Talks for each protocol, each time others; without it few, and each time the same."""

settings.register_profile(
    "fuzz",
    max_examples=int(LONG or 40),
    derandomize=not LONG,
    database=None,
    phases=[
        Phase.explicit,
        Phase.generate,
    ],  # each try to make a talk shorter is a talk, and most tell nothing
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


_ENGINE = ScriptedEngine(("one", "two", "three"), samples_per_word=4000)
"""Hears words often, so that there are partials."""


class _Faults(logging.Handler):
    """Keeps what the server logs as a fault of its own, or asyncio of a task that nobody looked after."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.name == "asyncio" or "failed" in record.getMessage():
            self.seen.append(record.getMessage() + (str(record.exc_info[1]) if record.exc_info else ""))


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Tongue, Sequence[Step]], Talk]]:
    """Have a talk with the server. In the end nothing may be left of any."""
    faults = _Faults()
    logging.getLogger().addHandler(faults)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        server = runner.run(
            stack.enter_async_context(
                running(
                    tmp_path_factory.mktemp("fuzz"),
                    _ENGINE,
                    session={"resume_window_s": 2},
                    server={"wyoming": True, "wyoming_port": 0},
                )
            )
        )

        def have(tongue: Tongue, steps: Sequence[Step]) -> Talk:
            had = runner.run(converse(server, tongue, steps))
            assert not faults.seen, faults.seen
            return had

        async def nothing_left() -> None:
            async with asyncio.timeout(60):
                await server.running.voice.deserted()
            assert not any(
                conversation.is_active for conversation in await server.running.store.conversations()
            )
            assert server.running.voice.sessions == 0

        yield have
        runner.run(nothing_left())
        runner.run(stack.aclose())
    logging.getLogger().removeHandler(faults)
    assert not faults.seen
