"""Settings: config.toml over the defaults below, EARSHOT_<SECTION>_<KEY> over both.

Units and reasons are told once, in config.toml; a test holds its values against the defaults here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from server.errors import ConfigError
from server.validation import Invalid, convert

Port = Annotated[int, Meta(ge=0, le=65_535)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
SocketUrl = Annotated[
    str,
    Meta(
        pattern=r"^(wss?://[A-Za-z0-9.:\[\]_-]+)?$",
        description="ws:// or wss://, a name and perhaps a port, no path; or nothing",
    ),
]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all sections share; msgspec hands the options down."""


class ServerSettings(_Section, frozen=True, kw_only=True):
    """Sockets, and who may use them."""

    host: str = "127.0.0.1"
    voice_port: Port = 2700
    http_port: Port = 2701
    wyoming: bool = False
    wyoming_host: str = "127.0.0.1"
    wyoming_port: Port = 10300
    token_file: str = ""
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    voice_url: SocketUrl = ""
    tls_cert: str = ""
    tls_key: str = ""
    max_sessions: Count = 200
    max_sessions_per_address: Count = 100
    drain_s: Seconds = 10.0


class SessionSettings(_Section, frozen=True, kw_only=True):
    """How long a session may last."""

    resume_window_s: Seconds = 30.0
    idle_timeout_s: Annotated[float, Meta(ge=1, le=86_400)] = 300.0
    max_session_s: Annotated[float, Meta(ge=1, le=604_800)] = 14_400.0


class AudioSettings(_Section, frozen=True, kw_only=True):
    """Hearing."""

    silence_ms: Annotated[int, Meta(ge=200, le=5000)] = 1000
    pre_roll_ms: Annotated[int, Meta(ge=0, le=2000)] = 300
    max_utterance_s: Annotated[float, Meta(ge=2, le=120)] = 30.0
    max_lag_s: Annotated[float, Meta(ge=0.5, le=60)] = 5.0


class RecognizerSettings(_Section, frozen=True, kw_only=True):
    """Who turns speech into words."""

    engine: Literal["auto", "vosk", "pocketsphinx", "scripted"] = "auto"
    model: str = ""
    language: str = "en-us"
    models: tuple[str, ...] = ()


class StorageSettings(_Section, frozen=True, kw_only=True):
    """Where everything is kept."""

    path: str = "data/earshot.db"
    synchronous: Literal["full", "normal"] = "full"
    audio_dir: str = ""
    record: bool = True
    training_default: bool = True


class JournalSettings(_Section, frozen=True, kw_only=True):
    """What survives a crash between two finals."""

    enabled: bool = True
    fsync: bool = False


class MemorySettings(_Section, frozen=True, kw_only=True):
    """How many memories a reply is given."""

    per_tier: Annotated[int, Meta(ge=1, le=100)] = 2
    total: Annotated[int, Meta(ge=1, le=100)] = 5


class ExportSettings(_Section, frozen=True, kw_only=True):
    """Exports over HTTP."""

    max_concurrent: Annotated[int, Meta(ge=1, le=100)] = 2


class LogSettings(_Section, frozen=True, kw_only=True):
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Config(_Section, frozen=True, kw_only=True):
    """All settings."""

    server: ServerSettings = ServerSettings()
    session: SessionSettings = SessionSettings()
    audio: AudioSettings = AudioSettings()
    recognizer: RecognizerSettings = RecognizerSettings()
    storage: StorageSettings = StorageSettings()
    journal: JournalSettings = JournalSettings()
    memory: MemorySettings = MemorySettings()
    export: ExportSettings = ExportSettings()
    log: LogSettings = LogSettings()


def models_folder(config: Config) -> Path:
    """Where fetched models go: beside the database."""
    return Path(config.storage.path).parent / "models"


def load(path: Path | None, environment: Mapping[str, str]) -> Config:
    """Read the settings. Raises: ConfigError naming the key, the value and what is allowed."""
    raw = _read(path) if path else {}
    config: Config = _checked(raw, str(path), text_numbers=False)
    overrides = _overrides(environment)
    if not overrides:
        return config
    merged = msgspec.to_builtins(config)
    for section, keys in overrides.items():
        merged[section] |= keys
    return _checked(merged, "the environment", text_numbers=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None


def _checked(raw: dict[str, Any], source: str, *, text_numbers: bool) -> Config:
    try:
        config: Config = convert(raw, Config, text_numbers=text_numbers)
    except Invalid as error:
        raise ConfigError(f"{source}: {error}") from None
    return config


def _overrides(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Read EARSHOT_<SECTION>_<KEY>; a list is written with commas. EARSHOT_TOKEN is a secret, not a setting."""
    found: dict[str, dict[str, Any]] = {}
    sections = {field.encode_name: field.type for field in msgspec.structs.fields(Config)}
    for variable, value in sorted(environment.items()):
        if not variable.startswith("EARSHOT_") or variable == "EARSHOT_TOKEN":
            continue
        section, _, key = variable.removeprefix("EARSHOT_").lower().partition("_")
        if section not in sections:
            raise ConfigError(f"{variable}: no section {section!r}; choose from {', '.join(sections)}")
        kinds = {field.encode_name: field.type for field in msgspec.structs.fields(sections[section])}
        if key not in kinds:
            raise ConfigError(f"{variable}: no key {key!r}; choose from {', '.join(kinds)}")
        listed = kinds[key] == tuple[str, ...]
        found.setdefault(section, {})[key] = (
            [v.strip() for v in value.split(",") if v.strip()] if listed else value
        )
    return found
