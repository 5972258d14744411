"""Memories over HTTP: add, list, search, recall, verify, erase; and a person's erasure."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta
from starlette.responses import Response

from server import bodies, keeping
from server.bodies import Body, Id, Name, Unit
from server.http.conversations import Cursor, Limit
from server.http.endpoint import Call, Done, Endpoint, Page
from server.http.responses import actor, json
from server.http.shapes import page, shape
from storage.rows import Erased, Memory


class NewMemory(bodies.Memory, frozen=True, kw_only=True):
    """Something worth remembering about a user."""

    user_id: Name
    conversation_id: Id | None = None


class Which(Body, frozen=True, kw_only=True):
    """Which of a user's memories to list; with `q`, those that hold its words, the best first."""

    after: Cursor = 0
    limit: Limit = 50
    q: Annotated[str, Meta(min_length=1, max_length=1000)] | None = None


class Verdict(Body, frozen=True, kw_only=True):
    """What a person says of a memory."""

    verified: bool
    training_relevance: Unit | None = None


async def added(call: Call) -> Response:
    """Keep a memory, or merge it with the same one of this user."""
    body: NewMemory = call.body
    saved = await call.state.store.add_memory(keeping.memory(body, body.user_id, body.conversation_id))
    return json(Done(saved.memory_id, saved.existed), 201)


async def listed(call: Call) -> Response:
    """List or search a user's memories."""
    which: Which = call.query
    store, user_id = call.state.store, call.names["user_id"]
    if which.q is not None:
        found = await store.search_memories(user_id, which.q, limit=which.limit)
        return json({"items": [shape(memory) for memory in found], "next": None})
    return json(
        page(await store.memories(user_id, after_id=which.after, limit=which.limit), limit=which.limit)
    )


async def recalled(call: Call) -> Response:
    """Give what matters most about a user, from all tiers at once; it counts as an access."""
    settings = call.state.config.memory
    found = await call.state.store.recall(
        call.names["user_id"], per_tier=settings.per_tier, total=settings.total
    )
    return json({"items": [shape(memory) for memory in found], "next": None})


async def verified(call: Call) -> Response:
    """Write what a person says of a memory."""
    verdict: Verdict = call.body
    return json(
        shape(
            await call.state.store.verify_memory(
                call.ids["memory_id"], verified=verdict.verified, relevance=verdict.training_relevance
            )
        )
    )


async def deleted(call: Call) -> Response:
    """Erase a memory."""
    return json(await call.state.store.eraser.memory(call.ids["memory_id"], actor=actor(call.request)))


async def forgotten(call: Call) -> Response:
    """Erase a person: conversations, messages, sound, memories, logs."""
    return json(await call.state.store.eraser.user(call.names["user_id"], actor=actor(call.request)))


_OF, _ONE = "/api/users/{user_id}/memories", "/api/memories/{memory_id}"

endpoints = [
    Endpoint(method="POST", path="/api/memories", summary="Add a memory", handler=added, body=NewMemory,
             answer=Done, status=201, errors=(404,), tag="memories"),
    Endpoint(method="GET", path=_OF, summary="List or search a user's memories", handler=listed, query=Which,
             answer=Page, tag="memories"),
    Endpoint(method="POST", path=f"{_OF}/recall", summary="Recall what matters most about a user",
             handler=recalled, answer=Page, tag="memories"),
    Endpoint(method="PATCH", path=_ONE, summary="Verify a memory", handler=verified, body=Verdict,
             answer=Memory, errors=(404,), tag="memories"),
    Endpoint(method="DELETE", path=_ONE, summary="Erase a memory", handler=deleted, answer=Erased,
             errors=(404,), tag="memories"),
    Endpoint(method="DELETE", path="/api/users/{user_id}", summary="Erase a person", handler=forgotten,
             answer=Erased, tag="users"),
]  # fmt: skip
