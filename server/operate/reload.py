"""What of new settings holds at once, and what only from the next start on. Pure: the change is made in `running`.

Sessions keep the settings they were opened with. So whatever a session, a request or a handshake reads when it
begins can change; what was opened at the start, sockets, database and recognizer, can't.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from server.config import Config

_FIXED = frozenset(
    {
        "server.host",
        "server.voice_port",
        "server.http_port",
        "server.wyoming",
        "server.wyoming_host",
        "server.wyoming_port",
        "recognizer.engine",
        "recognizer.model",
        "recognizer.language",
        "storage.path",
        "storage.synchronous",
        "storage.audio_dir",
        "journal.enabled",
        "journal.fsync",
    }
)
_CERTIFICATE = frozenset({"server.tls_cert", "server.tls_key"})
"""Can be another, but not come or go: a port speaks TLS from the start or never."""


@dataclass(frozen=True, slots=True)
class Change:
    """What new settings change."""

    config: Config
    """What holds from now on."""
    taken: tuple[str, ...]
    """Names of the settings that hold at once."""
    waiting: tuple[str, ...]
    """Names of those that need a restart."""

    def __str__(self) -> str:
        if not self.taken and not self.waiting:
            return "nothing has changed"
        parts = [f"taken over: {', '.join(self.taken) or 'nothing'}"]
        if self.waiting:
            parts.append(f"needs a restart: {', '.join(self.waiting)}")
        return "; ".join(parts)


def compare(old: Config, new: Config) -> Change:
    """Tell what becomes of settings that were `old` where the operator wants `new`."""
    fixed = _FIXED if _secure(old) and _secure(new) else _FIXED | _CERTIFICATE
    taken: list[str] = []
    waiting: list[str] = []
    sections: dict[str, Any] = {}
    for section in Config.__struct_fields__:
        was, wanted = getattr(old, section), getattr(new, section)
        keys = [key for key in wanted.__struct_fields__ if getattr(was, key) != getattr(wanted, key)]
        kept = {key: getattr(was, key) for key in keys if f"{section}.{key}" in fixed}
        sections[section] = msgspec.structs.replace(wanted, **kept)
        waiting += [f"{section}.{key}" for key in kept]
        taken += [f"{section}.{key}" for key in keys if key not in kept]
    return Change(Config(**sections), tuple(taken), tuple(waiting))


def _secure(config: Config) -> bool:
    return bool(config.server.tls_cert and config.server.tls_key)
