"""An export's size is told before it is sent."""

import pytest

from tests.server.http.answers import code


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "parquet", "audiofolder"])
async def test_a_count_tells_what_the_download_holds(api, conversation, form):
    wish = {"format": form, "filters": {"user_id": "ann"}, "mark": True}
    counted = (await api.post("/api/training/export/count", json=wish)).json()
    download = await api.post("/api/training/export", json=wish)
    assert counted == {"conversations": 1, "messages": 2, "bytes": len(download.content), "exact": True}


async def test_counting_marks_nothing(api, conversation):
    await api.post("/api/training/export/count", json={"mark": True})
    assert (await api.get("/api/training/stats")).json()["exported_conversations"] == 0


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"conversation_id": 999}, (404, "not_found")),
        ({"format": "yaml"}, (422, "invalid")),
        ({"limit": 0}, (400, "invalid")),
        ({"filters": {"since": "yesterday"}}, (422, "invalid")),
    ],
)
async def test_a_count_is_refused_like_its_export(api, body, expected):
    assert code(await api.post("/api/training/export/count", json=body)) == expected
