"""The server's side of a worker process: start it, ask it things from any thread, notice its death, end it."""

from __future__ import annotations

import socket
import subprocess
import sys
from concurrent.futures import Future
from contextlib import suppress
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock, Thread

from audio.recognizers.sphinx.messages import Answer, Call, Failed, Finished, Request

_ROOT = Path(__file__).parents[3]
"""The folder that holds `audio`, where the worker looks for its modules."""

_ANSWER_S = 120.0
"""Seconds until a worker that doesn't answer is taken for dead: far beyond any honest work on a busy machine."""

Content = str | tuple[str, ...] | Finished | None


class WorkerDied(Exception):
    """The worker ended, with what it was asked unanswered."""


class Refused(Exception):
    """PocketSphinx refused; the worker goes on."""


class Worker:
    """One worker process. Thread-safe: `ask` blocks only the thread that calls it."""

    def __init__(self, *, limit: int) -> None:
        """Start a process in which `limit` utterances may stream at once; it loads its model while we go on."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [sys.executable, "-m", "audio.recognizers.sphinx.worker", str(limit)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,  # the server's own standard output is an interface
                cwd=_ROOT,
                process_group=0,  # Ctrl-C in a terminal goes to the server alone
            )
        self._connection = Connection(ours.detach())
        self._lock = Lock()
        self._tickets = count()
        self._waiting: dict[int, Future[Content | Failed]] = {}
        self._dead = ""  # how it ended
        self._reader = Thread(target=self._read, name=f"pocketsphinx {self._process.pid}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """False from the moment that the process is known to be gone."""
        return not self._dead

    def ask(self, request: Request) -> Content:
        """Send a request and wait for its answer. Raises: WorkerDied, Refused."""
        answer: Future[Content | Failed] = Future()
        with self._lock:
            if self._dead:
                raise WorkerDied(self._dead)
            ticket = next(self._tickets)
            self._waiting[ticket] = answer
            try:
                self._connection.send(Call(ticket, request))
            except OSError as error:
                del self._waiting[ticket]
                self._dead = f"PocketSphinx worker {self.pid} hung up"  # the reader may not know it yet
                raise WorkerDied(self._dead) from error
        try:
            content = answer.result(_ANSWER_S)
        except TimeoutError as error:
            self.close()
            raise WorkerDied(f"PocketSphinx worker {self.pid} gave no answer for {_ANSWER_S:g} s") from error
        if isinstance(content, Failed):
            raise Refused(content.message)
        return content

    def close(self) -> None:
        """End the process and wait until it is gone; whoever waits for it is told. Safe to call twice."""
        self._process.kill()  # it holds nothing that anybody would miss
        self._reader.join()

    def _read(self) -> None:
        """Hand out answers until the process ends; then tell everybody who waits, and reap it."""
        with self._connection, suppress(EOFError, OSError):
            while True:
                answer: Answer = self._connection.recv()
                with self._lock:
                    waiting = self._waiting.pop(answer.ticket)
                waiting.set_result(answer.content)
        self._process.kill()  # whoever hung up on us is of no use, even if it still runs
        code = self._process.wait()
        with self._lock:
            self._dead = f"PocketSphinx worker {self.pid} ended with code {code}"
            orphans, self._waiting = self._waiting, {}
        for orphan in orphans.values():
            orphan.set_exception(WorkerDied(self._dead))
