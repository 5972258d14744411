"""Messages over HTTP: list, add, correct, rate, play, follow their pitch, erase."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from server import bodies, keeping
from server.bodies import Body, Name, Unit
from server.http import conversations
from server.http.conversations import Cursor, Limit
from server.http.endpoint import Call, Done, Endpoint, Page
from server.http.pitch_curve import PitchCurve, pitch_curve
from server.http.responses import actor, json
from server.http.shapes import page, shape
from storage.errors import NotFound
from storage.recordings import decode
from storage.rows import Erased, Message, MessageChange


class Range(Body, frozen=True, kw_only=True):
    """Which of a conversation's messages to list."""

    after: Cursor = 0
    limit: Limit = 50


class Changed(Body, frozen=True, kw_only=True):
    """What to correct; what isn't named stays."""

    content: Annotated[str, Meta(min_length=1)] | None = None
    emotion: Name | None = None
    emotion_confidence: Unit | None = None
    training: bool | None = None


class Rating(Body, frozen=True, kw_only=True):
    """The user's rating."""

    rating: Annotated[float, Meta(ge=1, le=5)]


async def listed(call: Call) -> Response:
    """List a conversation's messages in order."""
    which: Range = call.query
    conversation = await conversations.existing(call)
    rows = await call.state.store.messages(conversation.id, after_seq=which.after, limit=which.limit)
    return json(page(rows, limit=which.limit, key="seq"))


async def added(call: Call) -> Response:
    """Keep a message; a repeated `uid` is the same message."""
    saved = await call.state.store.add_message(keeping.written(call.body, call.ids["conversation_id"]))
    return json(Done(saved.message_id, saved.existed), 201)


async def one(call: Call) -> Response:
    """Show a message."""
    return json(shape(await _existing(call)))


async def changed(call: Call) -> Response:
    """Correct a message; it is scored anew."""
    change = MessageChange(**msgspec.structs.asdict(call.body))
    return json(shape(await call.state.store.edit_message(call.ids["message_id"], change)))


async def rated(call: Call) -> Response:
    """Rate a message; the last rating counts."""
    await call.state.store.rate_message(call.ids["message_id"], call.body.rating)
    return json(shape(await _existing(call)))


async def sound(call: Call) -> Response:
    """Play a message: mono FLAC at 16 kHz, as it was kept."""
    flac = await call.state.store.recording(call.ids["message_id"])
    if flac is None:
        raise NotFound("recording of message", call.ids["message_id"])
    return _playable(flac, call.request.headers.get("range"))


async def pitch(call: Call) -> Response:
    """Follow the pitch of a message's sound, every 10 ms; null where there is no voice."""
    found = await _existing(call)
    flac = await call.state.store.recording(found.id)
    if flac is None:
        raise NotFound("recording of message", found.id)
    return json(await asyncio.to_thread(_followed, flac, found.start_ms or 0))


async def deleted(call: Call) -> Response:
    """Erase a message with its sound."""
    return json(await call.state.store.eraser.message(call.ids["message_id"], actor=actor(call.request)))


def _followed(flac: bytes, start_ms: int) -> PitchCurve:
    return pitch_curve(decode(flac), start_ms=start_ms)


async def _existing(call: Call) -> Message:
    found = await call.state.store.message(call.ids["message_id"])
    if found is None:
        raise NotFound("message", call.ids["message_id"])
    return found


def _playable(flac: bytes, asked: str | None) -> Response:
    """Answer with the sound, or with the part that a player seeks to; a range it can't have is answered in full."""
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "private, max-age=3600"}
    first, _, last = (asked or "").removeprefix("bytes=").partition("-")
    if not first.isdecimal() or (last and not last.isdecimal()) or int(first) >= len(flac):
        return Response(flac, 200, headers, media_type="audio/flac")
    end = min(int(last) if last else len(flac) - 1, len(flac) - 1)
    headers["Content-Range"] = f"bytes {int(first)}-{end}/{len(flac)}"
    return Response(flac[int(first) : end + 1], 206, headers, media_type="audio/flac")


_OF, _ONE = "/api/conversations/{conversation_id}/messages", "/api/messages/{message_id}"

endpoints = [
    Endpoint(method="GET", path=_OF, summary="List a conversation's messages", handler=listed, query=Range,
             answer=Page, errors=(404,), tag="messages"),
    Endpoint(method="POST", path=_OF, summary="Add a message", handler=added, body=bodies.Message, answer=Done,
             status=201, errors=(404,), tag="messages"),
    Endpoint(method="GET", path=_ONE, summary="Show a message", handler=one, answer=Message, errors=(404,),
             tag="messages"),
    Endpoint(method="PATCH", path=_ONE, summary="Correct a message", handler=changed, body=Changed,
             answer=Message, errors=(404,), tag="messages"),
    Endpoint(method="POST", path=f"{_ONE}/feedback", summary="Rate a message, 1 to 5", handler=rated,
             body=Rating, answer=Message, errors=(404,), tag="messages"),
    Endpoint(method="GET", path=f"{_ONE}/audio", summary="Play a message", handler=sound,
             media=("audio/flac",), errors=(206, 404), tag="messages"),
    Endpoint(method="GET", path=f"{_ONE}/pitch", summary="Follow a message's pitch", handler=pitch,
             answer=PitchCurve, errors=(404,), tag="messages"),
    Endpoint(method="DELETE", path=_ONE, summary="Erase a message", handler=deleted, answer=Erased,
             errors=(404,), tag="messages"),
]  # fmt: skip
