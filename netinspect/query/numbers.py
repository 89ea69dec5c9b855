"""Numbers as they are written in filters, ports among them, and what is wrong with a value."""

from __future__ import annotations

import re

from netinspect.local_names import find_service

INTEGER = re.compile(r"0[xX][0-9a-fA-F]+|[0-9]+")
LONGEST_NUMBER = 20
LAST_PORT = (1 << 16) - 1


class BadValueError(Exception):
    """What is wrong with a value, and what to write instead."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def parse_port(text: str) -> int | None:
    """Read a port by number or service name, as ss does; None for any."""
    if text in ("", "*"):
        return None
    if INTEGER.fullmatch(text) and len(text) <= LONGEST_NUMBER:
        port = int(text, 16 if text[:2].lower() == "0x" else 10)
        if port <= LAST_PORT:
            return port
        raise BadValueError(f"`{text}` is no port", f"ports go from 0 to {LAST_PORT}")
    return _parse_service(text)


def _parse_service(name: str) -> int:
    port = find_service(name)
    if port is not None:
        return port
    raise BadValueError(f"`{name}` is no port", "e.g. 443, 8000-8100 or a name of /etc/services")
