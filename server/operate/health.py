"""`python -m server health`: ask the server that is configured here whether it is well. For container health checks."""

from __future__ import annotations

import http.client
import ipaddress
import ssl
import sys

from server.config import ServerSettings

_PATIENCE_S = 4.0
"""Less than what a container runtime waits for a check."""


def main(settings: ServerSettings) -> int:
    """Ask; return 0 where the answer is well and 1 with a line on standard error where it isn't or none comes."""
    connection = _connection(settings)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        print(f"earshot: no answer on port {settings.http_port}: {error}", file=sys.stderr)
        return 1
    finally:
        connection.close()
    if status != http.client.OK:
        print(f"earshot: the answer on port {settings.http_port} is {status}", file=sys.stderr)
    return int(status != http.client.OK)


def _connection(settings: ServerSettings) -> http.client.HTTPConnection:
    host, port = _reachable(settings.host), settings.http_port
    if not settings.tls_cert:
        return http.client.HTTPConnection(host, port, timeout=_PATIENCE_S)
    anybody = ssl.create_default_context()  # it is asked whether it lives, not who it is
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=_PATIENCE_S, context=anybody)


def _reachable(host: str) -> str:
    """Turn "every address" into one."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host or "127.0.0.1"
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"
