"""Is the server well, and who listens?"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.http.responses import json
from server.http.state import state


async def healthz(request: Request) -> Response:
    """Tell that the process is alive, which recognizer hears, and how many clients are connected."""
    here = state(request)
    return json({"status": "ok", "recognizer": here.recognizer, "sessions": here.sessions()})


async def readyz(request: Request) -> Response:
    """Tell that the database answers, too: a client may connect."""
    await state(request).store.conversation(1)  # any read will do
    return json({"status": "ready"})


async def server(request: Request) -> Response:
    """Tell a page what it needs to connect."""
    here = state(request)
    return json(
        {
            "voice_port": here.voice_port,
            "tls": bool(here.config.server.tls_cert),
            "recognizer": here.recognizer,
            "silence_ms": here.config.audio.silence_ms,
            "record": here.config.storage.record,
        }
    )


routes = [
    Route("/healthz", healthz),
    Route("/readyz", readyz),
    Route("/api/server", server),
]
