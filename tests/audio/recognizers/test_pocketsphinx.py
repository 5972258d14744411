import os
import select
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from audio.recognizers.base import RecognizerError, RecognizerSettings
from audio.recognizers.pocketsphinx import PocketSphinxEngine
from audio.values import RATE
from tests.audio.recognizers.test_contract import DIGITS, hear, recognize
from tests.fixtures.speech_files import speech

ROOT = Path(__file__).parents[3]

READ = speech("real-ss")
"""A real voice: "he was not an ill disposed young man"."""

BEGINNING = READ.samples[: RATE * 3 // 2]


KNOWN = RecognizerSettings(phrases=(READ.text,))
"""With it the sentence is heard exactly, and quickly."""


def kill(pids, number=signal.SIGKILL):
    for pid in pids:
        os.kill(pid, number)


def gone(pid):
    """Wait until a process that isn't our child has ended; False where it stays for a minute."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(process):
        return bool(select.select([process], [], [], 60)[0])


def test_read_english_is_mostly_right(pocketsphinx):
    found = recognize(pocketsphinx.recognizer(RecognizerSettings()), READ.samples)
    missed = set(READ.text.split()) - set(found.text.split())
    assert len(missed) <= 4
    assert all(0 <= word.confidence <= 1 for word in found.words)


def test_partials_are_steady(pocketsphinx):
    ear = pocketsphinx.recognizer(RecognizerSettings())
    texts = [ear.accept(piece).split() for piece in np.array_split(READ.samples, 30)]
    rewritten = sum(new[: len(old)] != old for old, new in pairwise(texts))
    assert rewritten <= 2


def test_phrases_are_all_that_is_heard(pocketsphinx):
    digits = speech("digits-16k")
    ear = pocketsphinx.recognizer(RecognizerSettings(phrases=tuple(DIGITS)))
    assert ear.warnings == ()
    found = recognize(ear, digits.samples)
    assert {word.text for word in found.words} <= set(DIGITS)
    assert len(set(found.text.split()) & set(digits.text.split())) >= 4


def test_phrases_of_one_session_do_not_bind_another(pocketsphinx):
    free = pocketsphinx.recognizer(RecognizerSettings())
    before = recognize(free, BEGINNING).text
    recognize(pocketsphinx.recognizer(RecognizerSettings(phrases=("yes", "no"))), BEGINNING)
    free = pocketsphinx.recognizer(RecognizerSettings())
    assert recognize(free, BEGINNING).text == before


def test_unknown_words_are_named(pocketsphinx):
    some = pocketsphinx.recognizer(RecognizerSettings(phrases=("Turn LEFT!", "xyzzy", "to qwrtp", "{}|;")))
    assert some.warnings == (
        "phrases with 'qwrtp', 'xyzzy' are left out: the demo recognizer doesn't know these words",
    )
    none = pocketsphinx.recognizer(RecognizerSettings(phrases=("xyzzy",)))
    assert none.warnings == ("no phrase can be used: the demo recognizer doesn't know 'xyzzy'",)
    assert recognize(none, BEGINNING).text != ""


def test_other_readings_are_listed_when_asked_for(pocketsphinx):
    found = recognize(pocketsphinx.recognizer(RecognizerSettings(alternatives=2)), BEGINNING)
    readings = [found.text, *(other.text for other in found.alternatives)]
    assert len(set(readings)) == len(readings) == 3


def test_many_sessions_at_once_keep_their_words_apart(pocketsphinx):
    def talk(piece):
        ear = pocketsphinx.recognizer(RecognizerSettings(phrases=tuple(DIGITS)))
        try:
            return recognize(ear, piece).text
        finally:
            ear.close()

    digits = speech("digits-16k")
    middle = int((digits.words[2].end + digits.words[3].start) / 2 * RATE)
    pieces = [digits.samples[:middle], digits.samples[middle:]] * 3
    alone = [talk(piece) for piece in pieces[:2]]
    assert alone[0] != alone[1]
    with ThreadPoolExecutor(len(pieces)) as threads:
        assert list(threads.map(talk, pieces)) == alone * 3


def test_more_talkers_than_decoders_lose_partials_but_no_final(monkeypatch):
    monkeypatch.setattr(os, "sysconf", lambda name: 1)  # a machine with next to no memory
    engine = PocketSphinxEngine(workers=1)
    monkeypatch.undo()
    try:
        ears = [engine.recognizer(KNOWN) for _ in range(3)]
        partials = [hear(ear, READ.samples) for ear in ears]
        assert partials[0] != ""
        assert partials[1:] == ["", ""]
        assert [ear.finish().text for ear in ears] == [READ.text] * 3
    finally:
        engine.close()


def test_a_worker_that_dies_costs_nobody_a_word():
    engine = PocketSphinxEngine(workers=2)
    try:
        first, second = (engine.recognizer(KNOWN) for _ in range(2))
        hear(first, BEGINNING)
        (mine,) = engine.workers
        hear(second, BEGINNING)
        (other,) = set(engine.workers) - {mine}
        kill([other])
        for ear in (first, second):
            hear(ear, READ.samples[len(BEGINNING) :])
        assert mine in engine.workers
        assert second.finish() == first.finish()
        assert first.finish().text == READ.text
    finally:
        engine.close()


def test_ctrl_c_and_a_service_managers_signal_do_not_end_workers(pocketsphinx):
    ear = pocketsphinx.recognizer(KNOWN)
    hear(ear, BEGINNING)
    before = pocketsphinx.workers
    kill(before, signal.SIGINT)
    kill(before, signal.SIGTERM)
    hear(ear, READ.samples[len(BEGINNING) :])
    assert ear.finish().text == READ.text
    assert pocketsphinx.workers == before


def test_workers_end_when_the_server_is_killed():
    code = (
        "import numpy as np, sys\n"
        "from audio.recognizers.base import RecognizerSettings\n"
        "from audio.recognizers.pocketsphinx import PocketSphinxEngine\n"
        "engine = PocketSphinxEngine(workers=1)\n"
        "engine.recognizer(RecognizerSettings()).accept(np.zeros(16000, np.int16))\n"
        "print(*engine.workers, flush=True)\n"
        "sys.stdin.read()\n"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe
    ) as server:
        assert server.stdout
        assert server.stderr
        worker = int(server.stdout.readline())
        server.kill()
        assert gone(worker)
        assert server.stderr.read() == b""


def test_close_ends_the_workers_and_nothing_was_printed(capfd):
    engine = PocketSphinxEngine(workers=2)
    silent, listening = (engine.recognizer(RecognizerSettings()) for _ in range(2))
    recognize(silent, np.zeros(RATE, np.int16))
    hear(listening, READ.samples[:1600])
    hear(silent, READ.samples[:1600])
    workers = engine.workers
    assert len(workers) == 2
    engine.close()
    engine.close()
    assert all(gone(pid) for pid in workers)
    assert engine.workers == ()
    with pytest.raises(RecognizerError, match="has been closed"):
        listening.finish()
    silent.close()
    assert capfd.readouterr() == ("", "")


def test_the_demo_says_what_it_is(pocketsphinx):
    info = pocketsphinx.info
    assert (info.engine, info.language, info.demo) == ("pocketsphinx", "en-us", True)
    assert "python -m server models fetch" in info.note
