"""Every way in which a session may go: over each protocol, to a clean end, a dirty one, or none at all."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from audio.values import RATE
from tests.fixtures.speech_files import speech
from tests.quiet import quiet

_WORDS = speech("digits-16k")
SAID = _WORDS.samples[int(_WORDS.onset * RATE) :][: 3 * RATE // 2].tobytes()
"""1.5 s of speech."""
TURN = SAID + quiet(1.2)
"""An utterance with the silence that ends it."""
_PIECE = 6400
"""Bytes a message: 200 ms."""
_DEADLINE_S = 60
"""No session takes longer, however busy the machine."""


def _line(server: str, path: str) -> AbstractAsyncContextManager[ClientConnection]:
    return connect(server + path, compression=None, open_timeout=_DEADLINE_S)


async def _send(socket: ClientConnection, data: bytes) -> None:
    for at in range(0, len(data), _PIECE):
        await socket.send(data[at : at + _PIECE])


async def _until(socket: ClientConnection, kind: str) -> dict[str, Any]:
    async for text in socket:
        message: dict[str, Any] = json.loads(text)
        if message["type"] == kind:
            return message
    raise AssertionError(f"closed without {kind}")


async def _rest(socket: ClientConnection) -> list[dict[str, Any]]:
    told = []
    with suppress(ConnectionClosed):  # by a code that says why
        async for text in socket:
            told.append(json.loads(text))
    return told


async def _begin(socket: ClientConnection) -> dict[str, Any]:
    await socket.send('{"type": "start"}')
    return await _until(socket, "ready")


async def _end(socket: ClientConnection) -> list[dict[str, Any]]:
    await socket.send('{"type": "stop"}')
    return await _rest(socket)


def _must(told: list[dict[str, Any]], kind: str) -> None:
    assert any(message.get("type") == kind for message in told), (kind, told)


async def stopped(server: str) -> None:
    """Speaks, is silent, speaks, stops in mid-utterance, and gets both finals."""
    async with _line(server, "/v1/stream") as socket:
        await _begin(socket)
        await _send(socket, TURN + SAID)
        _must(await _end(socket), "stopped")


async def resumed(server: str) -> None:
    """Loses its line in mid-utterance and comes back."""
    async with _line(server, "/v1/stream") as socket:
        ready = await _begin(socket)
        await _send(socket, SAID[: len(SAID) // 2])
        socket.transport.abort()
    async with _line(server, "/v1/stream") as socket:
        keys = {key: ready[key] for key in ("session_id", "resume_token")}
        await socket.send(json.dumps({"type": "resume", **keys}))
        again = await _until(socket, "ready")
        await _send(socket, SAID[2 * again["received_samples"] :])
        told = await _end(socket)
        _must(told, "final")
        _must(told, "stopped")


async def lost(server: str) -> None:
    """Loses its line in mid-utterance and never comes back."""
    async with _line(server, "/v1/stream") as socket:
        await _begin(socket)
        await _send(socket, SAID)
        socket.transport.abort()


async def cut(server: str) -> None:
    """Is cut off in the middle of a message."""
    async with _line(server, "/v1/stream") as socket:
        await _begin(socket)
        await _send(socket, SAID[:_PIECE])
        socket.transport.write(
            b"\x82\xfe\x19\x00" + bytes(4) + bytes(1000)
        )  # 1000 of 6400 bytes, masked with 0
        socket.transport.abort()


async def wordless(server: str) -> None:
    """Connects and leaves."""
    async with _line(server, "/v1/stream"):
        pass


async def quiet_room(server: str) -> None:
    """Says nothing all the time."""
    async with _line(server, "/v1/stream") as socket:
        await _begin(socket)
        await _send(socket, quiet(2))
        _must(await _end(socket), "stopped")


async def refused(server: str) -> None:
    """Asks for a path that isn't there."""
    with suppress(InvalidStatus):
        async with _line(server, "/nowhere"):
            raise AssertionError("let in")


async def rude(server: str) -> None:
    """Talks before it has begun, and is sent away."""
    async with _line(server, "/v1/stream") as socket:
        await socket.send(SAID[:_PIECE])
        _must(await _rest(socket), "error")


async def vosk_server(server: str) -> None:
    """A vosk-server client: a reply to each message."""
    async with _line(server, "/") as socket:
        await socket.send('{"config": {"sample_rate": 16000}}')
        for at in range(0, len(TURN), _PIECE):
            await socket.send(TURN[at : at + _PIECE])
            await socket.recv()
        await socket.send('{"eof": 1}')
        await _rest(socket)


async def deepgram(server: str) -> None:
    """A Deepgram client that closes its stream."""
    async with _line(server, "/v1/listen?encoding=linear16&sample_rate=16000") as socket:
        await _send(socket, TURN)
        await socket.send('{"type": "CloseStream"}')
        _must(await _rest(socket), "Metadata")


async def openai(server: str) -> None:
    """An OpenAI Realtime client that leaves after its transcript."""
    async with _line(server, "/v1/realtime?intent=transcription") as socket:
        for at in range(0, len(SAID), _PIECE):
            piece = b64encode(SAID[at : at + _PIECE]).decode()
            await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": piece}))
        await socket.send('{"type": "input_audio_buffer.commit"}')
        await _until(socket, "conversation.item.input_audio_transcription.completed")


Kind = Callable[[str], Awaitable[None]]

KINDS: tuple[Kind, ...] = (
    stopped, resumed, lost, cut, wordless, quiet_room, refused, rude, vosk_server, deepgram, openai
)  # fmt: skip


async def run(server: str, kind: Kind) -> str | None:
    """Let a session of this kind take its course; return what went wrong, if anything."""
    try:
        async with asyncio.timeout(_DEADLINE_S):
            await kind(server)
    except (AssertionError, TimeoutError, OSError, ConnectionClosed) as trouble:
        return f"{kind.__name__}: {type(trouble).__name__} {trouble}"
    return None
