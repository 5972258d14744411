"""TLS on both ports, with a certificate made here."""

import asyncio
import ssl

import pytest
import trustme

from audio.recognizers.scripted import ScriptedEngine
from server.config import ServerSettings
from server.http.port import HttpPort, Limits
from tests.running import running
from tests.server.security.raw import exchange, opening, raw

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
async def secure(tmp_path, authority):
    made = authority.issue_cert("localhost", "127.0.0.1")
    paths = {"tls_cert": tmp_path / "cert.pem", "tls_key": tmp_path / "key.pem"}
    made.private_key_pem.write_to_path(paths["tls_key"])
    for number, part in enumerate(made.cert_chain_pems):
        part.write_to_path(paths["tls_cert"], append=number > 0)
    settings = {name: str(path) for name, path in paths.items()}
    async with running(tmp_path, ScriptedEngine(), server=settings) as server:
        yield server


@pytest.fixture
def trusting(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def test_both_ports_speak_tls(secure, trusting):
    options = {"ssl": trusting, "server_hostname": "localhost"}
    assert await exchange(secure.running.voice.port, opening(), **options) == 101
    assert await exchange(secure.running.http.port, GET, **options) == 200


async def test_neither_speaks_without(secure):
    for port, data in ((secure.running.voice.port, opening()), (secure.running.http.port, GET)):
        async with raw(port) as client:
            await client.send(data)
            assert b"HTTP" not in await client.rest()


async def test_neither_speaks_what_is_older_than_tls_1_2(secure, trusting):
    trusting.set_ciphers("ALL:@SECLEVEL=0")
    trusting.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        trusting.maximum_version = ssl.TLSVersion.TLSv1_1
    for port in (secure.running.voice.port, secure.running.http.port):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname="localhost")


async def test_a_tls_handshake_that_hangs_is_closed(authority):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)

    async def app(scope, receive, send):
        raise AssertionError

    async with (
        HttpPort(app, ServerSettings(http_port=0), tls=context, limits=Limits(head_s=0.2)) as http,
        raw(http.port) as client,
    ):
        await client.send(b"\x16\x03\x01")
        assert await client.rest() == b""
