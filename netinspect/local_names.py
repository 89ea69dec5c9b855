"""Names to which this host gives numbers: services and network interfaces."""

from __future__ import annotations

import socket


def find_service(name: str) -> int | None:
    """Return the port of a service, from /etc/services as a rule; None where there is none."""
    for proto in ("tcp", "udp"):
        try:
            return socket.getservbyname(name, proto)
        except (OSError, ValueError, UnicodeError):
            continue
    return None


def find_interface(name: str) -> int | None:
    """Return the index of an interface of this network namespace; None where there is none."""
    try:
        return socket.if_nametoindex(name)
    except (OSError, ValueError, UnicodeError):
        return None
