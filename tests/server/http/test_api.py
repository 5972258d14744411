"""The HTTP port through a real server, as a client sees it."""

import httpx
import pytest

from audio.recognizers.scripted import ScriptedEngine
from server.config import Config
from server.http.app import ENDPOINTS
from server.http.responses import ApiError
from server.http.state import Places
from tests.running import running
from tests.server.http.answers import code


async def test_health_tells_who_hears(api):
    health = (await api.get("/healthz")).json()
    assert health["status"] == "ok"
    assert health["recognizer"]["engine"] == "scripted"
    assert (await api.get("/readyz")).json() == {"status": "ready"}
    assert "earshot_sessions 0" in (await api.get("/metrics")).text


async def test_a_page_learns_how_many_places_are_taken(api, server):
    before = (await api.get("/api/server")).json()
    assert (before["sessions"], before["max_sessions"]) == (0, Config().server.max_sessions)
    async with server.client() as client:
        await client.start()
        assert (await api.get("/api/server")).json()["sessions"] == 1


async def test_one_conversation_is_exported_in_the_seeds_shape(api, conversation):
    response = await api.post(
        "/api/training/export", json={"conversation_id": conversation, "format": "json"}
    )
    assert response.status_code == 200
    exported = response.json()
    assert list(exported)[:3] == ["conversation_id", "session_id", "user_id"]
    assert exported["conversation_id"] == conversation
    assert exported["user_id"] == "ann"
    assert exported["metadata"]["total_messages"] == 2
    assert exported["metadata"]["avg_response_time"] == 1.2
    spoken, written = exported["messages"]
    assert spoken["role"] == "user"
    assert spoken["voice_pitch"] > 50
    assert written["content"] == "Hi there!"
    assert written["memory_context"] == ["likes tea"]
    assert exported["memories"] == exported["agent_logs"] == []


async def test_all_conversations_are_an_array_and_marked_on_request(api, conversation):
    exported = (await api.post("/api/training/export", json={"mark": True})).json()
    assert [one["conversation_id"] for one in exported] == [conversation]
    again = await api.post("/api/training/export", json={"filters": {"exported": False}})
    assert again.json() == []
    marked = (await api.post(f"/api/training/mark-exported/{conversation}")).json()
    assert marked["already"]
    stats = (await api.get("/api/training/stats")).json()
    assert stats["total_messages"] == 2


@pytest.mark.parametrize("name", ["jsonl", "openai", "sharegpt", "csv", "parquet", "audiofolder", "nemo"])
async def test_every_format_can_be_downloaded(api, conversation, name):
    response = await api.post("/api/training/export", json={"format": name})
    assert response.status_code == 200
    assert response.content
    assert "attachment" in response.headers["content-disposition"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"conversation_id": 999}, (404, "not_found")),
        ({"conversation_id": "1"}, (422, "invalid")),
        ({"format": "yaml"}, (422, "invalid")),
        ({"limit": 0}, (400, "invalid")),
        ({"filters": {"min_quality": 2}}, (422, "invalid")),
        ({"filters": {"since": "yesterday"}}, (422, "invalid")),
        ({"what": 1}, (422, "invalid")),
    ],
)
async def test_a_wish_that_cannot_be_granted_is_explained(api, body, expected):
    assert code(await api.post("/api/training/export", json=body)) == expected


def test_there_are_only_so_many_places():
    places = Places(1)
    with places.place():
        with pytest.raises(ApiError) as refused, places.place():
            raise AssertionError("there was none")
        assert refused.value.status == 429
        assert refused.value.headers["Retry-After"]
    with places.place():  # and it is free again
        pass


async def test_what_is_not_json_is_refused(api):
    url = "/api/training/export"
    assert code(await api.post(url, content=b"{}")) == (415, "not_json")
    headers = {"content-type": "application/json"}
    assert code(await api.post(url, content=b"{", headers=headers)) == (400, "not_json")
    assert code(await api.post(url, content=b"[" * 60_000, headers=headers)) == (400, "not_json")
    assert code(await api.post(url, content=b" " * 70_000, headers=headers)) == (413, "too_large")
    assert code(await api.get(url)) == (405, "method_not_allowed")
    assert code(await api.get("/api/nothing")) == (404, "not_found")


async def test_conversations_are_listed_shown_ended_and_erased(api, conversation):
    listed = (await api.get("/api/conversations", params={"user_id": "ann"})).json()
    assert [row["id"] for row in listed["items"]] == [conversation]
    assert listed["next"] is None
    shown = (await api.get(f"/api/conversations/{conversation}")).json()
    assert shown["total_messages"] == 2
    named = await api.put(f"/api/conversations/{conversation}/topics", json={"topics": ["greeting"]})
    assert named.json()["topics_discussed"] == ["greeting"]
    assert (await api.post(f"/api/conversations/{conversation}/end")).json()["is_active"] is False
    erased = (await api.delete(f"/api/conversations/{conversation}")).json()
    assert (erased["messages"], erased["recordings"]) == (2, 1)
    assert code(await api.get(f"/api/conversations/{conversation}")) == (404, "not_found")


