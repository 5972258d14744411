"""JSON that is too deep, too large or too strange, over both ports; and text that is nothing but text."""

import gzip
import json

import httpx
import pytest

from tests.server.security.raw import exchange

NASTY = (
    *("'; DROP TABLE messages; --", '" OR 1=1', "%s %d {0}", "../../etc/passwd", "` - at `$.x"),
    *("=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\r\nSet-Cookie: a=b", "a\0b", "\u202egnp", "😀"),
)

STRANGE = (
    (400, b'{"limit": ' + b"[" * 100_000, "a hundred thousand brackets"),
    (400, b'{"limit": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", "deep"),
    (400, b'{"limit": 1e400}', "infinity by exponent"),
    (400, b'{"limit": ' + b"9" * 5000 + b"}", "5000 digits"),
    (400, b'{"limit": 18446744073709551616}', "65 bits"),
    (400, b'{"limit": NaN}', "not a number"),
    (400, b'{"format": "\xff"}', "not UTF-8"),
    (400, b'{"filters": {"user_id": "\\ud800"}}', "a lone surrogate"),
    (400, '{"format": "json"}'.encode("utf-16"), "UTF-16"),
    (400, b"", "nothing"),
    (422, b'{"limit": 1.5}', "half a conversation"),
    (422, b'{"limit": -1}', "negative"),
    (422, b'{"format": "../../etc/passwd"}', "a path for a format"),
    (422, b'{"x` - at `$.filters.y": 1}', "a field like a path"),
    (422, b'{"format": "x` - at `$.a.b"}', "a value like a path"),
    (200, b'{"format": "sing", "format": "json"}', "a key twice"),
)


def post(body, *headers):
    head = ["POST /api/training/export HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    length = f"Content-Length: {len(body)}"
    return "\r\n".join([*head, length, "Connection: close", *headers, "", ""]).encode() + body


async def test_strange_bodies_are_named_and_survived(server):
    for status, body, name in STRANGE:
        expected = 413 if len(body) > 65_536 else status
        assert await exchange(server.running.http.port, post(body)) == expected, name


async def test_a_body_of_a_hundred_megabytes_is_refused_unread(server):
    async with httpx.AsyncClient(base_url=server.http, trust_env=False, timeout=60) as api:
        answer = await api.post(
            "/api/training/export", content=bytes(100_000_000), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 413
        assert (await api.get("/healthz")).status_code == 200


async def test_compressed_bodies_are_refused(server):
    bomb = gzip.compress(b'{"format": "json"' + b" " * 10_000_000 + b"}")
    for encoding in ("gzip", "deflate", "br", "x-gzip"):
        request = post(bomb, f"Content-Encoding: {encoding}")
        assert await exchange(server.running.http.port, request) == 415
    assert await exchange(server.running.http.port, post(b"{}", "Content-Encoding: identity")) == 200


@pytest.mark.parametrize("text", [body.decode("latin-1") for _, body, _ in STRANGE if len(body) < 65_000])
async def test_strange_messages_are_errors_and_the_session_goes_on(server, text):
    async with server.client() as client:
        await client.start()
        await client.socket.send(text)
        error = await client.until("error")
        assert (error["code"], error["fatal"]) == ("invalid", False)
        await client.send({"type": "ping"})
        await client.until("pong")


async def test_text_is_kept_and_found_exactly_as_it_came(server):
    async with httpx.AsyncClient(base_url=server.http, trust_env=False) as api:
        for text in NASTY:
            async with server.client() as client:
                ready = await client.start(user_id=text, platform=text, metadata={text: text})
                await client.send(
                    {
                        "type": "message",
                        "role": "user",
                        "content": text,
                        "emotion": text,
                        "agent_outputs": {text: [text]},
                    }
                )
                await client.until("message_saved")
                await client.send({"type": "stop"})
                await client.rest()
            [found] = (await api.get("/api/conversations", params={"user_id": text})).json()["items"]
            assert (found["id"], found["user_id"], found["platform"]) == (
                ready["conversation_id"],
                text,
                text,
            )
            [kept] = (await api.get(f"/api/conversations/{found['id']}/messages")).json()["items"]
            assert (kept["content"], kept["emotion"], kept["agent_outputs"]) == (text, text, {text: [text]})
            exported = await api.post("/api/training/export", json={"filters": {"user_id": text}})
            assert [one["user_id"] for one in json.loads(exported.content)] == [text]
