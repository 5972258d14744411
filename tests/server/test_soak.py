"""Sessions of every kind leave nothing behind. `python -m tests.bench.soak` does it ten thousand times."""

import asyncio
from contextlib import suppress

import pytest

from audio.recognizers.scripted import ScriptedEngine
from tests.bench.soak.house import PLENTY, held
from tests.bench.soak.sessions import KINDS, run
from tests.fixtures.speech_files import speech
from tests.running import DEADLINE_S, running

SOON = {"resume_window_s": 0.3}
READ = speech("real-ss")
"""A real voice; with the sentence as a phrase PocketSphinx hears it exactly."""


def grown(now, before):
    """What there is more of; memory, its files and the threads that Python keeps are the bench's business."""
    names = ("files", "tasks", "sessions", "journals")
    return {name: getattr(now, name) for name in names if getattr(now, name) > getattr(before, name)}


async def settled(server, before):
    """What is held once sockets and tasks that are on their way out are gone; at the latest after a while."""
    with suppress(TimeoutError):
        async with asyncio.timeout(DEADLINE_S):
            while grown(await held(server), before):  # noqa: ASYNC110
                await asyncio.sleep(0)
    return await held(server)


async def each_kind(server, times):
    async def several():
        return [await run(server.voice, kind) for kind in KINDS]

    return [
        trouble
        for troubles in await asyncio.gather(*(several() for _ in range(times)))
        for trouble in troubles
    ]


async def test_two_hundred_sessions_of_every_kind_leave_nothing(tmp_path):
    async with running(tmp_path, ScriptedEngine(), server=PLENTY, session=SOON) as server:
        assert not any(await each_kind(server, 1))  # what is made once and kept is there now
        before = await held(server)
        assert not any(await each_kind(server, 18))
        assert grown(await settled(server, before), before) == {}


async def test_a_killed_recognizer_process_costs_nobody_a_word(tmp_path):
    deadly = pytest.importorskip("tests.bench.soak.deadly", exc_type=ImportError)
    engine = deadly.DeadlyEngine(every=20)
    try:
        async with running(tmp_path, engine) as server, server.client() as mine, server.client() as other:
            for client in (mine, other):
                await client.start(phrases=[READ.text])
                await client.stream(READ.samples.tobytes())
                await client.send({"type": "stop"})
            for client in (mine, other):
                await client.rest()
                assert [final["text"] for final in client.of("final")] == [READ.text]
                assert not client.of("error")
        assert engine.kills >= 2
    finally:
        engine.close()
