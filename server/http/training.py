"""Training data over HTTP: SEED.md's endpoints, with filters, cursors and every format."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from server.bodies import Body, Id, Name, Role, Unit
from server.http.conversations import Cursor
from server.http.endpoint import Call, Endpoint
from server.http.responses import ApiError, json
from server.operate.metrics import Metrics
from storage.counts import Counts
from storage.errors import StorageError
from storage.exports.estimate import Estimate
from storage.exports.exporter import Download
from storage.exports.marking import Marked
from storage.exports.selection import Options, Selection

log = logging.getLogger(__name__)


class Filters(Body, frozen=True, kw_only=True):
    """Which conversations and messages; what isn't named doesn't matter."""

    include_active: bool = False
    since: str | None = None
    until: str | None = None
    user_id: Name | None = None
    platform: Name | None = None
    model_used: Name | None = None
    exported: bool | None = None
    min_conversation_quality: Unit | None = None
    min_quality: Unit | None = None
    emotion: Name | None = None
    role: Role | None = None
    has_voice: bool | None = None
    verified: bool | None = None
    flagged: bool = False


class Choices(Body, frozen=True, kw_only=True):
    """How it is written, where a format offers a choice."""

    embeddings: bool = False
    strings: bool = False
    csv_safe: bool = False
    bom: bool = False
    audio: bool = False


class Wish(Body, frozen=True, kw_only=True):
    """What to export: one conversation, or all that fit."""

    format: Literal["json", "jsonl", "openai", "sharegpt", "csv", "parquet", "audiofolder", "nemo"] = "json"
    conversation_id: Id | None = None
    limit: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    after_id: Cursor = 0
    filters: Filters = Filters()
    options: Choices = Choices()
    mark: bool = False


async def exported(call: Call) -> Response:
    """Stream an export. With `mark`, what it held is marked as exported after the last byte has left."""
    wish: Wish = call.body
    async with AsyncExitStack() as stack:
        stack.enter_context(call.state.exports.place())
        opening = call.state.store.exporter.open(wish.format, _selection(wish), _options(wish))
        download = await stack.enter_async_context(opening)
        return _Streamed(download, wish, call.state.metrics, stack.pop_all())
    raise AssertionError("unreachable: the block above returns or raises")


async def counted(call: Call) -> Response:
    """Tell how much an export with the same body would be, without sending or marking anything."""
    wish: Wish = call.body
    with call.state.exports.place():
        return json(await call.state.store.exporter.estimate(wish.format, _selection(wish), _options(wish)))


class _Streamed(StreamingResponse):
    """An export on its way; it holds its connection and its place until it has left or broken off."""

    def __init__(self, download: Download, wish: Wish, metrics: Metrics, held: AsyncExitStack) -> None:
        name = f"earshot-{wish.conversation_id or 'export'}{download.format.suffix}"
        super().__init__(
            _blocks(download, wish, metrics),
            media_type=download.format.media_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._held:
            await super().__call__(scope, receive, send)


async def _blocks(download: Download, wish: Wish, metrics: Metrics) -> AsyncIterator[bytes]:
    """Yield the export. A failure on the way breaks the connection off: no half may look like a whole."""
    try:
        with metrics.exporting(wish.format):
            async for block in download.blocks():
                metrics.export_bytes.inc(len(block))
                yield block
        if wish.mark:
            await download.mark()
    except StorageError as error:
        log.error("an export broke off: %s", error)
        raise


def _selection(wish: Wish) -> Selection:
    if wish.limit == 0:
        raise ApiError(400, "invalid", "limit = 0: leave it out for all conversations", field="limit")
    return Selection(
        conversation_id=wish.conversation_id,
        limit=wish.limit,
        after_id=wish.after_id,
        **msgspec.structs.asdict(wish.filters),
    )


def _options(wish: Wish) -> Options:
    return Options(single=wish.conversation_id is not None, **msgspec.structs.asdict(wish.options))


async def stats(call: Call) -> Response:
    """Tell how much there is to train on, at most twenty times as old as counting takes."""
    return json(await call.state.store.training_stats())


async def marked(call: Call) -> Response:
    """Mark a conversation as exported; marking twice changes nothing."""
    return json(await call.state.store.exporter.mark(call.ids["conversation_id"]))


_MEDIA = (
    "application/json",
    "application/jsonl",
    "text/csv",
    "application/vnd.apache.parquet",
    "application/zip",
)

endpoints = [
    Endpoint(method="POST", path="/api/training/export", summary="Export training data", handler=exported,
             body=Wish, media=_MEDIA, errors=(404, 429), tag="training"),
    Endpoint(method="POST", path="/api/training/export/count", summary="Tell how much an export would be",
             handler=counted, body=Wish, answer=Estimate, errors=(404, 429), tag="training"),
    Endpoint(method="GET", path="/api/training/stats", summary="Count what there is to train on",
             handler=stats, answer=Counts, tag="training"),
    Endpoint(method="POST", path="/api/training/mark-exported/{conversation_id}",
             summary="Mark a conversation as exported", handler=marked, answer=Marked, errors=(404,),
             tag="training"),
]  # fmt: skip
