"""The server as a process: what it says, how it ends, and what a kill can't take back."""

import asyncio
import json
import signal
import sqlite3
import subprocess

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.fixtures.speech_files import speech
from tests.process import ROOT, command, started
from tests.quiet import quiet

CLIP = speech("two-utterances")


def kept(folder):
    connection = sqlite3.connect(folder / "earshot.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return dict(connection.execute("SELECT uid, content FROM messages").fetchall())
    finally:
        connection.close()


def test_it_says_where_it_listens_and_stops_as_asked(tmp_path):
    with started(tmp_path) as server:
        assert server.voice.startswith("ws://127.0.0.1:")
        assert server.http.startswith("http://127.0.0.1:")
        assert server.lines == ["hears with vosk, model vosk-tiny-en, language en"]
        server.popen.send_signal(signal.SIGTERM)
        assert server.popen.wait(20) == 0


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"EARSHOT_SERVER_HOST": "0.0.0.0"}, "a token is needed"),
        ({"EARSHOT_SERVER_VOICE_PORT": "high"}, "server.voice_port = 'high'"),
        ({"EARSHOT_RECOGNIZER_MODEL": "/nonexistent/model"}, "/nonexistent/model"),
        ({"EARSHOT_SERVER_TLS_CERT": "/nonexistent/cert.pem"}, "tls_cert"),
        ({"EARSHOT_STORAGE_PATH": "/proc/earshot.db"}, "/proc"),
    ],
)
def test_a_mistake_of_the_operator_is_one_line_and_exit_code_2(tmp_path, environment, told):
    line, env = command(tmp_path, **environment)
    ended = subprocess.run(line, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert told in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path):
    with started(tmp_path) as server:
        port = server.http.rpartition(":")[2]
        line, env = command(tmp_path / "other", EARSHOT_SERVER_HTTP_PORT=port)
        ended = subprocess.run(
            line, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
        )
    assert ended.returncode == 2
    assert "cannot listen on 127.0.0.1" in ended.stderr.splitlines()[-1]


async def collect(url, seen, finals_wanted):
    """Stream without end and note every final; set the event once enough were seen."""
    async with connect(f"{url}/v1/stream", compression=None) as socket:
        await socket.send('{"type": "start"}')
        data = CLIP.samples.tobytes() + quiet(1.1)

        async def listen():
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "final":
                    seen[message["uid"]] = message["text"]
                    if len(seen) >= finals_wanted[0]:
                        finals_wanted[1].set()

        listener = asyncio.create_task(listen())
        try:
            for _ in range(100):
                await socket.send(data)
        except ConnectionClosed:
            pass
        await asyncio.gather(listener, return_exceptions=True)


@pytest.mark.parametrize("finals", [1, 7, 20])
async def test_killed_at_any_moment_every_final_that_was_seen_is_there(tmp_path, finals):
    seen: dict[str, str] = {}
    with started(tmp_path) as server:
        enough = asyncio.Event()
        clients = [asyncio.create_task(collect(server.voice, seen, (finals, enough))) for _ in range(3)]
        async with asyncio.timeout(60):
            await enough.wait()
        server.kill()
        await asyncio.gather(*clients, return_exceptions=True)
    stored = kept(tmp_path)
    assert len(seen) >= finals
    assert {uid: stored.get(uid) for uid in seen} == seen
    with started(tmp_path, EARSHOT_JOURNAL_ENABLED="false"):  # and the file is good for another start
        connection = sqlite3.connect(tmp_path / "earshot.db")
        assert connection.execute("SELECT COUNT(*) FROM conversations WHERE is_active = 1").fetchone() == (0,)
        connection.close()
