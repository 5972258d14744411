import asyncio
import http
import ssl

import pytest
from websockets.asyncio.server import ServerConnection

from server.client.errors import Failed, LineLost, Mistake
from server.client.line import dial
from tests.server.client.scripted import DEADLINE_S, scripted


async def silence(server):
    await server.socket.wait_closed()


def refusing(status, text, **headers):
    def refuse(socket: ServerConnection, request):
        response = socket.respond(http.HTTPStatus(status), text)
        for name, value in headers.items():
            response.headers[name.replace("_", "-")] = value
        return response

    return refuse


@pytest.mark.parametrize(
    ("status", "text", "kind", "said"),
    [
        (401, "send a token\n", Mistake, "wants a token it knows: --token or EARSHOT_TOKEN (send a token)"),
        (403, "origin not allowed\n", Mistake, "doesn't let this client in (origin not allowed)"),
        (404, "no such path\n", Mistake, "no such path: ws://"),
        (503, "all places are taken\n", Failed, "has no place (all places are taken); try again in 5 s"),
        (500, "", Failed, "answered HTTP 500"),
        (503, "\x1b[2J" + "x" * 999, Failed, "[2Jxxx"),
    ],
)
async def test_a_refusal_is_explained(status, text, kind, said):
    async with scripted(silence, process_request=refusing(status, text, Retry_After="5")) as url:
        with pytest.raises(kind) as refusal:
            await dial(url, None).__aenter__()
    assert said in str(refusal.value)
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 300


async def test_the_token_goes_by_header_and_not_by_address():
    seen: asyncio.Queue[tuple[str | None, str]] = asyncio.Queue()

    async def look(server):
        await seen.put((server.authorization, server.socket.request.path))

    async with scripted(look) as url:
        async with dial(url, "secret"):
            assert await seen.get() == ("Bearer secret", "/v1/stream")
        async with dial(url, None):
            assert await seen.get() == (None, "/v1/stream")


@pytest.fixture
async def nobody():
    """An address where a server was."""
    async with scripted(silence) as url:
        pass
    return url


async def test_nobody_there_is_said_with_the_way_to_start_one(nobody):
    with pytest.raises(Failed, match=r"nothing listens at ws://.*; start the server with: python -m server"):
        await dial(nobody, None).__aenter__()


async def test_a_name_with_several_addresses_is_told_as_one(nobody):
    with pytest.raises(Failed, match="nothing listens at ws://localhost"):
        await dial(nobody.replace("127.0.0.1", "localhost"), None).__aenter__()


@pytest.mark.parametrize("answer", [b"220 mail.example ESMTP\r\n", b""])
async def test_another_kind_of_server_is_recognized(answer):
    async def serve(reader, writer):
        writer.write(answer)
        writer.close()

    async with asyncio.timeout(DEADLINE_S), await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Failed, match="doesn't speak WebSocket"):
            await dial(f"ws://127.0.0.1:{port}/", None).__aenter__()


async def test_a_server_without_tls_cannot_be_reached_by_wss():
    async with scripted(silence) as url:
        with pytest.raises(Failed, match=r"no (secure line|way) to wss://.*: ."):
            await dial(url.replace("ws:", "wss:"), None).__aenter__()


@pytest.mark.parametrize(
    ("code", "reason", "said"),
    [
        (1000, "", "the server closed the line"),
        (1001, "the server is stopping", "the server is going away: the server is stopping"),
        (1009, "too big\x1b", "the server closed the line: too big  (1009)"),
    ],
)
async def test_a_closed_line_says_why(code, reason, said):
    async def leave(server):
        await server.leave(code, reason)

    async with scripted(leave) as url, dial(url, None) as line:
        with pytest.raises(LineLost) as lost:
            await line.receive()
        with pytest.raises(LineLost):
            await line.send("too late")
    assert str(lost.value) == said


async def test_a_broken_line_is_told_from_a_closed_one():
    async def vanish(server):
        server.socket.transport.abort()

    async with scripted(vanish) as url, dial(url, None) as line:
        with pytest.raises(LineLost, match="the line to the server broke"):
            await line.receive()


def test_tls_errors_are_errors_of_the_system():
    """The order of the except clauses in `line` depends on it."""
    assert issubclass(ssl.SSLError, OSError)
    assert issubclass(TimeoutError, OSError)
