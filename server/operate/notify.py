"""Tells systemd how far the server is: its `Type=notify`, see sd_notify(3). Elsewhere nothing happens."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> None:
    """Send `state`, such as READY=1, to the service manager that started this process; without one do nothing."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket, unix(7)
        address = f"\0{address[1:]}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.connect(address)
        manager.sendall(state.encode())
