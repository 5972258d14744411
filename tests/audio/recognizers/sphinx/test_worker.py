from collections import Counter
from multiprocessing import Pipe
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from audio.recognizers.segments import Reading, Segment
from audio.recognizers.sphinx.messages import (
    Answer,
    Call,
    Check,
    Drop,
    Failed,
    Finish,
    Finished,
    Hear,
    Mean,
    Open,
)
from audio.recognizers.sphinx.worker import Desk


class FakeDecoder:
    """Hears a word per call."""

    def __init__(self, count):
        self._count = count
        self._heard = 0

    def process_raw(self, pcm):
        if pcm == b"bad":
            raise RuntimeError("odd audio")
        self._heard += 1
        self._count["heard"] += 1

    def hyp(self):
        return SimpleNamespace(hypstr=" ".join(["word"] * self._heard))


class FakeDecoders:
    """Counts what is lent and heard; a final takes slices until `patience` calls were heard."""

    def __init__(self):
        self.count: Counter[str] = Counter()
        self.patience = 0

    def warm(self):
        """Nothing to make."""

    def unknown(self, words):
        return tuple(word for word in words if word != "yes")

    def mean(self, pcm):
        return Mean((1.0,), len(pcm))

    def take(self, mean, grammar):
        self.count["stream"] += 1
        return FakeDecoder(self.count)

    def give(self, decoder):
        self.count["stream"] -= 1

    def decode(self, pcm, **_):
        self.count["careful"] += 1
        try:
            while self.count["heard"] < self.patience:
                yield
        finally:
            self.count["careful"] -= 1
        return Segment((Reading("done", ()),))


KNOWN = Mean((1.0,), 1)


@pytest.fixture
def desk():
    """A served desk: yields our end of its connection, and its decoders."""
    ours, theirs = Pipe()
    decoders: Any = FakeDecoders()

    def serve():
        with pytest.raises(EOFError):
            Desk(theirs, decoders).serve()
        theirs.close()

    thread = Thread(target=serve)
    thread.start()
    with ours:
        yield ours, decoders
    thread.join()


def ask(ours, *requests):
    for ticket, request in enumerate(requests):
        ours.send(Call(ticket, request))
    return [ours.recv() for _ in requests if ours.poll(60)]


def test_an_utterance_is_opened_heard_finished_and_dropped(desk):
    ours, decoders = desk
    answers = ask(ours, Open(1, KNOWN, None, 0), *[Hear(1, b"12")] * 4)
    assert [answer.content for answer in answers] == [None, "", "", "", ""]
    (finished,) = ask(ours, Finish(1))
    assert isinstance(finished.content, Finished)
    assert finished.content.recognition.text == "done"
    assert finished.content.mean == Mean((1.0,), 8)
    assert ask(ours, Drop(1)) == [Answer(0, None)]
    assert decoders.count["stream"] == decoders.count["careful"] == 0


def test_a_long_final_does_not_keep_others_waiting(desk):
    ours, decoders = desk
    ask(ours, Open(1, KNOWN, None, 0), Open(2, KNOWN, None, 0), Hear(1, b"12"))
    decoders.patience = 21
    answers = ask(ours, Finish(1), *[Hear(2, b"12")] * 20)
    assert [answer.ticket for answer in answers] == [*range(1, 21), 0]


def test_an_utterance_dropped_in_the_middle_of_its_final_leaves_no_work(desk):
    ours, decoders = desk
    ask(ours, Open(1, KNOWN, None, 0), Hear(1, b"12"))
    decoders.patience = 1_000_000
    ours.send(Call(7, Finish(1)))
    assert ask(ours, Drop(1)) == [Answer(0, None)]
    assert ask(ours, Check(("yes", "xyzzy"))) == [Answer(0, ("xyzzy",))]
    assert decoders.count["stream"] == decoders.count["careful"] == 0


def test_what_pocketsphinx_refuses_costs_its_own_utterance_only(desk):
    ours, decoders = desk
    ask(ours, Open(1, KNOWN, None, 0), Open(2, KNOWN, None, 0), Hear(2, b"12"))
    (refused,) = ask(ours, Hear(1, b"bad"))
    assert refused.content == Failed("RuntimeError: odd audio")
    assert decoders.count["stream"] == 1
    assert ask(ours, Hear(2, b"12")) == [Answer(0, "")]
    (unknown,) = ask(ours, Hear(1, b"12"))
    assert isinstance(unknown.content, Failed)
