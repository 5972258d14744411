"""When a lost line stays lost, and how that is said."""

import http

import pytest

from server.client.errors import LineLost, Mistake
from tests.server.client.scripted import OPEN, connected, in_turn, scripted
from tests.server.client.test_returning import SOUND, START, everything, first_line


async def hang_up(server):
    server.vanish()


async def test_after_the_window_the_loss_is_final():
    async with scripted(in_turn(first_line, hang_up)) as url, connected(url, START, window_s=7) as client:
        await client.send(SOUND)
        with pytest.raises(LineLost, match="broke, and there was no way back within 7 s: "):
            await everything(client)
        with pytest.raises(LineLost):
            await client.send(SOUND)
    assert client.losses == 1


@pytest.mark.parametrize(
    ("window_s", "ready"), [(0, OPEN), (30, OPEN | {"resume_token": ""})], ids=["not wanted", "not offered"]
)
async def test_without_a_window_or_a_token_nobody_dials_again(window_s, ready):
    async def vanish(server):
        await server.open(ready)
        server.vanish()

    async def never(server):
        raise AssertionError("dialled again")

    async with scripted(in_turn(vanish, never)) as url, connected(url, START, window_s=window_s) as client:
        with pytest.raises(LineLost, match=r"^the line to the server broke$"):
            await everything(client)
    assert client.losses == 0


@pytest.mark.parametrize("code", [1000, 1001, 1009, 1011])
async def test_a_line_that_the_server_closed_is_not_dialled_again(code):
    async def close(server):
        await server.open(OPEN)
        await server.leave(code)

    async with scripted(close) as url, connected(url, START, window_s=30) as client:
        with pytest.raises(LineLost):
            await everything(client)
    assert client.losses == 0


async def test_a_session_that_ended_in_trouble_is_not_resumed():
    async def trouble(server):
        await server.open(OPEN)
        await server.say({"type": "error", "code": "idle", "message": "silent for long", "fatal": True})
        server.vanish()

    async with scripted(trouble) as url, connected(url, START, window_s=30) as client:
        with pytest.raises(LineLost):
            await everything(client)
    assert client.losses == 0


async def test_a_refusal_that_trying_again_cannot_mend_ends_the_trying():
    answers = iter([None, http.HTTPStatus.SERVICE_UNAVAILABLE, http.HTTPStatus.UNAUTHORIZED])

    def door(socket, request):
        status = next(answers)
        return status and socket.respond(status, "no\n")

    async with (
        scripted(first_line, process_request=door) as url,
        connected(url, START, window_s=30) as client,
    ):
        await client.send(SOUND)
        with pytest.raises(Mistake, match="wants a token it knows"):
            await everything(client)
    assert next(answers, "none left") == "none left"
