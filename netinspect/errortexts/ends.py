"""Where a line says that it happened: addresses, ports, a process.

Every expression here is bounded, so that a line of any making is searched in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from netinspect.scope import End, build_end

_V4 = r"(?:\d{1,3}\.){3}\d{1,3}"
_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,250}[A-Za-z0-9_])?"
_V6 = r"[0-9A-Fa-f:.]{2,45}(?:%\w{1,16})?"
_ENDPOINT = re.compile(
    rf"(?<![\w.])(?:({_V4})|\[({_V6})\]|(localhost)|(\*)):(\d{{1,5}})(?!\d)", re.ASCII
)
_OTHERS = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"\('({_V4}|[0-9A-Fa-f:]{{2,39}}|{_NAME})', (\d{{1,5}})",  # Python's pair
        rf"\bhost='?({_NAME})'?, port=(\d{{1,5}})",  # urllib3
        rf"\"({_NAME}|{_V6})\"(?: \({_V6}\))?,? port (\d{{1,5}})",  # libpq
        rf"(?<![\w.:-])({_V4}|{_NAME})[ /]port (\d{{1,5}})",  # curl, ssh
        rf"(?:\bdial tcp|\w://|\b[Cc]onnect(?:ing|ion)? to) ?({_NAME}):(\d{{1,5}})",
        r"(?<!\S)(::):(\d{1,5})\b",  # Node's [::]
        r"\b(?:tcp|udp)[46]? ()\:(\d{1,5})\b",  # Go's listener on all addresses
        r"\bConnector\[\"?()[\w.-]{0,60}-(\d{1,5})\"?\]",  # Tomcat
    )
)
_PORT = re.compile(r"\bport[ :='\"]{1,4}(\d{1,5})\b", re.IGNORECASE)
_RESOLVED = re.compile(rf"\b({_NAME})/({_V4})(?!\d)", re.ASCII)
_UNRESOLVED = re.compile(
    r"(?:\bENOTFOUND|\bEAI_AGAIN|resolve host:|host name|UnknownHostException:|\blookup"
    rf"|host not found in upstream) \"?({_NAME})",
    re.ASCII,
)
_PIDS = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"\bpid[ :=]{1,3}(\d{1,7})\b",
        r"^.{0,80}? [\w./@-]{1,64}\[(\d{1,7})\]: ",  # syslog, journal
        r"^[\d/]{10} [\d:]{8} \[\w{1,8}\] (\d{1,7})#\d{1,7}:",  # nginx
        r"^[\dTZ:., +-]{19,35} {1,4}(?:ERROR|WARN|INFO|FATAL|DEBUG|TRACE) (\d{1,7}) --- \[",
        r"^\[[\d: +-]{19,26}\] \[(\d{1,7})\] \[[A-Z]",  # gunicorn
        r"^[\d:. -]{19,26}[A-Z]{3,5} \[(\d{1,7})\] ",  # PostgreSQL
    )
)
_CLIENT_PORTS = 32768


def find_ends(line: str) -> tuple[End, ...]:
    """Return the ends of the connection a line is about, the one that was dialled first.

    `read tcp LOCAL->REMOTE` names both; the dialled one is the last, unless its port looks like a
    client's and the other one's does not.
    """
    if unresolved := _UNRESOLVED.search(line):
        return (End(unresolved[1]),)
    at = line.find("upstream: ")
    text = line[at:].partition(", host: ")[0] if at >= 0 else line.partition(" - Local (")[0]
    found = list(dict.fromkeys(_find(text)))[-2:]
    if not found:
        match = _PORT.search(text)
        port = _port(match[1]) if match else None
        return () if port is None else (End(None, port),)
    if len(found) == 2 and "->" not in line:
        found = found[-1:]
    if len(found) == 2 and _is_served(*found):
        return tuple(found)
    return tuple(reversed(found))


def _is_served(local: End, remote: End) -> bool:
    return (local.port or 0) < _CLIENT_PORTS <= (remote.port or 0)


def _find(text: str) -> Iterator[End]:
    found = [(m[1] or m[2] or m[3] or m[4], m[5]) for m in _ENDPOINT.finditer(text)]
    for pattern in _OTHERS:
        found = found or [(match[1], match[2]) for match in pattern.finditer(text)]
    for address, digits in found:
        port = _port(digits)
        if port is not None:
            yield build_end(_resolved(address, text), port)


def _resolved(name: str, text: str) -> str:
    """Replace a name by its address, where that stands behind it: db.example/10.0.0.7."""
    if name not in text or name[-1:].isdigit():
        return name
    return next((m[2] for m in _RESOLVED.finditer(text) if m[1] == name), name)


def _port(text: str) -> int | None:
    port = int(text)
    return port if 0 < port < 65536 else None


def find_pid(line: str) -> int | None:
    """Return the process that a line says it comes from."""
    for pattern in _PIDS:
        if match := pattern.search(line):
            return int(match[1]) or None
    return None
