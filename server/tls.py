"""TLS, where the operator gives a certificate."""

from __future__ import annotations

import ssl

from server.config import ServerSettings
from server.errors import ConfigError


def make_tls(settings: ServerSettings) -> ssl.SSLContext | None:
    """Make what both ports speak TLS by; None where they don't. Raises: ConfigError."""
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


def renew(context: ssl.SSLContext, settings: ServerSettings) -> None:
    """Let handshakes from now on show the certificate that the files hold now.

    Raises: ConfigError, and then the old one stays.
    """
    make_tls(settings)  # on a context of its own: half a certificate must not spoil the one in use
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
