"""The server as its operator runs it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fixtures.speech_files import MODEL

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Process:
    """A started server."""

    popen: subprocess.Popen[str]
    voice: str
    http: str
    lines: list[str]
    """What it said after `ready`."""

    def until_logged(self, words: str) -> str:
        """Read the log up to the line that holds `words`; of a `logged` server."""
        assert self.popen.stderr
        for line in self.popen.stderr:
            if words in line:
                return line
        raise AssertionError(f"it ended without a word of {words!r}")

    def kill(self) -> None:
        """kill -9."""
        self.popen.kill()
        self.popen.wait()


def command(folder: Path, *arguments: str, **environment: str) -> tuple[list[str], dict[str, str]]:
    """The command line and environment of a server in `folder`: the tiny model, free ports."""
    own = {
        "EARSHOT_SERVER_VOICE_PORT": "0",
        "EARSHOT_SERVER_HTTP_PORT": "0",
        "EARSHOT_STORAGE_PATH": str(folder / "earshot.db"),
        "EARSHOT_RECOGNIZER_ENGINE": "vosk",
        "EARSHOT_RECOGNIZER_MODEL": str(MODEL),
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
    return [sys.executable, "-m", "server", *arguments], {**inherited, **own, **environment}


@contextmanager
def started(folder: Path, *arguments: str, **environment: str) -> Iterator[Process]:
    """Start a server and wait until a client may connect; end it with SIGKILL if the test left it running."""
    with launched(*command(folder, *arguments, **environment)) as process:
        yield process


@contextmanager
def logged(folder: Path, *arguments: str, **environment: str) -> Iterator[Process]:
    """`started`, with a log that the test must read: the server waits where it is full."""
    with launched(*command(folder, *arguments, **environment), stderr=subprocess.PIPE) as process:
        yield process


@contextmanager
def launched(
    line: list[str], environment: dict[str, str], *, cwd: Path = ROOT, stderr: int = subprocess.DEVNULL
) -> Iterator[Process]:
    """Start a server by this command line and environment, see `started`."""
    popen = subprocess.Popen(line, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True)
    try:
        assert popen.stdout
        voice, http, ready, hears = (popen.stdout.readline().strip() for _ in range(4))
        assert ready == "ready", (voice, http, ready)
        yield Process(popen, voice.split()[1], http.split()[1], [hears])
    finally:
        popen.kill()
        popen.communicate()
