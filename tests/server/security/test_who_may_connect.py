"""Tokens, scopes, names and origins, each by a real handshake with either port."""

import pytest

from server.app import serving
from server.config import Config, ServerSettings, StorageSettings
from server.errors import ConfigError
from tests.server.security.raw import exchange, opening, raw


def request(path="/api/conversations", *headers, host="localhost", method="GET"):
    named = [f"Host: {host}"] if host is not None else []
    return "\r\n".join([f"{method} {path} HTTP/1.1", *named, "Connection: close", *headers, "", ""]).encode(
        "latin-1"
    )


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/stream", ["Authorization: Bearer streams"]),
        ("/v1/stream", ["authorization: token all-of-it"]),
        ("/v1/stream?token=streams", []),
        ("/?token=streams", []),
        ("/v1/stream", ["Sec-WebSocket-Protocol: earshot, earshot.token.streams"]),
        ("/v1/stream?token=wrong", ["Authorization: Bearer streams"]),
    ],
)
async def test_a_token_opens_the_voice_port_wherever_it_is_put(guarded, path, headers):
    async with raw(guarded.running.voice.port) as client:
        await client.send(opening(path, *headers))
        answer = await client.head()
    assert answer.split()[1] == "101"
    assert "token" not in answer
    assert "streams" not in answer


@pytest.mark.parametrize(
    ("status", "path", "headers"),
    [
        (401, "/v1/stream", []),
        (401, "/v1/stream?token=", []),
        (401, "/v1/stream?token=stream", []),
        (401, "/v1/stream?token=streamsx", []),
        (401, "/v1/stream?token=STREAMS", []),
        (401, "/v1/stream", ["Authorization: Bearer \xff"]),
        (401, "/v1/stream", ["Authorization: Basic streams"]),
        (401, "/v1/stream", ["Sec-WebSocket-Protocol: earshot"]),
        (400, "/v1/stream", ["Authorization: Bearer streams", "Authorization: Bearer wrong"]),
        (403, "/v1/stream?token=reads", []),
        (403, "/", ["Authorization: Bearer erases"]),
        (404, "/v1/streams?token=streams", []),
    ],
)
async def test_whoever_has_none_is_refused_before_the_upgrade(guarded, status, path, headers):
    assert await exchange(guarded.running.voice.port, opening(path, *headers)) == status


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/conversations", {"all-of-it", "reads", "exports", "erases"}),
        ("GET", "/%61pi/conversations", {"all-of-it", "reads", "exports", "erases"}),
        ("GET", "/metrics", {"all-of-it", "reads", "exports", "erases"}),
        ("GET", "/api/training/stats", {"all-of-it", "reads", "exports", "erases"}),
        ("POST", "/api/training/mark-exported/7", {"all-of-it", "exports"}),
        ("POST", "/api/training/export", {"all-of-it", "exports"}),
        ("DELETE", "/api/users/ann", {"all-of-it", "erases"}),
        ("DELETE", "/api/messages/7", {"all-of-it", "erases"}),
        ("DELETE", "/api/training/export", {"all-of-it", "erases"}),
    ],
)
async def test_a_token_does_what_its_scopes_say_and_nothing_else(guarded, method, path, allowed):
    port = guarded.running.http.port
    for token in ("all-of-it", "streams", "reads", "exports", "erases"):
        answer = await exchange(port, request(path, f"Authorization: Bearer {token}", method=method))
        assert (answer == 403) == (token not in allowed), (token, answer)
        assert answer != 401
    for nobody in (
        [],
        ["Authorization: Bearer reader"],
        ["Authorization: reads"],
        ["Authorization: Bearer \xff"],
    ):
        assert await exchange(port, request(path, *nobody, method=method)) == 401
    assert await exchange(port, request(f"{path}?token=all-of-it", method=method)) == 401


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/", "/docs", "/openapi.json"])
async def test_what_holds_nothing_is_public(guarded, path):
    assert await exchange(guarded.running.http.port, request(path)) == 200


HOSTS = {
    "localhost": True,
    "LocalHost:2700": True,
    "localhost.": True,
    "127.0.0.1:1": True,
    "[::1]:2700": True,
    "voice.example": True,
    "VOICE.EXAMPLE.:443": True,
    "evil.example": False,
    "127.0.0.1.evil.example": False,
    "localhost.evil.example": False,
    "evil.voice.example": False,
    "voice.example.evil.example": False,
    "evil@localhost": False,
    "localhost, evil.example": False,
    "[::1].evil.example": False,
    "0x7f.1": False,
    "": False,
    None: False,
}

ORIGINS = {
    "http://localhost:2701": True,
    "https://app.example": True,
    "HTTPS://APP.EXAMPLE": True,
    "http://[::1]:1": True,
    "null": False,
    "http://app.example": False,
    "https://app.example:444": False,
    "https://evil.example": False,
    "http://localhost.evil.example": False,
    "http://evil.example@localhost": False,
    "file://localhost": False,
    "": False,
}


@pytest.fixture
async def named(tmp_path):
    from audio.recognizers.scripted import ScriptedEngine
    from tests.running import running

    settings = {"allowed_hosts": ["voice.example"], "allowed_origins": ["https://app.example"]}
    async with running(tmp_path, ScriptedEngine(), server=settings) as server:
        yield server


async def test_only_known_names_are_answered(named):
    for host, known in HOSTS.items():
        assert await exchange(named.running.voice.port, opening(host=host)) == (101 if known else 403), host
        for path in ("/api/conversations", "/healthz", "/"):
            assert await exchange(named.running.http.port, request(path, host=host)) == (
                200 if known else 403
            ), host


async def test_only_known_origins_are_answered(named):
    for origin, known in ORIGINS.items():
        header = f"Origin: {origin}"
        assert await exchange(named.running.voice.port, opening("/", header)) == (101 if known else 403), (
            origin
        )
        answer = await exchange(named.running.http.port, request("/api/conversations", header))
        assert answer == (200 if known else 403), origin


@pytest.mark.parametrize("header", ["Host: localhost", "Host: evil.example", "Origin: http://localhost"])
async def test_a_header_that_comes_twice_is_refused(named, header):
    twice = [header, "Origin: http://localhost"] if header.startswith("Origin") else [header]
    assert await exchange(named.running.voice.port, opening("/v1/stream", *twice)) == 400
    assert await exchange(named.running.http.port, request("/api/conversations", *twice)) == 400


@pytest.mark.parametrize(
    "path",
    [
        "//evil/v1/stream",
        "//[",
        "http://evil/v1/stream",
        "/v1/stream#x",
        "/v1/%73tream",
        "/v1/stream/",
        "*",
        "?",
    ],
)
async def test_a_path_is_taken_as_it_stands(server, path):
    assert await exchange(server.running.voice.port, opening(path)) == 404


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "localhost.localdomain", "127.0.0.1.example"])
async def test_nothing_but_loopback_is_listened_to_without_a_token(tmp_path, host):
    from audio.recognizers.scripted import ScriptedEngine

    config = Config(
        server=ServerSettings(host=host, voice_port=0, http_port=0),
        storage=StorageSettings(path=str(tmp_path / "x.db")),
    )
    with pytest.raises(ConfigError, match="a token is needed"):
        async with serving(config, ScriptedEngine()):
            raise AssertionError("it serves")
    assert not (tmp_path / "x.db").exists()
