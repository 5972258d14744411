"""How fast a user's memories are recalled, with our index and with only the contract's own.

python -m tests.bench.memories [--memories 200000] [--folder DIR]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from storage.migrations import migrate
from storage.rows import TIERS
from storage.store import Store

USERS = 4000


def fill(path: Path, memories: int) -> None:
    """Make so many memories of `USERS` people."""
    chance = random.Random(1)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection)
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO memories (user_id, tier, content, importance, access_count, created_at, fingerprint)"
            " VALUES (?, ?, ?, ?, ?, '', ?)",
            [
                (
                    f"user-{number % USERS}",
                    chance.choice(TIERS),
                    f"likes thing {number} and the colour {chance.choice(('red', 'blue', 'green'))}",
                    round(chance.random(), 2),
                    chance.randrange(50),
                    str(number),
                )
                for number in range(memories)
            ],
        )
        connection.execute("COMMIT")


async def waits(call: Callable[[str], Awaitable[object]], times: int, *, every_s: float = 0) -> list[float]:
    """Ask for people by chance, one after the other, `every_s` apart; return how long each answer took."""
    chance = random.Random(2)
    found = []
    for _ in range(times):
        user = f"user-{chance.randrange(USERS)}"
        at = time.perf_counter()
        await call(user)
        found.append(time.perf_counter() - at)
        await asyncio.sleep(max(0.0, every_s - found[-1]))
    return sorted(found)


async def measure(path: Path, name: str, *, times: int, search: bool) -> None:
    """Print a line for recall, and perhaps for search."""
    async with Store.open(path) as store:
        ways: dict[str, Callable[[str], Awaitable[object]]] = {"recall": store.recall}
        if search:
            ways["search"] = lambda user: store.search_memories(user, "blue thing")
        for way, call in ways.items():
            _show(f"{way}, {name}", await waits(call, times))
        if search:
            _show(f"recall, {name}, 200 a second", await waits(store.recall, times // 2, every_s=0.005))


def _show(name: str, found: list[float]) -> None:
    middle, late = (found[int(len(found) * part)] * 1000 for part in (0.5, 0.99))
    print(f"{name:32} {middle:9.2f} {late:9.2f}")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--memories", type=int, default=200_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "memories.db"
        fill(path, options.memories)
        print(f"{options.memories} memories of {USERS} users\n{'way':32} {'p50 ms':>9} {'p99 ms':>9}")
        asyncio.run(measure(path, "our index", times=3000, search=True))
        with closing(sqlite3.connect(path)) as connection:
            for index in ("idx_memories_retrieval", "idx_memories_fingerprint"):
                connection.execute(f"DROP INDEX {index}")
        asyncio.run(measure(path, "the contract's indexes", times=50, search=False))


if __name__ == "__main__":
    main()
