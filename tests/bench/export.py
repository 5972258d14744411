"""What exports cost: bytes per CPU-second, peak memory, and what people who talk meanwhile notice of them.

    python -m tests.bench.export [--messages 100000] [--folder DIR]

Makes a database of 50-turn conversations, or uses the one that is in DIR. Each format is exported by a process of
its own, so that its peak memory is its own; "base" is what such a process takes before it reads a row. The baseline
is the obvious way: everything into one list, then json.dumps. Then messages are added 200 a second while nothing,
and while a full export, runs beside them; and the log is watched while somebody downloads slowly. Last come the
figures page and the erasure of a person.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from storage.exports.export import Export
from storage.exports.formats import FORMATS, format_of
from storage.exports.selection import Options, Selection
from storage.exports.sounds import sounds_in
from storage.migrations import migrate
from storage.rows import NewConversation, NewMessage
from storage.scoring import tally
from storage.stamps import uuid7
from storage.statistics import write_tally
from storage.store import Store
from tests.bench.writer import OUTPUTS, TEXT

TURNS = 50
EMOTIONS = ("happy", "sad", "neutral", "angry")
INSERT = (
    "INSERT INTO messages (conversation_id, seq, uid, role, content, emotion, emotion_confidence, processing_time,"
    " created_at, agent_outputs, memory_context, quality_score, quality_version, training_flag, voice_pitch)"
    " VALUES (?, ?, ?, ?, ?, ?, 0.8, 1.2, '2026-01-31T12:00:00.000Z', ?, '[1,2,3]', 0.7, 1, 1, ?)"
)


def fill(path: Path, messages: int) -> None:
    """Make a database of so many messages; a person has five conversations."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        migrate(connection)
        connection.execute("BEGIN")
        total = tally("user")
        for _ in range(TURNS - 1):
            total = total.plus(
                tally(
                    "assistant",
                    processing_time=1.2,
                    emotion_confidence=0.8,
                    quality_score=0.7,
                    user_feedback=4,
                )
            )
        for conversation_id in range(1, messages // TURNS + 1):
            connection.execute(
                "INSERT INTO conversations (session_id, user_id, platform, model_used, started_at, is_active,"
                " topics_discussed, training_consent) VALUES (?, ?, 'web', 'ollama', ?, 0, '[\"work\"]', 1)",
                (uuid7(), f"user-{conversation_id // 5}", "2026-01-31T12:00:00.000Z"),
            )
            connection.executemany(INSERT, [_row(conversation_id, seq) for seq in range(1, TURNS + 1)])
            write_tally(connection, conversation_id, total, last_seq=TURNS)
            connection.execute(
                "INSERT INTO memories (user_id, conversation_id, tier, content, created_at) VALUES (?, ?, ?, ?, '')",
                (f"user-{conversation_id // 5}", conversation_id, "long_term", TEXT),
            )
        connection.execute("COMMIT")


def _row(conversation_id: int, seq: int) -> tuple[object, ...]:
    role = "assistant" if seq % 2 == 0 else "user"
    pitch = None if seq % 2 == 0 else 180.5
    return conversation_id, seq, uuid7(), role, f"{TEXT} {seq}", EMOTIONS[seq % 4], OUTPUTS, pitch


# ---------------------------------------------------------------- cost


def obvious(path: Path) -> int:
    """Everything in one list, then json.dumps."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        conversations = [dict(row) for row in connection.execute("SELECT * FROM conversations")]
        for conversation in conversations:
            rows = connection.execute(
                "SELECT * FROM messages WHERE conversation_id = ? ORDER BY seq", (conversation["id"],)
            )
            conversation["messages"] = [_parsed(dict(row)) for row in rows]
    return len(json.dumps(conversations).encode())


def _parsed(row: dict[str, object]) -> dict[str, object]:
    return row | {name: json.loads(str(row[name] or "null")) for name in ("agent_outputs", "memory_context")}


def streamed(path: Path, name: str) -> int:
    """Ours, block by block, into nothing."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        export = Export(connection, format_of(name), Selection(), Options(), sounds_in(path.parent))
        while export.block():
            pass
        return export.receipt().bytes


def cost(work: Callable[..., int], *arguments: object) -> tuple[int, float, float, float]:
    """Run `work` in a process of its own; return its bytes, CPU seconds, wall seconds and peak MB."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_measured, args=(theirs, work, arguments))
    process.start()
    theirs.close()  # so that the end of a process that failed ends the wait
    found: tuple[int, float, float, float] = ours.recv()
    process.join()
    return found


def _measured(pipe: object, work: Callable[..., int], arguments: tuple[object, ...]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    size = work(*arguments)
    spent = size, time.process_time() - cpu, time.perf_counter() - wall
    pipe.send((*spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))  # type: ignore[attr-defined]


def nothing(path: Path) -> int:
    """Read no row."""
    return 0


def costs(path: Path, messages: int, *, baseline: bool) -> None:
    """Print what each format costs."""
    print(f"{'way':14} {'MB':>8} {'CPU s':>8} {'MB/CPU-s':>9} {'ratio':>7} {'k msg/s':>8} {'peak MB':>8}")
    base = 0.0
    ways: list[tuple[str, tuple[object, ...]]] = [("base", (nothing, path))]
    ways += [("obvious", (obvious, path))] if baseline else []
    ways += [(name, (streamed, path, name)) for name in FORMATS]
    for name, (work, *arguments) in ways:
        size, cpu, _, peak = cost(work, *arguments)  # type: ignore[arg-type]
        rate = size / 1e6 / cpu if cpu else 0.0
        base = base or rate
        ratio = f"{rate / base:6.1f}x" if base else "      -"
        speed = messages / 1000 / cpu if size else 0.0
        print(f"{name:14} {size / 1e6:8.1f} {cpu:8.2f} {rate:9.1f} {ratio} {speed:8.1f} {peak:8.0f}")


# ---------------------------------------------------------------- what others notice


async def meanwhile(path: Path, *, export: str | None, seconds: float = 8.0) -> str:
    """Add 200 messages a second, perhaps while an export runs; return a line of waits, lags and the log's size."""
    waits: list[float] = []
    lags: list[float] = []
    log = path.with_name(f"{path.name}-wal")
    async with Store.open(path) as store:
        conversation = await store.open_conversation(NewConversation(session_id=uuid7()))
        new = NewMessage(conversation_id=conversation.id, role="user", content=TEXT)

        async def add() -> None:
            at = time.perf_counter()
            await store.add_message(replace(new))
            waits.append(time.perf_counter() - at)

        async def talk() -> None:
            began = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for number in range(int(200 * seconds)):
                    due = began + number / 200
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                    lags.append(max(0.0, time.perf_counter() - due))
                    group.create_task(add())

        async def download() -> None:
            assert export is not None
            while True:
                async with store.exporter.open(export, Selection()) as opened:
                    async for _ in opened.blocks():
                        pass

        reader = asyncio.create_task(download()) if export else None
        await talk()
        if reader:
            reader.cancel()
            await asyncio.wait([reader])
        size = log.stat().st_size / 1e6
    return f"{_percentiles(waits)} {_percentiles(lags)} {size:8.1f}"


def _percentiles(values: list[float]) -> str:
    ordered = sorted(values)
    return " ".join(f"{ordered[int(len(ordered) * part)] * 1000:8.2f}" for part in (0.5, 0.99))


async def slow_reader(path: Path, seconds: float = 10.0) -> float:
    """Return the log's largest size in MB while messages pour in and somebody reads 64 KB a second."""
    largest = 0
    async with Store.open(path) as store:
        conversation = await store.open_conversation(NewConversation(session_id=uuid7()))
        new = NewMessage(conversation_id=conversation.id, role="user", content=TEXT)
        async with store.exporter.open("jsonl", Selection()) as opened:
            blocks = opened.blocks()
            began = time.perf_counter()
            while time.perf_counter() - began < seconds:
                await anext(blocks)
                for _ in range(5):
                    await asyncio.gather(*[store.add_message(new) for _ in range(500)])
                    largest = max(largest, path.with_name(f"{path.name}-wal").stat().st_size)
    return largest / 1e6


async def others(path: Path) -> None:
    """Print what people who talk notice."""
    print(f"\n{'beside':14} {'wait p50':>8} {'p99 ms':>8} {'lag p50':>8} {'p99 ms':>8} {'log MB':>8}")
    for export in (None, "json", "parquet"):
        print(f"{export or 'nothing':14} {await meanwhile(path, export=export)}")
    print(f"\nlog during a slow download: {await slow_reader(path):.1f} MB at most")


async def verbs(path: Path) -> None:
    """Print how long the verbs take that touch much."""
    async with Store.open(path) as store:
        for name, call in (
            ("figures, cold", store.training_stats),
            ("figures, warm", store.training_stats),
            ("erase a person of 250 messages", lambda: store.eraser.user("user-7", actor="bench")),
        ):
            at = time.perf_counter()
            await call()
            print(f"{name:32} {(time.perf_counter() - at) * 1000:9.1f} ms")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where the database is or goes; kept when given")
    parser.add_argument(
        "--no-baseline", action="store_true", help="leave out the obvious way: 9 GB at a million"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        path = (options.folder or Path(temporary)) / f"export-{options.messages}.db"
        if not path.exists():
            fill(path, options.messages)
        print(f"{options.messages} messages, {path.stat().st_size / 1e6:.0f} MB of database\n")
        costs(path, options.messages, baseline=not options.no_baseline)
        asyncio.run(others(path))
        asyncio.run(verbs(path))


if __name__ == "__main__":
    main()
