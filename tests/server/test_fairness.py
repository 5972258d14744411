"""Who sends faster than people talk yields to those who don't."""

import asyncio
from itertools import count

import pytest

from audio.recognizers.scripted import ScriptedEngine
from server.operate.metrics import Metrics
from server.workers import Due, Workers
from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.running import running


@pytest.fixture
def one_thread(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    workers = Workers(Metrics(), waiting=False)
    yield workers
    workers.close()


async def test_the_job_that_is_due_first_is_done_first(one_thread):
    done, numbers = [], count()
    held, may_go = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold():
        loop.call_soon_threadsafe(held.set)
        asyncio.run_coroutine_threadsafe(may_go.wait(), loop).result()

    def note(name):
        done.append((next(numbers), name))

    holding = asyncio.create_task(one_thread.run(hold))
    await held.wait()
    waiting = [
        asyncio.create_task(one_thread.run(Due(at, note), f"due {at:g}")) for at in (7.0, 5.0, 6.0, 5.0)
    ]
    await asyncio.sleep(0)  # all four are queued
    may_go.set()
    await asyncio.gather(holding, *waiting)
    assert [name for _, name in done] == ["due 5", "due 5", "due 6", "due 7"]


async def test_what_goes_wrong_in_a_job_reaches_who_asked_for_it(one_thread):
    def fail():
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        await one_thread.run(fail)
    assert await one_thread.run(len, "next") == 4


async def test_a_job_that_nobody_waits_for_any_more_is_not_done(one_thread):
    done = []
    held, may_go = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold():
        loop.call_soon_threadsafe(held.set)
        asyncio.run_coroutine_threadsafe(may_go.wait(), loop).result()

    holding = asyncio.create_task(one_thread.run(hold))
    await held.wait()
    given_up = asyncio.create_task(one_thread.run(done.append, "given up"))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    may_go.set()
    await holding
    await one_thread.run(done.append, "next")
    assert done == ["next"]


async def test_two_files_sent_at_once_are_both_heard_to_their_ends(tmp_path):
    data = speech("digits-16k").samples.tobytes() + quiet(1.3)
    async with (
        running(tmp_path, ScriptedEngine()) as server,
        server.client() as first,
        server.client() as second,
    ):
        for client in (first, second):
            await client.start()
        await asyncio.gather(first.stream(data * 5, 60_000), second.stream(data * 5, 60_000))
        for client in (first, second):
            await client.send({"type": "stop"})
            await client.rest()
        assert len(first.of("final")) == len(second.of("final")) == 5
