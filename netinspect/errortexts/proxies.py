"""What HAProxy and Envoy write instead of an error: letters in a line of their access logs.

HAProxy: configuration manual, "Session state at disconnection". Envoy: access log usage,
%RESPONSE_FLAGS%.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_TERMINATION = {
    **{"SC": "refused", "sC": "connect-timeout", "sQ": "pool-empty", "PC": "local-resources"},
    **dict.fromkeys(("sH", "sD", "sL"), "read-timeout"),
    **{"SH": "peer-closed", "SL": "peer-closed", "SD": "reset", "RC": "local-resources"},
    **dict.fromkeys(("CC", "CD", "CH", "CL", "CQ", "CR"), "client-gone"),
}
"""Who ended it, and in which phase → class; what is no error of a connection is left out."""

_FLAGS = {
    **{"UF": "connect-failed", "UO": "pool-empty"},
    **{"UC": "peer-closed", "UR": "reset", "UT": "read-timeout", "UMSDR": "read-timeout"},
    **{"UH": "no-live-upstream", "LH": "no-live-upstream", "DC": "client-gone"},
}

# frontend backend/server timers [status] bytes [cookies] termination state
_HAPROXY = re.compile(
    r" ([\w.:-]{1,100}/[\w.:<>-]{1,100}) (?:\+?-?\d{1,10}/){2,4}\+?-?\d{1,10}"
    r" (?:-?\d{1,3} )?\+?\d{1,20} (?:\S{1,100} \S{1,100} )?([A-Za-z-]{2})(?:[A-Za-z-]{2})? \d",
    re.ASCII,
)
_ENVOY = re.compile(r'" \d{3} ([A-Z]{2,5}(?:,[A-Z]{2,5}){0,5}) ', re.ASCII)
_QUOTED = re.compile(r'"([^"\s]{1,300})"')


class ProxyLine(NamedTuple):
    """What a line of an access log tells.

    error: name of the class. text: where an address of the far end can stand. peer: the backend
    and its server, where they have names only.
    """

    error: str
    text: str
    peer: str | None
    runtime: str


def read_proxy_line(line: str) -> ProxyLine | None:
    """Recognise a failed request; None for all others, and for what no proxy wrote."""
    if found := _HAPROXY.search(line):
        name = "no-live-upstream" if "<NOSRV>" in found[1] else _TERMINATION.get(found[2])
        return ProxyLine(name, "", found[1], "haproxy") if name and found[2] != "--" else None
    if found := _ENVOY.search(line):
        name = next((n for flag in found[1].split(",") if (n := _FLAGS.get(flag))), None)
        quoted = _QUOTED.findall(line, found.end())
        return ProxyLine(name, quoted[-1] if quoted else "", None, "envoy") if name else None
    return None
