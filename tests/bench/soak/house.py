"""The server of a soak, in a process of its own, which tells what it holds; a test asks the same of its own process."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from audio.recognizers.base import Engine
from audio.recognizers.scripted import ScriptedEngine
from tests.running import Server, running

PLENTY = {"max_sessions": 5000, "max_sessions_per_address": 5000}
SHORT = {"resume_window_s": 1.0}
"""Nobody waits half a minute for those who don't come back."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a server holds while nobody is connected."""

    memory_mb: float
    files: int
    threads: int
    workers: int
    """Worker processes."""
    tasks: int
    sessions: int
    journals: int
    """Files of the journal."""
    wal_mb: float


async def held(server: Server) -> Held:
    """Wait until everybody is gone for good, then look."""
    await server.running.voice.deserted()
    await asyncio.sleep(0)  # the last client's task ends
    return _held(server, tasks=len(asyncio.all_tasks()))


def _held(server: Server, *, tasks: int) -> Held:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    wal = server.database.with_name(server.database.name + "-wal")
    return Held(
        memory_mb=pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
        files=len(os.listdir("/proc/self/fd")),
        threads=threading.active_count(),
        workers=len(getattr(server.running.house.hearing.engine, "workers", ())),
        tasks=tasks,
        sessions=server.running.voice.sessions,
        journals=len(list((server.database.parent / "journal").glob("*"))),
        wal_mb=wal.stat().st_size / 2**20 if wal.exists() else 0.0,
    )


def serve(pipe: Connection, folder: Path, engine: str) -> None:
    """Serve until `pipe` says "stop"; the body of the process."""
    asyncio.run(_serve(pipe, folder, engine))


async def _serve(pipe: Connection, folder: Path, name: str) -> None:
    engine = ScriptedEngine() if name == "scripted" else _deadly()
    try:
        async with running(folder, engine, server=PLENTY, session=SHORT) as server:
            pipe.send(server.voice)
            while (asked := await asyncio.to_thread(pipe.recv)) != "stop":
                pipe.send(await held(server) if asked == "held" else getattr(engine, asked))
    finally:
        engine.close()


def _deadly() -> Engine:
    from tests.bench.soak.deadly import DeadlyEngine  # there is PocketSphinx for some Pythons only

    return DeadlyEngine(every=20)
