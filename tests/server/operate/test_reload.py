"""New settings: what holds at once, what waits for a restart, and that a mistake changes nothing."""

import asyncio
import contextlib
import os
import pty
import re
import signal
import ssl
import subprocess

import httpx
import msgspec
import pytest
import trustme
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from server.config import Config
from server.operate.reload import compare
from tests.process import ROOT, command, logged
from tests.running import Client

PATIENCE_S = 60


def config(**sections):
    return msgspec.convert(sections, Config)


def test_nothing_new_changes_nothing():
    change = compare(Config(), Config())
    assert str(change) == "nothing has changed"
    assert change.config == Config()


def test_what_a_session_reads_when_it_begins_is_taken_over():
    new = config(server={"max_sessions": 3}, audio={"silence_ms": 700}, log={"level": "debug"})
    change = compare(Config(), new)
    assert change.config == new
    assert str(change) == "taken over: server.max_sessions, audio.silence_ms, log.level"


def test_what_was_opened_at_the_start_waits_for_a_restart():
    new = config(server={"http_port": 1, "drain_s": 3}, recognizer={"engine": "vosk"})
    change = compare(Config(), new)
    assert change.config == config(server={"drain_s": 3})
    assert str(change) == "taken over: server.drain_s; needs a restart: server.http_port, recognizer.engine"


@pytest.mark.parametrize(
    ("old", "new", "taken"),
    [
        ({}, {"tls_cert": "c", "tls_key": "k"}, False),
        ({"tls_cert": "c", "tls_key": "k"}, {}, False),
        ({"tls_cert": "c", "tls_key": "k"}, {"tls_cert": "d", "tls_key": "l"}, True),
    ],
)
def test_a_certificate_can_be_another_but_not_come_or_go(old, new, taken):
    change = compare(config(server=old), config(server=new))
    assert change.config == config(server=new if taken else old)
    assert (change.taken if taken else change.waiting) == ("server.tls_cert", "server.tls_key")


def test_every_setting_is_taken_over_or_waits():
    """A new one is taken over unless `reload` says otherwise, so whoever adds it must look there."""
    waiting = set()
    for section in Config.__struct_fields__:
        for key in getattr(Config(), section).__struct_fields__:
            other = msgspec.structs.replace(getattr(Config(), section), **{key: object()})
            waiting |= set(compare(Config(), msgspec.structs.replace(Config(), **{section: other})).waiting)
    assert waiting == {
        *("server.host", "server.voice_port", "server.http_port", "server.tls_cert", "server.tls_key"),
        *("server.wyoming", "server.wyoming_host", "server.wyoming_port"),
        *("recognizer.engine", "recognizer.model", "recognizer.language"),
        *("storage.path", "storage.synchronous", "storage.audio_dir"),
        *("journal.enabled", "journal.fsync"),
    }


class Settings:
    """A server's config.toml, and the server told of its changes."""

    def __init__(self, folder):
        self.file = folder / "config.toml"

    def write(self, text):
        self.file.write_text(text)
        return self

    async def reread(self, server):
        server.popen.send_signal(signal.SIGHUP)
        return await asyncio.to_thread(server.until_logged, "settings")

    @contextlib.contextmanager
    def started(self, **environment):
        with logged(self.file.parent, "--config", str(self.file), **environment) as server:
            yield server


@contextlib.asynccontextmanager
async def talking(server, **options):
    async with connect(f"{server.voice}/v1/stream", compression=None, **options) as socket:
        client = Client(socket)
        client.ready = await client.start()
        yield client


