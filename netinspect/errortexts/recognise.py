"""Lines of text → Sightings: which class of error, on which connection, of which process."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from netinspect.errortexts.classes import CLASSES, ENVOY_FLAGS, HAPROXY_TERMINATION, ErrorClass
from netinspect.humanize import safe_text

_BY_NAME = {one.name: one for one in CLASSES}
_PATTERNS = tuple((one, re.compile("|".join(one.patterns))) for one in CLASSES)
_ANY = re.compile("|".join(pattern for one in CLASSES for pattern in one.patterns))
# Timers, then status and bytes of an HTTP log, then the termination state.
_HAPROXY = re.compile(
    r"\s(?:-?\d+/){2,4}\+?-?\d+\s+(?:-?\d+\s+)?\+?\d+\s+(?:\S+ \S+ )?([A-Za-z]{2})"
)
_ENVOY = re.compile(r'" [0-9]{3} ([A-Z]{2}(?:,[A-Z]{2,})*) ')
_V4 = r"(?:\d{1,3}\.){3}\d{1,3}"
_ENDPOINT = re.compile(
    rf"(?<![\w.])(?:({_V4})|\[([0-9a-fA-F:.]+(?:%\w+)?)\]|(localhost)|(\*)):(\d{{1,5}})(?!\d)"
)
_ANY_V6 = re.compile(r"(?<!\S):::(\d{1,5})\b")  # how Node writes [::]:port
_PAIR = re.compile(rf"\('({_V4}|[0-9a-fA-F:]+|localhost)', (\d{{1,5}})")
_HOST_PORT = re.compile(rf"({_V4}|localhost|[\w.-]+)[ /]port (\d{{1,5}})")
_NAMED = re.compile(r"\b(?:dial tcp|upstream: \"\w+://|connect(?:ing)? to) ?([\w.-]+):(\d{1,5})")
_PORT = re.compile(r"\bport[ :=]+(\d{1,5})\b", re.IGNORECASE)
_PID = re.compile(r"\bpid[ :=]+(\d{1,7})\b|^\S*\s*\S*?\b[\w.-]+\[(\d{1,7})\]:", re.IGNORECASE)
_RUNTIMES = (
    ("java", re.compile(r"\b(?:java|javax|org\.apache|sun|jdk)\.[\w.$]+|^\s+at [\w.$]+\(")),
    ("nginx", re.compile(r"\[(?:crit|error|alert|emerg|warn)\] \d+#\d+")),
    ("go", re.compile(r"\b(?:dial|read|write|listen|accept) (?:tcp|udp)\S* ")),
    ("node", re.compile(r"\b(?:connect|read|write|listen) E[A-Z]+\b|\(node:|errno: '?-\d+")),
    (
        "python",
        re.compile(r"Traceback \(most recent|\[Errno \d+\]|\w+Error: |^  File \".*\", line"),
    ),
    ("dotnet", re.compile(r"System\.(?:Net|IO)\.|SocketException \(\d+\)")),
)
_CAUSED_BY = re.compile(r"^\s*(?:Caused by:|During handling|The above exception)")
_CLIENT_BIND = re.compile(r"java\.net\.Socket\.(?:bind|connect|<init>)|connectToAddress|HttpClient")
_TEXT_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Sighting:
    """One error as a line tells it. Text is safe to print; None = the line does not say."""

    error: ErrorClass
    line: int  # from 1
    text: str
    address: str | None = None
    port: int | None = None
    pid: int | None = None
    runtime: str | None = None

    @property
    def endpoint(self) -> str | None:
        """Return the address and port named, as far as they are."""
        if self.address is None:
            return None if self.port is None else f"port {self.port}"
        return self.address if self.port is None else f"{self.address}:{self.port}"


def recognise(lines: Iterable[str]) -> Iterator[Sighting]:
    """Yield what each line tells, in order; lines that tell nothing are passed over."""
    for number, line in enumerate(lines, 1):
        sighting = recognise_line(line, number)
        if sighting is not None:
            yield sighting


def recognise_line(line: str, number: int = 1) -> Sighting | None:
    """Recognise one line, e.g. "dial tcp 10.2.0.9:5432: connect: connection refused"."""
    error = _find_class(line)
    if error is None:
        return None
    address, port = _find_endpoint(line)
    return Sighting(
        error,
        number,
        safe_text(line.strip(), _TEXT_LIMIT),
        address,
        port,
        _find_pid(line),
        find_runtime_of_text(line),
    )


def recognise_text(text: str) -> list[Sighting]:
    """Recognise one error with its stack trace: the root cause first.

    What one line lacks (address, runtime) is taken from the others.
    """
    lines = text.splitlines()
    found = list(recognise(lines))
    if not found:
        return []
    caused = [s for s in found if _CAUSED_BY.match(lines[s.line - 1])]
    root = caused[-1] if caused else found[0]
    runtime = next((r for line in lines if (r := find_runtime_of_text(line))), None)
    where = next((s for s in found if s.port is not None), root)
    root = replace(
        root,
        runtime=root.runtime or runtime,
        address=root.address or where.address,
        port=root.port if root.port is not None else where.port,
        error=_outgoing(root.error, text),
    )
    return [root, *(s for s in found if s.line != root.line and s.error != root.error)]


def find_runtime_of_text(line: str) -> str | None:
    """Name the runtime or server whose way of wording this is."""
    return next((name for name, pattern in _RUNTIMES if pattern.search(line)), None)


def _outgoing(error: ErrorClass, text: str) -> ErrorClass:
    """Put the client's causes first where a client's bind() failed, not a server's."""
    if error.name != "port-in-use" or "ServerSocket" in text or not _CLIENT_BIND.search(text):
        return error
    rest = tuple(code for code in error.codes if code != "ephemeral-bind-pool")
    return replace(error, codes=("ephemeral-bind-pool", "ephemeral-exhaustion", *rest))


def _find_class(line: str) -> ErrorClass | None:
    if _ANY.search(line):
        return next(one for one, pattern in _PATTERNS if pattern.search(line))
    if found := _HAPROXY.search(line):
        name = HAPROXY_TERMINATION.get(found[1])
        return _BY_NAME[name] if name else None
    if found := _ENVOY.search(line):
        names = (ENVOY_FLAGS.get(flag) for flag in found[1].split(","))
        return next((_BY_NAME[name] for name in names if name), None)
    return None


def _find_endpoint(line: str) -> tuple[str | None, int | None]:
    """Return the last endpoint a line names: `read tcp LOCAL->REMOTE` names the remote one last."""
    upstream = line[at:] if (at := line.find("upstream: ")) >= 0 else line
    found = [(m[1] or m[2] or m[3] or None, m[5]) for m in _ENDPOINT.finditer(upstream)]
    if not found:
        found = [("::", match[1]) for match in _ANY_V6.finditer(upstream)]
    for pattern in (_PAIR, _HOST_PORT, _NAMED):
        if not found:
            found = [(m[1], m[2]) for m in pattern.finditer(upstream)]
    if found:
        address, port = found[-1]
        return _address(address), _port(port)
    match = _PORT.search(line)
    return None, _port(match[1]) if match else None


def _address(text: str | None) -> str | None:
    if text is None:
        return None
    if text == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return safe_text(text, 253)


def _port(text: str) -> int | None:
    port = int(text)
    return port if 0 < port < 65536 else None


def _find_pid(line: str) -> int | None:
    match = _PID.search(line)
    return int(match[1] or match[2]) if match else None
