"""Puts the server together and keeps it running until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from audio.recognizers.base import Engine, RecognizerError, RecognizerInfo
from audio.recognizers.choose import choose
from audio.recognizers.installed import standard_folders
from server.access import make_door
from server.config import Config, ServerSettings, models_folder
from server.errors import ConfigError
from server.hearing import Hearing
from server.house import House
from server.lobby import Lobby
from server.operate.logs import set_up
from server.operate.metrics import Metrics
from server.operate.notify import notify
from server.operate.orders import Order, Orders
from server.reviving import left_behind
from server.running import Running
from server.tls import make_tls
from server.wire.deepgram import DeepgramDialect
from server.wire.dialect import Dialect, PlainDialect
from server.wire.native import NativeWire
from server.wire.realtime_dialect import RealtimeDialect
from server.wire.vosk import VoskWire
from server.workers import Workers
from storage.errors import Unusable
from storage.journal import Journal
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


@asynccontextmanager
async def serving(config: Config, engine: Engine, *, token: str | None = None) -> AsyncIterator[Running]:
    """Open the store and the ports; on the way out end every session with its open utterance kept.

    Raises: ConfigError for what the operator can mend.
    """
    door = make_door(config.server, token)
    tls = make_tls(config.server)
    async with AsyncExitStack() as stack:
        metrics = Metrics(engine.info)
        workers = Workers(metrics, waiting=engine.elsewhere)
        stack.callback(workers.close)
        store = await _store(config, stack)
        journal = _journal(config)
        house = House(config, Hearing(engine, config.audio), store, workers, Lobby(), metrics, journal, uuid7)
        running = Running(house, door, token=token, tls=tls, dialects=dialects)
        if journal:
            running.voice.revive(await workers.run(list, left_behind(journal)))
        try:
            await stack.enter_async_context(running.listening())
        except OSError as error:
            raise ConfigError(f"cannot listen on {config.server.host}: {error.strerror}") from None
        yield running


async def run(config: Config, *, token: str | None, announce: Announce, reread: Callable[[], Config]) -> None:
    """Serve until SIGTERM or SIGINT; at SIGHUP take over what `reread` returns. Raises: ConfigError."""
    orders = Orders()
    engine = await _engine(config)
    try:
        async with serving(config, engine, token=token) as running:
            orders.heed()
            _tell(announce, config, running, engine.info)
            notify("READY=1")
            while await orders.next() is Order.REREAD:
                _take_over(running, reread)
            log.info("stopping, within %g s; told so again, at once", running.house.config.server.drain_s)
            notify("STOPPING=1")
    finally:
        engine.close()


def _take_over(running: Running, reread: Callable[[], Config]) -> None:
    reloads = running.house.metrics.reloads
    try:
        change = running.take_over(reread())
    except ConfigError as error:
        reloads.labels("refused").inc()
        log.error("the settings stay as they are: %s", error)
    else:
        reloads.labels("taken").inc()
        set_up(change.config.log)
        log.info("the settings were read again; %s", change)


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


def _journal(config: Config) -> Journal | None:
    if not config.journal.enabled:
        return None
    return Journal(Path(config.storage.path).parent / "journal", fsync=config.journal.fsync)


def _tell(announce: Announce, config: Config, running: Running, info: RecognizerInfo) -> None:
    """Say where clients connect, who hears them and what to try. Other programs read the first three lines."""
    settings = config.server
    host = _bracketed(settings.host)
    secure = "s" if settings.tls_cert else ""
    voice, http = f"ws{secure}://{host}:{running.voice.port}", f"http{secure}://{host}:{running.http.port}"
    announce(f"voice  {voice}")
    announce(f"http   {http}")
    announce("ready")
    if running.wyoming:
        announce(f"wyoming tcp://{_bracketed(settings.wyoming_host)}:{running.wyoming.port}")
    announce(f"hears with {info.engine}, model {info.model}, language {info.language}")
    if info.note:
        announce(info.note)
    elsewhere = "" if running.voice.port == ServerSettings().voice_port else f" --url {voice}/v1/stream"
    announce(f"try    {_python()} -m server.client tests/fixtures/speech/real-printing.wav{elsewhere}")
    announce(f"or     open {http} and speak")


def _bracketed(host: str) -> str:
    """Write a host as a URL has it."""
    return f"[{host}]" if ":" in host else host


def _python() -> str:
    """Write this interpreter as one would type it here."""
    here, python = Path.cwd(), Path(sys.executable)
    return str(python.relative_to(here) if python.is_relative_to(here) else python)
