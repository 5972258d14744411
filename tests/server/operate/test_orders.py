"""Signals to a process that isn't yet, or that somebody else looks after."""

import os
import shutil
import signal
import socket
import subprocess
import threading

import pytest
import trustme

from tests.fixtures.speech_files import MODEL
from tests.process import ROOT, command, started

PATIENCE_S = 60


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_while_it_starts_it_ends_there_and_then(tmp_path, number):
    model = shutil.copytree(MODEL, tmp_path / "model")
    slow = model / "conf" / "mfcc.conf"
    slow.unlink()
    os.mkfifo(slow)  # a model that takes for ever to load
    line, env = command(tmp_path, EARSHOT_RECOGNIZER_MODEL=str(model))
    ends: list[int] = []
    popen = subprocess.Popen(line, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        writing = threading.Thread(target=lambda: ends.append(os.open(slow, os.O_WRONLY)), daemon=True)
        writing.start()
        writing.join(PATIENCE_S)  # until the recognizer reads from the other end
        assert not writing.is_alive()
        popen.send_signal(number)
        assert popen.wait(PATIENCE_S) == 0
    finally:
        popen.kill()
        said, logged = popen.communicate()
        for end in ends:
            os.close(end)
    assert (said, logged) == (b"", b"")


def test_a_service_manager_is_told_when_clients_may_come_and_when_not(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE_S)
        with started(tmp_path, NOTIFY_SOCKET=str(tmp_path / "notify")) as server:
            assert manager.recv(100) == b"READY=1"
            server.popen.send_signal(signal.SIGTERM)
            assert manager.recv(100) == b"STOPPING=1"
            assert server.popen.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("secure", [False, True])
def test_the_health_command_asks_the_server_that_is_configured(tmp_path, secure):
    settings = tls(tmp_path) if secure else {}
    with started(tmp_path, **settings) as server:
        port = server.http.rpartition(":")[2]
        line, env = command(tmp_path, "health", EARSHOT_SERVER_HTTP_PORT=port, **settings)
        well = subprocess.run(line, cwd=ROOT, env=env, capture_output=True, timeout=60, check=False)
        assert (well.returncode, well.stderr) == (0, b"")
        server.kill()
        dead = subprocess.run(
            line, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
        )
        assert dead.returncode == 1
        assert f"no answer on port {port}" in dead.stderr


def tls(folder):
    certificate = trustme.CA().issue_cert("earshot.example")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "both.pem")
    return {"EARSHOT_SERVER_TLS_CERT": f"{folder}/both.pem", "EARSHOT_SERVER_TLS_KEY": f"{folder}/both.pem"}
