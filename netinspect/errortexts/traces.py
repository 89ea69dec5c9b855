"""What a stack trace adds to the error it belongs to: what the program was doing, and in what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from netinspect.errortexts.classes import BY_NAME
from netinspect.errortexts.error_class import ErrorClass
from netinspect.errortexts.recognise import Sighting
from netinspect.errortexts.runtimes import find_runtime_of_text

_CAUSED_BY = re.compile(r"\s{0,40}(?:Caused by: | ?---> |\[cause\]: )")
_LISTENS = re.compile(
    r"ServerSocket|create_server|start_server|socketserver|HTTPServer|\.listen\(|setupListenHandle"
)
_READS = re.compile(
    r"\brecv(?:_into|from)?\b|\breadinto\b|\bsocketRead\b|SocketInputStream|\bimplRead\b"
)
_CONNECTS = re.compile(
    r"\bconnect\(|create_connection|java\.net\.Socket\.(?:bind|connect|<init>)|connectToAddress"
    r"|sock_connect|while connecting|bind\(\([^)]{0,80}, 0\)\)"
)
_REFINED = {
    "timeout": {"connects": "connect-timeout", "reads": "read-timeout"},
    "port-in-use": {"connects": "no-source-port"},
    "no-local-port": {"listens": "address-not-here"},
}
"""The same words, another meaning."""


def find_root(lines: Sequence[str], sightings: Sequence[Sighting]) -> Sighting:
    """Return the root cause of one event, with what only its other lines say.

    lines: of the event, in order. sightings: those in them, at least one.
    """
    caused = [s for s in sightings if _CAUSED_BY.match(s.text)]
    root = caused[-1] if caused else sightings[0]
    runtime = root.runtime or next(filter(None, map(find_runtime_of_text, lines)), None)
    return replace(
        root,
        error=_refine(root.error, lines, runtime),
        ends=next((s.ends for s in (root, *sightings) if s.ends), ()),
        pid=next((s.pid for s in (root, *sightings) if s.pid), None),
        runtime=runtime,
        udp=any(s.udp for s in sightings),
    )


def _refine(error: ErrorClass, lines: Sequence[str], runtime: str | None) -> ErrorClass:
    meanings = _REFINED.get(error.name)
    if meanings is None:
        return error
    return BY_NAME[meanings.get(_doing(lines, runtime), error.name)]


def _doing(lines: Sequence[str], runtime: str | None) -> str:
    """Tell what the innermost frame that tells was doing; "" = none does."""
    if any(_LISTENS.search(line) for line in lines):
        return "listens"
    inner_first: Iterable[str] = reversed(lines) if runtime == "python" else lines
    for line in inner_first:
        connects, reads = _last(_CONNECTS, line), _last(_READS, line)
        if connects != reads:
            return "connects" if connects > reads else "reads"
    return ""


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((match.start() for match in pattern.finditer(text)), default=-1)