async def test_new_sessions_have_the_new_settings_and_old_ones_keep_theirs(tmp_path):
    settings = Settings(tmp_path).write("[audio]\nsilence_ms = 900\n")
    with settings.started() as server:
        async with talking(server) as before:
            settings.write("[audio]\nsilence_ms = 700\n[server]\nmax_sessions = 2\nhttp_port = 9\n")
            line = await settings.reread(server)
            assert "taken over: server.max_sessions, audio.silence_ms" in line
            assert "needs a restart" not in line  # the environment says which port, before and after
            async with talking(server) as after:
                assert (before.ready["silence_ms"], after.ready["silence_ms"]) == (900, 700)
                with pytest.raises(InvalidStatus):
                    await connect(f"{server.voice}/v1/stream")
                await before.send({"type": "ping"})
                await before.until("pong")
        async with httpx.AsyncClient(base_url=server.http, trust_env=False, timeout=PATIENCE_S) as client:
            about = (await client.get("/api/server")).json()
            assert (about["silence_ms"], about["max_sessions"]) == (700, 2)
            assert 'earshot_reloads_total{outcome="taken"} 1.0' in (await client.get("/metrics")).text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[audio]\nsilence_ms = 5\n", "audio.silence_ms = 5"),
        ("[audio", "config.toml is not valid TOML"),
        ('[server]\ntoken_file = "/nonexistent/tokens"\n', "/nonexistent/tokens"),
    ],
)
async def test_a_mistake_is_named_and_the_old_settings_stay(tmp_path, text, told):
    settings = Settings(tmp_path).write("[audio]\nsilence_ms = 900\n")
    with settings.started() as server:
        settings.write(text)
        line = await settings.reread(server)
        assert "the settings stay as they are" in line
        assert told in line
        async with talking(server) as client:
            assert client.ready["silence_ms"] == 900


async def test_a_token_is_let_in_or_kept_out_from_then_on(tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("old-token\n")
    settings = Settings(tmp_path).write(f'[server]\ntoken_file = "{tokens}"\n')

    async def status(token):
        async with httpx.AsyncClient(base_url=server.http, trust_env=False, timeout=PATIENCE_S) as client:
            return (await client.get("/api/server", headers={"Authorization": f"Bearer {token}"})).status_code

    with settings.started() as server:
        async with talking(server, additional_headers={"Authorization": "Bearer old-token"}) as client:
            assert (await status("old-token"), await status("new-token")) == (200, 401)
            tokens.write_text("new-token\n")
            assert re.search("taken over: the tokens$", await settings.reread(server))
            assert (await status("old-token"), await status("new-token")) == (401, 200)
            with pytest.raises(InvalidStatus):
                await connect(f"{server.voice}/v1/stream?token=old-token")
            await client.send({"type": "ping"})  # who is in stays in
            await client.until("pong")


def certify(folder, authority):
    certificate = authority.issue_cert("127.0.0.1")
    (folder / "cert.pem").write_bytes(b"".join(b.bytes() for b in certificate.cert_chain_pems))
    (folder / "key.pem").write_bytes(certificate.private_key_pem.bytes())


async def test_a_certificate_is_renewed_without_a_restart(tmp_path):
    authorities = trustme.CA(), trustme.CA()
    certify(tmp_path, authorities[0])
    settings = Settings(tmp_path).write(
        f'[server]\ntls_cert = "{tmp_path}/cert.pem"\ntls_key = "{tmp_path}/key.pem"\n'
    )

    async def trusted(server):
        """Which of the authorities the server's certificate is of, on both ports."""
        found = []
        for number, authority in enumerate(authorities):
            context = ssl.create_default_context()
            authority.configure_trust(context)
            with contextlib.suppress(ssl.SSLCertVerificationError, httpx.ConnectError):
                async with httpx.AsyncClient(verify=context, trust_env=False, timeout=PATIENCE_S) as client:
                    assert (await client.get(f"{server.http}/healthz")).status_code == 200
                async with talking(server, ssl=context):
                    found.append(number)
        return found

    with settings.started() as server:
        assert await trusted(server) == [0]
        certify(tmp_path, authorities[1])
        assert "the certificate" in await settings.reread(server)
        assert await trusted(server) == [1]
        (tmp_path / "cert.pem").write_text("no certificate")
        assert "cert.pem" in await settings.reread(server)
        assert await trusted(server) == [1]


def test_a_server_whose_terminal_is_gone_stops(tmp_path):
    terminal, its_end = pty.openpty()
    line, env = command(tmp_path)
    popen = subprocess.Popen(
        line, cwd=ROOT, env=env, stdin=its_end, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    os.close(its_end)
    try:
        assert popen.stdout
        assert b"ready\n" in iter(popen.stdout.readline, b"")
        os.close(terminal)
        popen.send_signal(signal.SIGHUP)  # as the system does to whose controlling terminal it is
        assert popen.wait(PATIENCE_S) == 0
    finally:
        popen.kill()
        popen.communicate()
