"""The one writer: a single task with a single connection owns every BEGIN IMMEDIATE … COMMIT.

Whatever queues up during a commit makes the next batch, so that under load hundreds of messages share one fsync,
and when it is quiet a message waits for nobody. A job that fails takes only itself back; jobs may therefore be run
twice and touch nothing but the connection. A caller who gives up while waiting harms nobody: the job runs and
commits whole or not at all.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from storage.database import Database
from storage.errors import Busy, StorageError, translated

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], T]

BATCH = 512
"""Jobs in a commit at most: bounds how long the first of them waits for the last."""

QUEUE = 10_000
"""Jobs that may wait; then callers wait to get in, and so do the sockets behind them."""


@dataclass(frozen=True, slots=True)
class _Ticket:
    job: Job[Any]
    done: asyncio.Future[Any] = field(repr=False)


class Writer:
    """Takes jobs and answers when they are committed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: asyncio.Queue[_Ticket | None] = asyncio.Queue(QUEUE)
        self._ended = False

    @property
    def waiting(self) -> int:
        """Jobs in the queue."""
        return self._queue.qsize()

    async def submit(self, job: Job[T]) -> T:
        """Run `job` in a transaction and return its result once that is committed.

        Once queued it runs, whether or not the caller still waits. Raises: what the job raises; Busy, Full or
        another StorageError where the commit failed, and then nothing was written.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        await self._queue.put(_Ticket(job, done))
        if self._ended:
            raise Busy("the store is closed")
        return await done

    async def run(self) -> None:
        """Commit batches until `stop`; the jobs queued before it are all done."""
        while batch := await self._next():
            outcomes = await self._database.run(partial(_commit, jobs=[ticket.job for ticket in batch]))
            for ticket, outcome in zip(batch, outcomes, strict=True):
                _answer(ticket.done, outcome)
        self._ended = True
        while not self._queue.empty():
            if ticket_left := self._queue.get_nowait():
                _answer(ticket_left.done, _Failed(Busy("the store is closed")))

    async def stop(self) -> None:
        """Let `run` return when all before it is done."""
        await self._queue.put(None)

    async def _next(self) -> list[_Ticket]:
        batch: list[_Ticket] = []
        ticket = await self._queue.get()
        while ticket is not None:
            batch.append(ticket)
            if len(batch) == BATCH or self._queue.empty():
                return batch
            ticket = self._queue.get_nowait()
        if batch:
            self._queue.put_nowait(None)  # the end was met in mid-batch: meet it again after the commit
        return batch


@asynccontextmanager
async def start_writer(database: Database) -> AsyncIterator[Writer]:
    """Run a writer; on the way out everything that was queued is committed first."""
    writer = Writer(database)
    task = asyncio.create_task(writer.run(), name="storage writer")
    try:
        yield writer
    finally:
        await writer.stop()
        await task


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception


def _answer(done: asyncio.Future[Any], outcome: object) -> None:
    if done.done():  # the caller was cancelled; what it asked for is committed all the same
        return
    if isinstance(outcome, _Failed):
        done.set_exception(outcome.error)
    else:
        done.set_result(outcome)


def _commit(connection: sqlite3.Connection, jobs: Sequence[Job[Any]]) -> list[object]:
    """Run `jobs` in one transaction; return a result or a `_Failed` for each.

    Savepoints cost a quarter of the writer's time and hardly any job fails halfway, so the first try is without.
    """
    try:
        return _together(connection, jobs, _bare)
    except _Halfway:
        return _together(connection, jobs, _in_savepoint)


class _Halfway(Exception):
    """A job failed after it had written something that must be taken back alone."""


def _together(
    connection: sqlite3.Connection,
    jobs: Sequence[Job[Any]],
    attempt: Callable[[sqlite3.Connection, Job[Any]], object],
) -> list[object]:
    try:
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [attempt(connection, job) for job in jobs]
        connection.execute("COMMIT")
        return outcomes
    except sqlite3.Error as error:
        _roll_back(connection)
        return [_Failed(_ours(error)) for _ in jobs]
    except _Halfway:
        _roll_back(connection)
        raise


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:  # a full disk may have taken it back already
        connection.execute("ROLLBACK")


def _bare(connection: sqlite3.Connection, job: Job[Any]) -> object:
    before = connection.total_changes
    try:
        return job(connection)
    except Exception as error:  # a job's end: whatever stopped it goes to its caller, not to its neighbours
        if not connection.in_transaction:
            raise
        if connection.total_changes != before:
            raise _Halfway from error
        return _Failed(_ours(error))


def _in_savepoint(connection: sqlite3.Connection, job: Job[Any]) -> object:
    connection.execute("SAVEPOINT job")
    try:
        outcome = job(connection)
    except Exception as error:  # as above
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO job")
        outcome = _Failed(_ours(error))
    connection.execute("RELEASE job")
    return outcome


def _ours(error: Exception) -> Exception:
    if isinstance(error, sqlite3.Error):
        ours: StorageError = translated(error)
        ours.__cause__ = error
        return ours
    return error
