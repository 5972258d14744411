"""Paced talkers in a process of their own, who note how long the server takes; and one who doesn't wait.

A talker asks now and then by `ping`, which is answered once everything before it was heard: that is the lag. A
vosk-server client is answered to each message, so there every answer tells it.
"""

from __future__ import annotations

import asyncio
import json
import math
import multiprocessing
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from audio.values import RATE
from tests.fixtures.speech_files import speech
from tests.quiet import quiet

MESSAGE_S = 0.1
"""What a talker sends at once, as soon as it is spoken."""
_SIZE = int(MESSAGE_S * RATE) * 2
_PING = 2
"""Messages from one ping to the next."""
WINDOW_S = 1.0
_CLIP = speech("digits-16k")
_PAUSE_S = 2.6
_PERIOD_S = len(_CLIP.samples) / RATE + _PAUSE_S
"""Ten digits and a pause: half of it is silence."""
_RUSH = 65_536
"""Bytes a message of who sends a file at once."""


def conversation(seconds: float) -> bytes:
    """Talk that is half silence."""
    return (_CLIP.samples.tobytes() + quiet(_PAUSE_S)) * math.ceil(seconds / _PERIOD_S)


@dataclass(frozen=True, slots=True)
class Heard:
    """How late the server was, in seconds."""

    lags: list[float] = field(default_factory=list)
    """From a piece of audio to the word that it is heard."""
    finals: list[float] = field(default_factory=list)
    """From the message in which the silence window ended to the final."""


def talk(url: str, streams: int, seconds: float, *, plain: bool = False, greedy: bool = False) -> Heard:
    """Let so many talk at once; with `greedy` another one sends as fast as the socket takes it."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as processes:
        talking = processes.submit(_talk, url, streams, seconds, plain)
        rushing = processes.submit(_rush, url, seconds) if greedy else None
        heard = talking.result()
        if rushing:
            rushing.result()
    return heard


def _talk(url: str, streams: int, seconds: float, plain: bool) -> Heard:
    return asyncio.run(_all(url, streams, seconds, plain))


async def _all(url: str, streams: int, seconds: float, plain: bool) -> Heard:
    delays = np.random.default_rng(1).uniform(0, _PERIOD_S, streams)  # nobody speaks in step
    one = _plainly if plain else _natively
    try:
        heard = await asyncio.gather(*(one(url, seconds, delay) for delay in delays))
    except InvalidStatus:  # more than the server takes
        return Heard([math.inf])
    return Heard(
        [lag for each in heard for lag in each.lags], [wait for each in heard for wait in each.finals]
    )


async def _pace(socket: ClientConnection, data: bytes, began: float, asked: deque[float], every: int) -> None:
    for number in range(len(data) // _SIZE):
        await asyncio.sleep(max(0.0, began + (number + 1) * MESSAGE_S - time.monotonic()))
        if every == 1:
            asked.append(time.monotonic())
        await socket.send(data[number * _SIZE : (number + 1) * _SIZE])
        if number % every == 0 and every > 1:
            asked.append(time.monotonic())
            await socket.send('{"type": "ping"}')


def _turned(seconds: float, delay: float) -> tuple[bytes, float]:
    """The conversation from a moment of its own on, and how far that is into it."""
    shift = int(delay / MESSAGE_S) * _SIZE
    data = conversation(seconds + delay)[shift:]
    return data[: int(seconds / MESSAGE_S) * _SIZE], shift / 2 / RATE


async def _natively(url: str, seconds: float, delay: float) -> Heard:
    data, shift = _turned(seconds, delay)
    heard, asked = Heard(), deque[float]()
    async with connect(url + "/v1/stream", compression=None, open_timeout=60) as socket:
        await socket.send('{"type": "start", "record": false}')
        began = time.monotonic()
        pacing = asyncio.create_task(_pace(socket, data, began, asked, _PING))
        pacing.add_done_callback(lambda _: asyncio.ensure_future(socket.send('{"type": "stop"}')))
        async for text in socket:
            now, message = time.monotonic(), json.loads(text)
            if message["type"] == "pong":
                heard.lags.append(now - asked.popleft())
            elif message["type"] == "final" and message["reason"] == "silence":
                heard.finals.append(now - began - _due_s(message["end_ms"] / 1000, shift))
        await pacing
    return heard


def _due_s(end_s: float, shift: float) -> float:
    """When the message was sent in which the silence window after the true end of the words was over."""
    turn = int((end_s + shift) / _PERIOD_S)
    over = turn * _PERIOD_S + _CLIP.end - shift + WINDOW_S
    return math.ceil(over / MESSAGE_S) * MESSAGE_S


async def _plainly(url: str, seconds: float, delay: float) -> Heard:
    data, _ = _turned(seconds, delay)
    heard, asked = Heard(), deque[float]()
    async with connect(url, compression=None, open_timeout=60) as socket:
        pacing = asyncio.create_task(_pace(socket, data, time.monotonic(), asked, 1))
        for _ in range(len(data) // _SIZE):
            await socket.recv()
            heard.lags.append(time.monotonic() - asked.popleft())
        await pacing
    return heard


def _rush(url: str, seconds: float) -> None:
    asyncio.run(_send_all(url, seconds))


async def _send_all(url: str, seconds: float) -> None:
    data = conversation(600)
    until = time.monotonic() + seconds
    async with connect(url + "/v1/stream", compression=None, open_timeout=60) as socket:
        await socket.send('{"type": "start", "record": false}')
        reading = asyncio.create_task(_drain(socket))
        while (left := until - time.monotonic()) > 0:
            at = np.random.randint(len(data) // _RUSH) * _RUSH
            try:
                await asyncio.wait_for(socket.send(data[at : at + _RUSH]), left)
            except TimeoutError:
                break
        socket.transport.abort()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _drain(socket: ClientConnection) -> None:
    async for _ in socket:
        pass


def p95(values: Sequence[float]) -> float:
    """In seconds; infinite where there is nothing, for nobody was heard."""
    return float(np.percentile(values, 95)) if values and max(values) < math.inf else math.inf
