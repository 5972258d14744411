"""Puts the server together and keeps it running until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import ssl
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from audio.recognizers.base import Engine, RecognizerError
from audio.recognizers.choose import choose
from server.access import Door, make_door
from server.config import Config, ServerSettings
from server.connection import House
from server.errors import ConfigError
from server.hearing import Hearing
from server.http.app import make_app
from server.http.port import HttpPort
from server.http.state import State
from server.voice_port import VoicePort
from server.wire.base import Wire
from server.wire.native import NativeWire
from server.wire.vosk import VoskWire
from server.workers import Workers
from storage.errors import Unusable
from storage.stamps import uuid7
from storage.store import Store

log = logging.getLogger(__name__)

Announce = Callable[[str], None]
"""Takes a line for standard output."""


def wires(config: Config) -> Mapping[str, Callable[[], Wire]]:
    """Name every protocol by its path. A new one is a file in `wire/` and a line here."""
    return {
        "/v1/stream": NativeWire,
        "/": lambda: VoskWire(config.recognizer.models),
    }


async def run(config: Config, *, announce: Announce) -> None:
    """Serve until SIGTERM or SIGINT, then end every session with its open utterance kept.

    Raises: ConfigError for what the operator can mend.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    door = make_door(config.server, os.environ.get("EARSHOT_TOKEN"))
    tls = _tls(config.server)
    async with AsyncExitStack() as stack:
        workers = Workers()
        stack.callback(workers.close)
        engine = await _engine(config, workers)
        stack.callback(engine.close)
        store = await _store(config, stack)
        house = House(config, Hearing(engine, config.audio), store, workers)
        try:
            voice = await stack.enter_async_context(
                VoicePort(house, door, wires(config), new_id=uuid7, tls=tls)
            )
            http = await stack.enter_async_context(_http(house, door, voice))
        except OSError as error:
            raise ConfigError(f"cannot listen on {config.server.host}: {error.strerror}") from None
        _tell(announce, config, voice.port, http.port, engine)
        await stop.wait()
        log.info("stopping")


async def _engine(config: Config, workers: Workers) -> Engine:
    settings = config.recognizer
    models = Path(config.storage.path).parent / "models"
    try:
        return await workers.run(
            choose, settings.engine, model=settings.model or None, language=settings.language, folder=models
        )
    except RecognizerError as error:
        raise ConfigError(str(error)) from None


async def _store(config: Config, stack: AsyncExitStack) -> Store:
    storage = config.storage
    audio_dir = Path(storage.audio_dir) if storage.audio_dir else None
    opening = Store.open(Path(storage.path), synchronous=storage.synchronous.upper(), audio_dir=audio_dir)
    try:
        return await stack.enter_async_context(opening)
    except Unusable as error:
        raise ConfigError(str(error)) from None


def _http(house: House, door: Door, voice: VoicePort) -> HttpPort:
    state = State(
        config=house.config,
        store=house.store,
        door=door,
        recognizer=house.hearing.engine.info,
        voice_port=voice.port,
        sessions=lambda: voice.sessions,
    )
    return HttpPort(make_app(state), house.config.server)


def _tls(settings: ServerSettings) -> ssl.SSLContext | None:
    if not settings.tls_cert and not settings.tls_key:
        return None
    if not (settings.tls_cert and settings.tls_key):
        raise ConfigError("server.tls_cert and server.tls_key: set both or neither")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"server.tls_cert = {settings.tls_cert!r}: {error}") from None
    return context


def _tell(announce: Announce, config: Config, voice_port: int, http_port: int, engine: Engine) -> None:
    """Say where clients connect, who hears them and what to try. Other programs read the first two lines."""
    settings = config.server
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    secure = "s" if settings.tls_cert else ""
    announce(f"voice  ws{secure}://{host}:{voice_port}")
    announce(f"http   http{secure}://{host}:{http_port}")
    announce("ready")
    info = engine.info
    announce(f"hears with {info.engine}, model {info.model}, language {info.language}")
    if info.note:
        announce(info.note)
    python = Path(sys.executable)
    shown = python.relative_to(Path.cwd()) if python.is_relative_to(Path.cwd()) else python
    port = (
        ""
        if voice_port == ServerSettings().voice_port
        else f" --url ws{secure}://{host}:{voice_port}/v1/stream"
    )
    announce(f"try    {shown} -m server.client tests/fixtures/speech/real-printing.wav{port}")
    announce(f"or     open http{secure}://{host}:{http_port} and speak")
