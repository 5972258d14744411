"""How many messages a second become durable, with their statistics, and how long each waits.

    python -m tests.bench.writer [--messages 20000] [--folder DIR] [--kills 50]

Baselines in the same run, on the same schema and rows: a commit for each message by one sqlite3 connection, and the
usual idiom, 200 coroutines that share one aiosqlite connection in autocommit (no statistics in either). CPU is the
process's, per message; on a machine that others use, compare it rather than the clock. `--kills` kills a talking
process again and again and counts what was acknowledged and is gone.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import aiosqlite

from storage.migrations import migrate
from storage.rows import NewConversation, NewMessage
from storage.store import Store
from tests.storage.killing import kill

WRITERS = 200
TEXT = "what people say to each other in a turn is some thirty words long, give or take " * 3
OUTPUTS = '{"tone":{"warm":0.8,"calm":0.1},"intent":"chat","tokens":[1,2,3,4,5,6]}'
INSERT = (
    "INSERT INTO messages (conversation_id, seq, uid, role, content, emotion, emotion_confidence, processing_time,"
    " created_at, agent_outputs, training_flag, voice_pitch)"
    " VALUES (?, ?, ?, 'user', ?, 'happy', 0.8, 1.0, ?, ?, 1, 180)"
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one way took."""

    name: str
    seconds: float
    cpu: float
    waits: list[float]

    def row(self, base: Figures | None) -> str:
        """Return a line of the table, with the rate as a multiple of `base`'s."""
        rate = len(self.waits) / self.seconds
        ratio = rate / (len(base.waits) / base.seconds) if base else 1.0
        waits = sorted(self.waits)
        middle, late = (waits[int(len(waits) * part)] * 1000 for part in (0.5, 0.99))
        cpu = self.cpu / len(waits) * 1e6
        return f"{self.name:44} {rate:9.0f} {ratio:6.1f}x {middle:8.2f} {late:8.2f} {cpu:9.0f}"


def prepared(folder: str, name: str) -> Path:
    """Return a fresh database with a conversation for each writer."""
    path = Path(folder) / f"{name}.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection)
        connection.executemany(
            "INSERT INTO conversations (session_id, started_at) VALUES (?, '')",
            [(str(number),) for number in range(WRITERS)],
        )
    return path


def values(number: int) -> tuple[object, ...]:
    """Return the values of `INSERT`."""
    return (
        number % WRITERS + 1,
        number // WRITERS + 1,
        f"uid-{number}",
        TEXT,
        "2026-01-31T12:00:00.000Z",
        OUTPUTS,
    )


def commit_each(path: Path, messages: int) -> Figures:
    """One connection, one commit a message."""
    waits = []
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        began, cpu = time.perf_counter(), time.process_time()
        for number in range(messages):
            at = time.perf_counter()
            connection.execute(INSERT, values(number))
            waits.append(time.perf_counter() - at)
    return Figures("sqlite3, a commit each", time.perf_counter() - began, time.process_time() - cpu, waits)


async def from_all(
    add: Callable[[int], Awaitable[object]], messages: int
) -> tuple[float, float, list[float]]:
    """Let `WRITERS` coroutines add messages, each one after the other."""
    waits = []

    async def write(writer: int) -> None:
        for number in range(writer, messages, WRITERS):
            at = time.perf_counter()
            await add(number)
            waits.append(time.perf_counter() - at)

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*[write(writer) for writer in range(WRITERS)])
    return time.perf_counter() - began, time.process_time() - cpu, waits


async def shared_connection(path: Path, messages: int) -> Figures:
    """The usual idiom."""
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        await connection.execute("PRAGMA synchronous = FULL")

        async def add(number: int) -> None:
            await connection.execute(INSERT, values(number))

        return Figures(f"aiosqlite, {WRITERS} writers, autocommit", *await from_all(add, messages))


async def ours(path: Path, messages: int, synchronous: str) -> Figures:
    """The store: group commit, statistics in the same transaction."""
    async with Store.open(path, synchronous=synchronous) as store:
        for number in range(WRITERS):
            await store.open_conversation(NewConversation(session_id=str(number)))

        async def add(number: int) -> None:
            await store.add_message(
                NewMessage(
                    conversation_id=number % WRITERS + 1,
                    role="assistant" if number // WRITERS % 2 else "user",
                    content=TEXT,
                    emotion="happy",
                    emotion_confidence=0.8,
                    processing_time=1.0,
                    agent_outputs=OUTPUTS,
                    voice_pitch=180.0,
                )
            )

        figures = await from_all(add, messages)
    return Figures(f"store, {WRITERS} writers, statistics, {synchronous}", *figures)


async def paced(path: Path, rate: int, seconds: float) -> Figures:
    """The store at an even pace, as live conversations are."""
    waits: list[float] = []
    async with Store.open(path) as store:
        conversation = await store.open_conversation(NewConversation(session_id="paced"))

        async def add() -> None:
            at = time.perf_counter()
            await store.add_message(NewMessage(conversation_id=conversation.id, role="user", content=TEXT))
            waits.append(time.perf_counter() - at)

        began, cpu = time.perf_counter(), time.process_time()
        async with asyncio.TaskGroup() as group:
            for number in range(int(rate * seconds)):
                await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
                group.create_task(add())
        return Figures(
            f"store, {rate} a second", time.perf_counter() - began, time.process_time() - cpu, waits
        )


def kills(folder: str, count: int) -> None:
    """Kill `count` talkers and print the sum of it."""
    for synchronous in ("FULL", "NORMAL"):
        found = [
            kill(
                Path(folder) / f"{synchronous}-{number}" / "e.db",
                after=50 + number * 37 % 2000,
                synchronous=synchronous,
            )
            for number in range(count)
        ]
        acknowledged, lost = sum(one.acknowledged for one in found), sum(one.lost for one in found)
        sound = sum(one.sound for one in found)
        print(f"{count} kills, {synchronous}: {acknowledged} acknowledged, {lost} lost, {sound} files sound")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, help="where the databases go; /dev/shm leaves the disk out")
    parser.add_argument("--kills", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        if options.kills:
            kills(folder, options.kills)
            return
        print(f"{'way':44} {'rows/s':>9} {'ratio':>7} {'p50 ms':>8} {'p99 ms':>8} {'CPU us':>9}")
        few = options.messages // 4
        base = commit_each(prepared(folder, "each"), few)
        print(base.row(None))
        print(asyncio.run(shared_connection(prepared(folder, "shared"), few)).row(base))
        for synchronous in ("FULL", "NORMAL"):
            path = Path(folder) / f"{synchronous}.db"
            print(asyncio.run(ours(path, options.messages, synchronous)).row(base))
        print(asyncio.run(paced(Path(folder) / "paced.db", 200, 5)).row(base))


if __name__ == "__main__":
    main()
