"""A worker process: serves many sessions' utterances over the socket that is its standard input.

`python -m audio.recognizers.sphinx.worker LIMIT`. PocketSphinx holds the GIL and may exit() on odd input, so it
lives here and not in the server. The process ends when the other end of the socket does, however that came about.
"""

from __future__ import annotations

import signal
import sys
from collections import deque
from collections.abc import Generator
from contextlib import suppress
from multiprocessing.connection import Connection

from audio.recognizers.sphinx.decoders import ERRORS, Decoders
from audio.recognizers.sphinx.messages import Answer, Call, Check, Drop, Failed, Finish, Finished, Hear, Open
from audio.recognizers.sphinx.utterance import Utterance

_Work = Generator[None, None, Finished]


class Desk:
    """Takes calls and answers them, short ones at once, finals slice by slice in between."""

    def __init__(self, connection: Connection, decoders: Decoders) -> None:
        self._connection = connection
        self._decoders = decoders
        self._utterances: dict[int, Utterance] = {}
        self._finals: deque[tuple[Call, _Work]] = deque()

    def serve(self) -> None:
        """Serve until the other end is gone. Raises: EOFError or OSError then."""
        while True:
            # In turn, so that neither a flood of short calls nor a long final keeps the others waiting.
            called = self._connection.poll()
            if not called and not self._finals:
                self._decoders.warm()
            if called or not self._finals:
                self._take(self._connection.recv())
            if self._finals:
                self._work()

    def _take(self, call: Call) -> None:
        try:
            match call.request:
                case Open(utterance):
                    self._utterances[utterance] = Utterance(self._decoders, call.request)
                    self._answer(call, None)
                case Hear(utterance, pcm):
                    self._answer(call, self._utterances[utterance].hear(pcm))
                case Finish(utterance):
                    self._finals.append((call, self._utterances[utterance].finish()))
                case Drop(utterance):
                    self._drop(utterance)
                    self._answer(call, None)
                case Check(words):
                    self._answer(call, self._decoders.unknown(words))
        except ERRORS as error:
            self._fail(call, error)

    def _work(self) -> None:
        """Do a slice of the oldest final."""
        call, work = self._finals[0]
        try:
            next(work)
        except StopIteration as done:
            self._finals.popleft()
            self._answer(call, done.value)
        except ERRORS as error:
            self._finals.popleft()
            self._fail(call, error)

    def _drop(self, utterance: int) -> None:
        for call, work in [job for job in self._finals if job[0].request == Finish(utterance)]:
            work.close()
            self._finals.remove((call, work))
        if gone := self._utterances.pop(utterance, None):
            gone.close()

    def _fail(self, call: Call, error: BaseException) -> None:
        if not isinstance(call.request, Check):
            self._drop(call.request.utterance)
        self._answer(call, Failed(f"{type(error).__name__}: {error}"))

    def _answer(self, call: Call, content: str | tuple[str, ...] | Finished | Failed | None) -> None:
        self._connection.send(Answer(call.ticket, content))


def main() -> None:
    """Serve the process that started this one."""
    # Ctrl-C and a service manager's signal go to the whole group; the server decides when its workers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    desk = Desk(Connection(sys.stdin.fileno()), Decoders(limit=int(sys.argv[1])))
    with suppress(EOFError, OSError):  # the server has closed us, or is gone
        desk.serve()


if __name__ == "__main__":
    main()
