"""The client as its user runs it: a process of its own, against a real server in this one."""

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fixtures.speech_files import speech
from tests.running import running
from tests.server.client.proxy import Cut, network
from tests.server.client.scripted import DEADLINE_S, scripted

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Ended:
    """What a finished client left."""

    code: int
    out: list[str]
    err: list[str]


class Run:
    """A started client."""

    def __init__(self, process):
        self.process = process

    async def end(self, sent=None):
        out, err = await self.process.communicate(sent)
        return Ended(self.process.returncode, (out or b"").decode().splitlines(), err.decode().splitlines())


async def begin(*arguments, stdout=asyncio.subprocess.PIPE, **environment):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
    pipe = asyncio.subprocess.PIPE
    return Run(
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server.client", *map(str, arguments)),
            cwd=ROOT,
            env={**inherited, **environment},
            stdin=pipe,
            stdout=stdout,
            stderr=pipe,
        )
    )


async def client(*arguments, sent=None, **environment):
    """Run a client to its end."""
    async with asyncio.timeout(DEADLINE_S):
        return await (await begin(*arguments, **environment)).end(sent)


TWO = speech("two-utterances")


async def test_a_recording_becomes_text_and_subtitles(tmp_path, vosk):
    async with running(tmp_path, vosk) as server:
        files = [f"--{kind}={tmp_path / 'a'}.{kind}" for kind in ("srt", "vtt", "txt")]
        ended = await client(TWO.path, "--url", server.voice, "--speed", 0, *files)
    assert ended.code == 0
    assert [line.partition("  ")[0].partition("] ")[2] for line in ended.out] == [
        "hello thank you",
        "goodbye",
    ]
    assert ended.err[0].startswith("conversation 1, heard by vosk")
    assert "; 2 utterances; " in ended.err[-1]
    assert (tmp_path / "a.txt").read_text() == "hello thank you\ngoodbye\n"
    first = (tmp_path / "a.srt").read_text().splitlines()[1]
    began = float(first.split(" --> ")[0].replace(",", ".").rpartition(":")[2])
    assert began == pytest.approx(TWO.onset, abs=0.2)
    assert (tmp_path / "a.vtt").read_text().startswith("WEBVTT\n\n")


async def test_raw_sound_by_pipe_becomes_json(tmp_path, vosk):
    spoken = speech("digits-8k")
    async with running(tmp_path, vosk) as server:
        options = ("--url", server.voice, "--rate", 8000, "--json", "--words", "--no-record")
        ended = await client("-", *options, sent=spoken.samples.tobytes())
    messages = [json.loads(line) for line in ended.out]
    assert ended.code == 0
    assert messages[0]["type"] == "ready"
    assert messages[-1]["type"] == "stopped"
    assert messages[-1]["received_samples"] == len(spoken.samples)
    (final,) = [message for message in messages if message["type"] == "final"]
    assert [word["word"] for word in final["words"]] == spoken.text.split()


async def test_a_line_that_breaks_costs_no_word(tmp_path, vosk):
    async with running(tmp_path, vosk) as server, network(server.voice, Cut(up=100_000)) as (url, _):
        ended = await client(TWO.path, "--url", url, "--speed", 0, f"--txt={tmp_path / 'a'}.txt")
    assert ended.code == 0
    assert (tmp_path / "a.txt").read_text() == "hello thank you\ngoodbye\n"
    assert "the line to the server broke; trying for 30 s to come back" in ended.err
    assert "; the line was lost once; " in ended.err[-1]


async def test_the_token_is_taken_from_the_environment():
    async def script(server):
        await server.open()
        await server.until("stop")
        text = {"type": "final", "text": str(server.authorization), "start_ms": 0, "end_ms": 1}
        await server.say(text, server.stopped())

    async with scripted(script) as url:
        ended = await client(TWO.path, "--url", url, "--speed", 0, EARSHOT_TOKEN="secret")
    assert ended.out == ["[0:00.0–0:00.0] Bearer secret"]


async def interrupted(url, *signals):
    """Start to listen to a file that never ends; then send signals, each after a line on standard error."""
    run = await begin(TWO.path, "--url", url, "--loop", 0)
    for number in signals:
        await run.process.stderr.readline()
        run.process.send_signal(number)
    return await run.end()


async def test_a_terminal_shows_the_words_so_far_and_then_the_final():
    async def script(server):
        assert (await server.open())["partials"] is True
        await server.say({"type": "partial", "utterance": 1, "text": "hel", "start_ms": 0})
        await server.until("stop")
        await server.say({"type": "final", "text": "hello", "start_ms": 0, "end_ms": 1}, server.stopped())

    screen, terminal = pty.openpty()
    async with scripted(script) as url:
        run = await begin(TWO.path, "--url", url, "--speed", 0, stdout=terminal, TERM="xterm")
        await run.end()
    shown = os.read(screen, 65_536).decode()
    os.close(screen)
    os.close(terminal)
    assert "\x1b[90m[0:00.0–…] hel\x1b[0m" in shown
    assert "\r\x1b[K[0:00.0–0:00.0] hello" in shown


async def test_a_pipe_asks_for_no_partials():
    async def script(server):
        text = str((await server.open())["partials"])
        await server.until("stop")
        await server.say({"type": "final", "text": text, "start_ms": 0, "end_ms": 1}, server.stopped())

    async with scripted(script) as url:
        ended = await client(TWO.path, "--url", url, "--speed", 0)
    assert ended.out == ["[0:00.0–0:00.0] False"]


def test_what_a_session_may_not_need_is_not_loaded():
    loaded = (
        "import sys, server.client.__main__; print({'numpy', 'soundfile', 'sounddevice'} & set(sys.modules))"
    )
    printed = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True)
    assert printed.stdout == "set()\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_one_interrupt_waits_for_the_last_final(number):
    async def script(server):
        await server.open()
        await server.until("stop")
        await server.say({"type": "final", "text": "last", "start_ms": 0, "end_ms": 1}, server.stopped())

    async with scripted(script) as url:
        ended = await interrupted(url, number)
    assert (ended.code, ended.out) == (0, ["[0:00.0–0:00.0] last"])


async def test_two_interrupts_do_not_wait():
    async def script(server):
        await server.open()
        await server.until("stop")
        await server.socket.wait_closed()

    async with scripted(script) as url:
        ended = await interrupted(url, signal.SIGINT, signal.SIGINT)
    assert ended.code == 130
    assert not any("Traceback" in line for line in ended.err)


async def test_whoever_reads_the_output_may_leave():
    reading = asyncio.Event()

    async def script(server):
        await server.open()
        await reading.wait()
        line = {"type": "final", "text": "x" * 1000, "start_ms": 0, "end_ms": 1}
        await server.say(*[line] * 200)
        await server.socket.wait_closed()

    async with scripted(script) as url:
        run = await begin(TWO.path, "--url", url)
        await run.process.stderr.readline()
        run.process._transport.get_pipe_transport(1).close()
        reading.set()
        await run.process.wait()
        err = await run.process.stderr.read()
    assert run.process.returncode == 1
    assert b"Traceback" not in err


async def test_a_server_that_dies_is_told_after_what_was_sent():
    async def script(server):
        await server.open()
        await server.take(3200)
        server.socket.transport.abort()

    async with scripted(script) as url:
        ended = await client(TWO.path, "--url", url)
    assert ended.code == 1
    assert "only 0.00 s acknowledged" in ended.err[-2]
    assert ended.err[-1] == "earshot: the line to the server broke"
