"""Is the server well, who listens, and what does it do?"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from audio.recognizers.base import RecognizerInfo
from server.http.endpoint import Call, Endpoint
from server.http.responses import json
from server.operate.metrics import CONTENT_TYPE


@dataclass(frozen=True, slots=True)
class Health:
    """The process is alive."""

    status: str
    recognizer: RecognizerInfo
    sessions: int


@dataclass(frozen=True, slots=True)
class Ready:
    """A client may connect."""

    status: str


@dataclass(frozen=True, slots=True)
class About:
    """What a page needs to connect."""

    voice_url: str
    """Scheme, host and port; the protocols' paths follow."""
    voice_port: int
    tls: bool
    recognizer: RecognizerInfo
    silence_ms: int
    record: bool
    sessions: int
    """Voice clients connected."""
    max_sessions: int


async def healthz(call: Call) -> Response:
    """Tell that the process is alive, which recognizer hears, and how many clients are connected."""
    return json(Health("ok", call.state.recognizer, call.state.sessions()))


async def readyz(call: Call) -> Response:
    """Tell that the database answers, too."""
    await call.state.store.conversation(1)  # any read will do
    return json(Ready("ready"))


async def about(call: Call) -> Response:
    """Tell a page what it needs to connect."""
    config = call.state.config
    return json(
        About(
            voice_url=call.state.voice_url(call.request.headers.get("host", "")),
            voice_port=call.state.voice_port,
            tls=bool(config.server.tls_cert),
            recognizer=call.state.recognizer,
            silence_ms=config.audio.silence_ms,
            record=config.storage.record,
            sessions=call.state.sessions(),
            max_sessions=config.server.max_sessions,
        )
    )


async def metrics(call: Call) -> Response:
    """Write the figures of this process as Prometheus text."""
    figures = call.state.metrics
    figures.sessions.set(call.state.sessions())
    figures.writer_waiting.set(call.state.store.waiting)
    return Response(figures.text(), media_type=CONTENT_TYPE)


endpoints = [
    Endpoint(method="GET", path="/healthz", summary="Is the process alive?", handler=healthz, answer=Health,
             tag="health"),
    Endpoint(method="GET", path="/readyz", summary="May a client connect?", handler=readyz, answer=Ready,
             errors=(503,), tag="health"),
    Endpoint(method="GET", path="/metrics", summary="Figures for Prometheus", handler=metrics,
             media=("text/plain",), errors=(401,), tag="health"),
    Endpoint(method="GET", path="/api/server", summary="What a page needs to connect", handler=about,
             answer=About, tag="health"),
]  # fmt: skip
