"""The first words on a line: `start` for a new session, `resume` for one that lost its line."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import msgspec

from server.client.errors import Failed, Mistake
from server.client.line import Line
from server.client.messages import Heard, Ready, Trouble, read
from server.wire.native_messages import Resume, Start

_START_TIMEOUT_S = 30.0
"""Opening a session waits for a place in the server's worker pool."""

_RESUME_TIMEOUT_S = 10.0
"""The session is open, but what came over its old line is heard first."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """The server's `ready`, as it came and as it is understood."""

    text: str
    ready: Ready


async def start(line: Line, wanted: Start) -> Greeting:
    """Begin a session. Raises: Mistake where the server doesn't accept `wanted`, Failed where it can't."""
    heard = await _ask(line, wanted, _START_TIMEOUT_S)
    match heard.message:
        case Ready() as ready:
            return Greeting(heard.text, ready)
        case Trouble(code="invalid", message=message):
            raise Mistake(f"the server doesn't accept this: {message}")
        case Trouble(message=message):
            raise Failed(f"the server can't open a session: {message}")
        case _:
            raise _unexpected()


async def resume(line: Line, lost: Ready, *, after_utterance: int) -> Greeting | None:
    """Go on with the session that `lost` opened; None where it is gone. Raises: Failed."""
    wanted = Resume(
        session_id=lost.session_id, resume_token=lost.resume_token, after_utterance=after_utterance
    )
    heard = await _ask(line, wanted, _RESUME_TIMEOUT_S)
    match heard.message:
        case Ready() as ready:
            return Greeting(heard.text, ready)
        case Trouble(code="not_resumable"):
            return None
        case Trouble(message=message):
            raise Failed(f"the server can't resume the session: {message}")
        case _:
            raise _unexpected()


async def _ask(line: Line, message: Start | Resume, timeout_s: float) -> Heard:
    await line.send(msgspec.json.encode(message).decode())
    try:
        async with asyncio.timeout(timeout_s):
            return read(await line.receive())
    except TimeoutError:
        raise Failed(f"the server didn't open a session within {timeout_s:g} s") from None


def _unexpected() -> Failed:
    return Failed("the server answered, but not with ready: is it Earshot's /v1/stream?")
