"""The one writer: what is acknowledged is committed, and one caller's trouble is nobody else's."""

import asyncio
import sqlite3
from functools import partial

import pytest

from storage.database import Database, for_writing, open_database
from storage.errors import Busy, Full, NotFound, StorageError
from storage.writer import BATCH, QUEUE, Writer, start_writer


@pytest.fixture
async def database(path):
    path.parent.mkdir()
    async with open_database(path, setup=for_writing("OFF")) as opened:
        await opened.run(lambda connection: connection.execute("CREATE TABLE kept (value)"))
        yield opened


@pytest.fixture
async def writer(database):
    async with start_writer(database) as started:
        yield started


def keep(connection, value):
    connection.execute("INSERT INTO kept VALUES (?)", (value,))
    return value


def keep_then_fail(connection, value, error):
    keep(connection, value)
    raise error


def values(sql):
    return [row["value"] for row in sql("SELECT value FROM kept ORDER BY rowid")]


async def test_a_job_is_committed_when_it_is_answered(writer, sql):
    assert await writer.submit(partial(keep, value=1)) == 1
    assert values(sql) == [1]


@pytest.mark.parametrize("error", [ValueError("ours"), NotFound("row", 1), sqlite3.IntegrityError("theirs")])
async def test_a_job_that_fails_halfway_takes_only_itself_back(writer, sql, error):
    jobs = [partial(keep, value=1), partial(keep_then_fail, value=2, error=error), partial(keep, value=3)]
    outcomes = await asyncio.gather(*map(writer.submit, jobs), return_exceptions=True)
    assert (outcomes[0], outcomes[2]) == (1, 3)
    assert isinstance(outcomes[1], StorageError if isinstance(error, sqlite3.Error) else type(error))
    assert values(sql) == [1, 3]


async def test_jobs_that_queue_during_a_commit_share_the_next(database, sql):
    commits = []

    class Counting(Database):
        async def run(self, function):
            commits.append(len(function.keywords["jobs"]))
            return await database.run(function)

    async with start_writer(Counting(database._connection)) as writer:
        await asyncio.gather(*[writer.submit(partial(keep, value=number)) for number in range(1200)])
    assert values(sql) == list(range(1200))
    assert sum(commits) == 1200
    assert max(commits) == BATCH
    assert len(commits) <= 5


async def test_a_caller_who_gives_up_harms_nobody(database, sql):
    writer = Writer(database)
    callers = [asyncio.create_task(writer.submit(partial(keep, value=number))) for number in range(10)]
    await asyncio.sleep(0)
    callers[3].cancel()
    running = asyncio.create_task(writer.run())
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    await writer.stop()
    await running
    assert isinstance(outcomes[3], asyncio.CancelledError)
    assert [outcome for outcome in outcomes if isinstance(outcome, int)] == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert values(sql) == list(range(10))


async def test_what_is_queued_is_committed_before_the_writer_ends(database, sql):
    async with start_writer(database) as writer:
        jobs = [asyncio.create_task(writer.submit(partial(keep, value=number))) for number in range(2000)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*jobs) == list(range(2000))
    assert len(values(sql)) == 2000


async def test_after_the_end_callers_are_told(database):
    async with start_writer(database) as writer:
        pass
    with pytest.raises(Busy):
        await writer.submit(partial(keep, value=1))


async def test_the_queue_is_bounded_and_callers_wait_to_get_in(database, sql):
    writer = Writer(database)
    callers = [asyncio.create_task(writer.submit(partial(keep, value=number))) for number in range(QUEUE + 5)]
    await asyncio.sleep(0)
    assert writer.waiting == QUEUE
    running = asyncio.create_task(writer.run())
    await asyncio.gather(*callers)
    await writer.stop()
    await running
    assert len(values(sql)) == QUEUE + 5


async def test_a_full_disk_is_told_and_work_goes_on_when_there_is_space(database, writer, sql):
    def limit(connection, pages):
        connection.execute(f"PRAGMA max_page_count = {pages}")

    await writer.submit(partial(keep, value="before"))
    await database.run(partial(limit, pages=4))
    large = [writer.submit(partial(keep, value="x" * 3000)) for _ in range(20)]
    outcomes = await asyncio.gather(*large, return_exceptions=True)
    assert any(isinstance(outcome, Full) for outcome in outcomes)
    acknowledged = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert values(sql) == ["before", *acknowledged]
    await database.run(partial(limit, pages=100_000))
    await writer.submit(partial(keep, value="after"))
    assert values(sql) == ["before", *acknowledged, "after"]


async def test_a_lock_of_another_program_delays_and_loses_nothing(writer, path, sql):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    jobs = [asyncio.create_task(writer.submit(partial(keep, value=number))) for number in range(50)]
    done, waiting = await asyncio.wait(jobs, timeout=0.2)
    assert (len(done), len(waiting)) == (0, 50)
    other.execute("COMMIT")
    other.close()
    assert await asyncio.gather(*jobs) == list(range(50))
    assert values(sql) == list(range(50))
