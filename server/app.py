"""Puts the server together and keeps it running until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from audio.recognizers.base import Engine, RecognizerError, RecognizerInfo
from audio.recognizers.choose import choose
from audio.recognizers.installed import standard_folders
from server.access import Door, make_door
from server.config import Config, ServerSettings, models_folder
from server.errors import ConfigError
from server.hearing import Hearing
from server.house import House
from server.http.app import make_app
from server.http.port import HttpPort
from server.http.state import Places, State
from server.lobby import Lobby
from server.metrics import Metrics
from server.voice_port import VoicePort
from server.wire.deepgram import DeepgramDialect
from server.wire.dialect import Dialect, PlainDialect
from server.wire.native import NativeWire
from server.wire.realtime_dialect import RealtimeDialect
from server.wire.vosk import VoskWire
from server.workers import Workers
from storage.errors import Unusable
from storage.stamps import uuid7
from storage.store import Store

log = logging.getLogger(__name__)

Announce = Callable[[str], None]
"""Takes a line for standard output."""


def dialects(config: Config) -> Mapping[str, Dialect]:
    """Name every protocol by its path. A new one is a file in `wire/` and a line here."""
    return {
        "/v1/stream": PlainDialect(NativeWire),
        "/v1/realtime": RealtimeDialect(),
        "/v1/listen": DeepgramDialect(),
        "/": PlainDialect(lambda: VoskWire(config.recognizer.models)),
    }


@dataclass(frozen=True, slots=True)
class Running:
    """A server that clients may connect to."""

    voice: VoicePort
    http: HttpPort
    store: Store


@asynccontextmanager
async def serving(config: Config, engine: Engine, *, token: str | None = None) -> AsyncIterator[Running]:
    """Open the store and both ports; on the way out end every session with its open utterance kept.

    Raises: ConfigError for what the operator can mend.
    """
    door = make_door(config.server, token)
    tls = _tls(config.server)
    async with AsyncExitStack() as stack:
        metrics = Metrics(engine.info)
        workers = Workers(metrics, waiting=engine.elsewhere)
        stack.callback(workers.close)
        store = await _store(config, stack)
        house = House(config, Hearing(engine, config.audio), store, workers, Lobby(), metrics)
        voice = VoicePort(house, door, dialects(config), new_id=uuid7, tls=tls)
        try:
            await stack.enter_async_context(voice)
            http = await stack.enter_async_context(_http(house, door, voice))
        except OSError as error:
            raise ConfigError(f"cannot listen on {config.server.host}: {error.strerror}") from None
        yield Running(voice, http, store)


async def run(config: Config, *, token: str | None, announce: Announce) -> None:
    """Serve until SIGTERM or SIGINT. Raises: ConfigError."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    engine = await _engine(config)
    try:
        async with serving(config, engine, token=token) as running:
            _tell(announce, config, running, engine.info)
            await stop.wait()
            log.info("stopping")
    finally:
        engine.close()


async def _engine(config: Config) -> Engine:
    settings = config.recognizer
    models = models_folder(config)
    try:
        return await asyncio.to_thread(
            choose,
            settings.engine,
            model=settings.model,
            language=settings.language,
            folders=standard_folders(models),
            download=models,
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
        exports=Places(house.config.export.max_concurrent),
        metrics=house.metrics,
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


def _tell(announce: Announce, config: Config, running: Running, info: RecognizerInfo) -> None:
    """Say where clients connect, who hears them and what to try. Other programs read the first three lines."""
    settings = config.server
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    secure = "s" if settings.tls_cert else ""
    voice, http = f"ws{secure}://{host}:{running.voice.port}", f"http{secure}://{host}:{running.http.port}"
    announce(f"voice  {voice}")
    announce(f"http   {http}")
    announce("ready")
    announce(f"hears with {info.engine}, model {info.model}, language {info.language}")
    if info.note:
        announce(info.note)
    elsewhere = "" if running.voice.port == ServerSettings().voice_port else f" --url {voice}/v1/stream"
    announce(f"try    {_python()} -m server.client tests/fixtures/speech/real-printing.wav{elsewhere}")
    announce(f"or     open {http} and speak")


def _python() -> str:
    """Write this interpreter as one would type it here."""
    here, python = Path.cwd(), Path(sys.executable)
    return str(python.relative_to(here) if python.is_relative_to(here) else python)
