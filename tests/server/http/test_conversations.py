"""Conversations over HTTP: in which order they are listed, and how they are searched."""

from storage.rows import NewConversation
from tests.server.http.answers import code


async def begin(server, *users):
    """Begin a conversation for each."""
    store = server.running.store
    return [
        (await store.open_conversation(NewConversation(session_id=user, user_id=user))).id for user in users
    ]


async def walk(api, **asked):
    """Follow `next` to the end; return the ids."""
    found, after = [], 0
    while after is not None:
        answer = (await api.get("/api/conversations", params={**asked, "after": after})).json()
        found += [row["id"] for row in answer["items"]]
        after = answer["next"]
    return found


async def test_conversations_are_listed_from_either_end(api, server):
    ids = await begin(server, "ann", "bob", "eve")
    assert await walk(api, limit=2) == ids
    assert await walk(api, limit=2, order="desc") == ids[::-1]
    assert code(await api.get("/api/conversations", params={"order": "best"})) == (422, "invalid")


async def test_conversations_are_found_by_words_that_were_said(api, server, conversation):
    others = await begin(server, "bob", "eve")
    assert await walk(api, q="HI there") == [conversation]
    assert await walk(api, q="bob", order="desc") == [others[0]]
    assert await walk(api, q="e", user_id="ann") == [conversation]
    assert await walk(api, q="nobody said this") == []
    refused = await api.get("/api/conversations", params={"q": "a b c d e f g h i"})
    assert code(refused) == (422, "invalid")
    assert refused.json()["error"]["field"] == "q"
