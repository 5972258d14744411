"""Neither the log nor a client is told what is none of its business, whatever fails."""

import json
import logging

import httpx
import pytest

from audio.recognizers.base import RecognizerError
from audio.recognizers.scripted import ScriptedEngine
from server.errors import traced
from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.running import running
from tests.server.security.raw import raw

SECRETS = ("s3cret-token", "my dear diary", "ann-marie", "hunter2")


@pytest.fixture
def log(caplog):
    """All that is logged at any level, by anybody but aiosqlite: it is silent unless somebody asks it to debug."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, logger="aiosqlite")
    return caplog


async def test_a_talk_leaves_no_word_in_the_log(tmp_path, log):
    tokens = tmp_path / "tokens"
    tokens.write_text("s3cret-token\n")
    engine = ScriptedEngine(("hunter2",), samples_per_word=4000)
    async with running(tmp_path, engine, server={"token_file": str(tokens)}) as server:
        async with server.client("/v1/stream?token=s3cret-token") as client:
            await client.start(user_id="ann-marie", metadata={"note": "my dear diary"})
            await client.stream(speech("digits-16k").samples.tobytes() + quiet(1.3))
            assert "hunter2" in (await client.until("final"))["text"]
            await client.send({"type": "message", "role": "assistant", "content": "my dear diary"})
            await client.send({"type": "message", "role": "my dear diary", "content": "hunter2"})
            await client.send({"type": "hunter2"})
            await client.socket.send("my dear diary")
            await client.send({"type": "stop"})
            await client.rest()
        headers = {"Authorization": "Bearer s3cret-token"}
        async with httpx.AsyncClient(base_url=server.http, headers=headers, trust_env=False) as api:
            await api.get("/api/conversations", params={"user_id": "ann-marie", "token": "s3cret-token"})
            await api.post("/api/training/export", json={"filters": {"user_id": "ann-marie"}})
            await api.post("/api/training/export", content=b"my dear diary")
            await api.get("/api/users/ann-marie")
            await api.delete("/api/users/ann-marie")
    ours = "\n".join(
        record.getMessage() for record in log.records if not record.name.startswith(("http", "websockets"))
    )
    assert [secret for secret in SECRETS if secret in ours] == []


def test_a_fault_is_told_by_its_place_and_not_by_its_words():
    def fail():
        try:
            raise KeyError("my dear diary")
        except KeyError:
            raise ValueError("hunter2") from None

    with pytest.raises(ValueError) as caught:
        fail()
    told = traced(caught.value)
    assert told.startswith("ValueError at ")
    assert "test_what_is_told.py" in told
    assert not any(secret in told for secret in SECRETS)


class _Failing(ScriptedEngine):
    def recognizer(self, settings):
        raise RecognizerError("the model can't be used")


class _Broken(ScriptedEngine):
    def recognizer(self, settings):
        raise ZeroDivisionError("/home/operator/models my dear diary")


async def test_a_recognizer_that_cannot_be_had_is_said_in_its_own_words(tmp_path):
    async with running(tmp_path, _Failing()) as server, server.client() as client:
        await client.send({"type": "start"})
        [error] = await client.rest()
        assert (error["code"], error["fatal"]) == ("unavailable", True)


async def test_a_fault_of_a_session_is_told_to_nobody(tmp_path, log):
    async with running(tmp_path, _Broken()) as server, server.client() as client:
        await client.send({"type": "start"})
        assert await client.rest() == []
        assert (client.socket.close_code, client.socket.close_reason) == (1011, "a fault of the server")
    assert "ZeroDivisionError" in log.text
    assert "my dear diary" not in log.text


async def test_a_fault_of_a_handler_is_told_to_nobody(tmp_path, log):
    async with running(tmp_path, ScriptedEngine()) as server:
        store = server.running.store

        async def broken(*arguments, **named):
            raise ZeroDivisionError(f"{tmp_path} my dear diary")

        store.conversations = broken  # what the real one would do if we had made a mistake in it
        async with httpx.AsyncClient(base_url=server.http, trust_env=False) as api:
            answer = await api.get("/api/conversations", params={"user_id": "ann-marie"})
    assert answer.status_code == 500
    assert answer.json() == {"error": {"code": "fault", "message": "a fault of the server; it is in the log"}}
    assert "ZeroDivisionError" in log.text
    assert "GET /api/conversations failed" in log.text
    assert "my dear diary" not in log.text


PATHS = (
    "/%2e%2e/%2e%2e/etc/passwd", "/../../etc/passwd", "//etc/passwd", "/..%2f..%2fetc/passwd", "/%00", "/index.html%00",
    "/\\..\\..\\etc", "/%5c..%5c..", "/earshot/../../app.py", "/earshot/%2e%2e/%2e%2e/app.py", "/a" * 3000, "/%ff%fe",
    "/api/conversations/%2e%2e", "/api/conversations/1%2f2", "/api/conversations/0", "/api/conversations/-1",
    "/api/conversations/99999999999999999999", "/api/conversations/1e3", "/api/messages/..%2f..%2fx/audio",
    "/api/messages/%00/audio", "/api/conversations/", "/api//conversations", "/API/conversations", "/..;/app.py",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_no_path_leads_out(server, path):
    async with raw(server.running.http.port) as client:
        await client.send(
            b"GET " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        head, _, body = (await client.rest()).partition(b"\r\n\r\n")
    assert head.split()[1] in (b"400", b"404", b"422")
    assert "error" in json.loads(body)
    for secret in (b"root:", b"import ", b"/work", b"site-packages", b"Traceback"):
        assert secret not in body
