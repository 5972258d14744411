"""Who may come in: tokens, hosts, origins. Pure decisions; both ports ask here."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from server.config import ServerSettings
from server.errors import ConfigError, Refused

SCOPES = ("stream", "read", "export", "delete")
"""What a token may allow."""

SUBPROTOCOL, TOKEN_PREFIX = "earshot", "earshot.token."
"""A browser can't set headers on a WebSocket: it offers both `earshot` and `earshot.token.<token>`."""

_LOCAL_NAMES = ("localhost",)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request carries to be let in."""

    host: str | None
    """The Host header."""
    origin: str | None
    """The Origin header; browsers always send it with a WebSocket."""
    token: str | None


@dataclass(frozen=True, slots=True)
class Door:
    """Who is let in at this server."""

    tokens: Mapping[str, frozenset[str]]
    """Token to scopes; empty where the server listens on loopback only and asks for none."""
    hosts: frozenset[str]
    """Names, lower case and without port, that a request may be addressed to; empty: any."""
    origins: frozenset[str]
    """Web origins allowed besides the server's own."""

    def admit(self, credentials: Credentials, scope: str) -> None:
        """Let the request pass. Raises: Refused with the HTTP status that says why not."""
        host = _name(credentials.host or "")
        if self.hosts and host not in self.hosts and not _loopback(host):
            raise Refused(
                403, "host_not_allowed", "this server isn't known by that name; see server.allowed_hosts"
            )
        if not self._origin_allowed(credentials.origin, host):
            raise Refused(
                403, "origin_not_allowed", "pages of that origin may not connect; see server.allowed_origins"
            )
        if self.tokens and scope not in self._scopes(credentials.token):
            if credentials.token is None:
                raise Refused(401, "token_missing", "send a token: Authorization: Bearer …")
            raise Refused(401, "token_not_allowed", f"that token doesn't allow {scope}")

    def _origin_allowed(self, origin: str | None, host: str) -> bool:
        """Allow programs (no origin), the server's own pages on any of its ports, and the operator's list."""
        if origin is None or origin in self.origins:
            return True
        name = _name(urlsplit(origin).netloc)
        return bool(name) and (name == host or (_loopback(name) and _loopback(host)))

    def _scopes(self, token: str | None) -> frozenset[str]:
        """Look at every token, in constant time each: how long a refusal takes tells nothing."""
        found: frozenset[str] = frozenset()
        for known, scopes in self.tokens.items():
            if hmac.compare_digest(known.encode(), (token or "").encode()):
                found = scopes
        return found


def make_door(settings: ServerSettings, environment_token: str | None) -> Door:
    """Make the door of a server. Raises: ConfigError where it would stand open to the network."""
    tokens = dict(_read_tokens(settings.token_file)) if settings.token_file else {}
    if environment_token:
        tokens[environment_token] = frozenset(SCOPES)
    if not _loopback(settings.host) and not tokens:
        raise ConfigError(
            f"server.host = {settings.host!r} can be reached from the network, so a token is needed: "
            "set EARSHOT_TOKEN or server.token_file"
        )
    named = {settings.host.lower(), *(host.lower() for host in settings.allowed_hosts)}
    everywhere = settings.host in ("0.0.0.0", "::", "") and not settings.allowed_hosts
    return Door(tokens, frozenset() if everywhere else frozenset(named), frozenset(settings.allowed_origins))


def bearer(header: str | None) -> str | None:
    """Return the token of an Authorization header."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() or None if scheme.lower() in ("bearer", "token") else None


def offered_token(subprotocols: Iterable[str]) -> str | None:
    """Return the token among offered WebSocket subprotocols."""
    for offered in subprotocols:
        if offered.startswith(TOKEN_PREFIX):
            return offered.removeprefix(TOKEN_PREFIX)
    return None


def _read_tokens(path: str) -> Collection[tuple[str, frozenset[str]]]:
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"server.token_file = {path!r} can't be read: {error}") from None
    found = [_token(line.split(), path) for line in lines if line.strip() and not line.startswith("#")]
    if not found:
        raise ConfigError(f"server.token_file = {path!r} holds no token")
    return found


def _token(words: list[str], path: str) -> tuple[str, frozenset[str]]:
    token, *scopes = words
    if unknown := set(scopes) - set(SCOPES):
        raise ConfigError(f"{path}: no scope {unknown.pop()!r}; choose from {', '.join(SCOPES)}")
    return token, frozenset(scopes or SCOPES)


def _name(host: str) -> str:
    """Strip the port off a Host header or URL netloc; brackets of IPv6 go too."""
    return (urlsplit(f"//{host}").hostname or "").lower() if _parses(host) else ""


def _parses(host: str) -> bool:
    try:
        urlsplit(f"//{host}")
    except ValueError:
        return False
    return True


def _loopback(name: str) -> bool:
    if name.lower() in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
