"""Conversations over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta
from starlette.responses import Response

from server.bodies import Body, Name
from server.http.endpoint import Call, Endpoint, Page
from server.http.responses import actor, json
from server.http.shapes import page, shape
from storage.conversations import Listing
from storage.errors import NotFound
from storage.rows import Conversation, Erased

Limit = Annotated[int, Meta(ge=1, le=500)]
Cursor = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Which(Body, frozen=True, kw_only=True):
    """Which conversations to list, by id; with `q`, those that hold its words.

    A search goes through so many messages an answer: `items` may be few or none while `next` leads on.
    """

    after: Cursor = 0
    limit: Limit = 50
    order: Literal["asc", "desc"] = "asc"
    user_id: Name | None = None
    active: bool | None = None
    q: Annotated[str, Meta(min_length=1, max_length=200)] | None = None


class Topics(Body, frozen=True, kw_only=True):
    """What a conversation is about."""

    topics: Annotated[tuple[Name, ...], Meta(max_length=50)]


async def listed(call: Call) -> Response:
    """List conversations, or search them."""
    which: Which = call.query
    listing = Listing(
        after_id=which.after,
        limit=which.limit,
        newest_first=which.order == "desc",
        user_id=which.user_id,
        active=which.active,
    )
    if which.q is None:
        return json(page(await call.state.store.conversations(listing), limit=which.limit))
    hits = await call.state.store.search_conversations(which.q, listing)
    return json({"items": [shape(one) for one in hits.conversations], "next": hits.next_id})


async def one(call: Call) -> Response:
    """Show a conversation."""
    return json(shape(await existing(call)))


async def ended(call: Call) -> Response:
    """End a conversation; a voice session on it goes on regardless."""
    await call.state.store.end_conversation(call.ids["conversation_id"])
    return json(shape(await existing(call)))


async def about(call: Call) -> Response:
    """Say what a conversation is about."""
    topics: Topics = call.body
    await call.state.store.set_topics(call.ids["conversation_id"], topics.topics)
    return json(shape(await existing(call)))


async def deleted(call: Call) -> Response:
    """Erase a conversation with everything in it."""
    return json(
        await call.state.store.eraser.conversation(call.ids["conversation_id"], actor=actor(call.request))
    )


async def existing(call: Call) -> Conversation:
    """Find the conversation that the path names. Raises: NotFound."""
    conversation_id = call.ids["conversation_id"]
    found = await call.state.store.conversation(conversation_id)
    if found is None:
        raise NotFound("conversation", conversation_id)
    return found


_ONE = "/api/conversations/{conversation_id}"

endpoints = [
    Endpoint(method="GET", path="/api/conversations", summary="List or search conversations", handler=listed,
             query=Which, answer=Page, tag="conversations"),
    Endpoint(method="GET", path=_ONE, summary="Show a conversation", handler=one, answer=Conversation,
             errors=(404,), tag="conversations"),
    Endpoint(method="POST", path=f"{_ONE}/end", summary="End a conversation", handler=ended,
             answer=Conversation, errors=(404,), tag="conversations"),
    Endpoint(method="PUT", path=f"{_ONE}/topics", summary="Say what a conversation is about", handler=about,
             body=Topics, answer=Conversation, errors=(404,), tag="conversations"),
    Endpoint(method="DELETE", path=_ONE, summary="Erase a conversation and everything in it", handler=deleted,
             answer=Erased, errors=(404,), tag="conversations"),
]  # fmt: skip
