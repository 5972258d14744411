"""Who may come in: tokens, hosts, origins. Pure decisions; both ports ask here."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from server.config import ServerSettings
from server.errors import ConfigError, Refused

SCOPES = ("stream", "read", "export", "delete")
"""What a token may allow."""

SUBPROTOCOL, TOKEN_PREFIX = "earshot", "earshot.token."
"""A browser can't set headers on a WebSocket: it offers both `earshot` and `earshot.token.<token>`."""

_HOST = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::[0-9]{1,5})?", re.ASCII)
"""RFC 3986 section 3.2.2, of which only what browsers send: nothing that two readers might understand differently."""


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
        if self.hosts and host not in self.hosts and not loopback(host):
            raise Refused(
                403, "host_not_allowed", "this server isn't known by that name; see server.allowed_hosts"
            )
        if not self._origin_allowed(credentials.origin, host):
            raise Refused(
                403, "origin_not_allowed", "pages of that origin may not connect; see server.allowed_origins"
            )
        if self.tokens:
            self._check_token(credentials.token, scope)

    def _origin_allowed(self, origin: str | None, host: str) -> bool:
        """Allow programs (no origin), the server's own pages on any of its ports, and the operator's list."""
        if origin is None or _origin(origin) in self.origins:
            return True
        scheme, _, rest = origin.lower().partition("://")
        name = _name(rest) if scheme in ("http", "https") else ""
        return bool(name) and (name == host or (loopback(name) and loopback(host)))

    def _check_token(self, token: str | None, scope: str) -> None:
        if token is None:
            raise Refused(401, "token_missing", "send a token: Authorization: Bearer …")
        scopes = self._scopes(token)
        if not scopes:
            raise Refused(401, "token_unknown", "that token isn't one of this server's")
        if scope not in scopes:
            raise Refused(403, "token_not_allowed", f"that token doesn't allow {scope}")

    def _scopes(self, token: str) -> frozenset[str]:
        """Look at every token, in constant time each: how long a refusal takes tells nothing."""
        found: frozenset[str] = frozenset()
        for known, scopes in self.tokens.items():
            if hmac.compare_digest(known.encode(), token.encode(errors="surrogatepass")):
                found = scopes
        return found


def make_door(settings: ServerSettings, environment_token: str | None) -> Door:
    """Make the door of a server. Raises: ConfigError where it would stand open to the network."""
    tokens = dict(_read_tokens(settings.token_file)) if settings.token_file else {}
    if environment_token:
        _check_spelling(environment_token, "EARSHOT_TOKEN")
        tokens[environment_token] = frozenset(SCOPES)
    if not loopback(settings.host) and not tokens:
        raise ConfigError(
            f"server.host = {settings.host!r} can be reached from the network, so a token is needed: "
            "set EARSHOT_TOKEN or server.token_file"
        )
    everywhere = settings.host in ("0.0.0.0", "::", "") and not settings.allowed_hosts
    named = () if everywhere else (settings.host, *settings.allowed_hosts)
    hosts = frozenset(_canonical(name.strip("[]")) for name in named)
    return Door(tokens, hosts, frozenset(map(_origin, settings.allowed_origins)))


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
    _check_spelling(token, path)
    if unknown := set(scopes) - set(SCOPES):
        raise ConfigError(f"{path}: no scope {unknown.pop()!r}; choose from {', '.join(SCOPES)}")
    return token, frozenset(scopes or SCOPES)


def _check_spelling(token: str, source: str) -> None:
    if not re.fullmatch("[!-~]+", token):
        raise ConfigError(f"{source}: a token is printable ASCII without spaces, or no header could carry it")


def only(values: Sequence[str], name: str) -> str | None:
    """Return a header that may come once. Raises: Refused where proxies and servers could pick different ones."""
    if len(values) > 1:
        raise Refused(400, "header_repeated", f"{name} came {len(values)} times")
    return values[0] if values else None


def _name(host: str) -> str:
    """Read the name in a Host header or an origin, without port and brackets; empty where it isn't one."""
    found = _HOST.fullmatch(host.lower())
    return _canonical(found["v6"] or found["name"]) if found else ""


def _canonical(name: str) -> str:
    """Write a name the one way that it is compared in: `LOCALHOST.` is `localhost`, `0:0::1` is `::1`."""
    name = name.lower().removesuffix(".")
    try:
        return ipaddress.ip_address(name).compressed
    except ValueError:
        return name


def _origin(origin: str) -> str:
    """Write an origin the one way that it is compared in."""
    return origin.lower().rstrip("/")


def loopback(name: str) -> bool:
    """Tell whether a host of this name is this machine."""
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