async def test_messages_are_listed_added_corrected_rated_played_and_erased(api, conversation):
    url = f"/api/conversations/{conversation}/messages"
    added = await api.post(url, json={"role": "user", "content": "typed", "uid": "u-1"})
    again = await api.post(url, json={"role": "user", "content": "typed", "uid": "u-1"})
    assert (added.status_code, added.json()["existed"], again.json()["existed"]) == (201, False, True)
    page = (await api.get(url, params={"limit": 2})).json()
    assert len(page["items"]) == 2
    rest = (await api.get(url, params={"limit": 2, "after": page["next"]})).json()
    assert [row["content"] for row in rest["items"]] == ["typed"]
    spoken = page["items"][0]
    assert spoken["voice"]["audio_quality"]
    assert "audio_path" not in spoken
    one = f"/api/messages/{spoken['id']}"
    sound = await api.get(f"{one}/audio")
    assert sound.headers["content-type"] == "audio/flac"
    assert sound.content[:4] == b"fLaC"
    part = await api.get(f"{one}/audio", headers={"range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, sound.content[4:8])
    assert (await api.post(f"{one}/feedback", json={"rating": 5})).json()["user_feedback"] == 5
    assert code(await api.post(f"{one}/feedback", json={"rating": 6})) == (422, "invalid")
    assert (await api.patch(one, json={"content": "corrected"})).json()["content"] == "corrected"
    assert (await api.delete(one)).json()["messages"] == 1
    assert code(await api.get(one)) == (404, "not_found")
    assert code(await api.get(f"{one}/audio")) == (404, "not_found")


async def test_memories_are_added_found_recalled_verified_and_erased(api):
    for number in range(4):
        await api.post(
            "/api/memories", json={"user_id": "ann", "content": f"likes tea {number}", "importance": 0.9}
        )
    twin = await api.post("/api/memories", json={"user_id": "ann", "content": "likes tea 0"})
    assert twin.json()["existed"]
    found = (await api.get("/api/users/ann/memories", params={"q": "tea 3"})).json()["items"]
    assert found[0]["content"] == "likes tea 3"
    recalled = (await api.post("/api/users/ann/memories/recall")).json()["items"]
    assert len(recalled) == 2  # of one tier
    one = f"/api/memories/{found[0]['id']}"
    assert (await api.patch(one, json={"verified": True})).json()["verified"] is True
    assert (await api.delete(one)).json()["memories"] == 1
    assert (await api.delete("/api/users/ann")).json()["memories"] == 3
    assert (await api.get("/api/users/ann/memories")).json()["items"] == []


async def test_agent_logs_are_added_scored_and_listed(api, conversation):
    url = f"/api/conversations/{conversation}/agent-logs"
    added = await api.post(
        url, json={"agent_name": "planner", "output_data": {"ok": True}, "confidence_score": 0.9}
    )
    assert added.status_code == 201
    scored = await api.patch(f"/api/agent-logs/{added.json()['id']}", json={"accuracy_score": 0.5})
    assert scored.json()["accuracy_score"] == 0.5
    [listed] = (await api.get(url)).json()["items"]
    assert listed["output_data"] == {"ok": True}
    exported = (await api.post("/api/training/export", json={"conversation_id": conversation})).json()
    assert len(exported["agent_logs"]) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/api/conversations/x",
        "/api/conversations/0",
        "/api/messages/-1",
        "/api/conversations/99999999999999999999",
    ],
)
async def test_an_id_that_is_no_number_is_422(api, path):
    assert code(await api.get(path)) == (422, "invalid")


async def test_a_query_is_checked_too(api):
    assert code(await api.get("/api/conversations", params={"limit": 0})) == (422, "invalid")
    assert code(await api.get("/api/conversations", params={"offset": 3})) == (422, "invalid")


async def test_strangers_are_refused(server, tmp_path):
    async with httpx.AsyncClient(base_url=server.http, trust_env=False) as api:
        assert code(await api.get("/api/server", headers={"host": "evil.example"})) == (
            403,
            "host_not_allowed",
        )
        assert code(await api.get("/api/server", headers={"origin": "https://evil.example"})) == (
            403,
            "origin_not_allowed",
        )


async def test_a_browser_is_told_to_trust_nothing_else(api):
    headers = (await api.get("/")).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


async def test_a_page_is_told_where_its_sockets_go_and_may_open_no_others(server, tmp_path):
    behind = {"voice_url": "wss://ear.example"}
    async with running(tmp_path / "proxied", ScriptedEngine(), server=behind) as proxied:
        port = server.running.voice.port
        for asked, name, told in (
            (server, "localhost:8080", f"ws://localhost:{port}"),
            (server, "[::1]", f"ws://[::1]:{port}"),
            (proxied, "localhost", "wss://ear.example"),
        ):
            async with httpx.AsyncClient(base_url=asked.http, trust_env=False) as api:
                answer = await api.get("/api/server", headers={"host": name})
            assert answer.json()["voice_url"] == told
            assert f"connect-src 'self' {told};" in answer.headers["content-security-policy"]


async def test_the_description_names_every_route_and_its_answers(api):
    description = (await api.get("/openapi.json")).json()
    described = {
        (method.upper(), path) for path, methods in description["paths"].items() for method in methods
    }
    assert described == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
    for methods in description["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert "403" in operation["responses"]
    page = await api.get("/docs")
    assert "/api/training/export" in page.text
    assert "<script" not in page.text
