"""Counters: what was lost, refused or sent again between the two moments.

They only grow, so what they counted between two moments of one boot is the same in either order.
Sources: Documentation/networking/snmp_counter.rst, net/ipv4/proc.c, nf_conntrack_standalone.c.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from netinspect.changes.changes import Change, Difference, find_turn, known_differences
from netinspect.changes.notable import ROUTINE_RATE
from netinspect.changes.pair import Pair
from netinspect.finding import Scalar
from netinspect.humanize import rate_text

_LOSSES = {
    "TcpExt.ListenOverflows": "packets of handshakes that found an accept queue full",
    "TcpExt.ListenDrops": "packets of handshakes that listeners dropped",
    "TcpExt.TCPReqQFullDrop": "SYNs that a full SYN queue dropped",
    "TcpExt.TCPReqQFullDoCookies": "SYNs that were answered with a cookie",
    "TcpExt.TCPBacklogDrop": "segments that a full socket backlog dropped",
    "TcpExt.TCPRcvQDrop": "segments that a full receive queue dropped",
    "TcpExt.TCPAbortOnMemory": "connections reset for lack of memory, or too many orphans",
    "TcpExt.TCPMemoryPressures": "times TCP came under memory pressure",
    "TcpExt.TCPTimeWaitOverflow": "TIME_WAIT sockets that had no room",
    "Udp.RcvbufErrors": "datagrams that a full receive buffer dropped",
    "Udp.SndbufErrors": "datagrams that had no room to be sent",
    "Udp.MemErrors": "datagrams dropped for lack of memory",
    "Udp6.RcvbufErrors": "IPv6 datagrams that a full receive buffer dropped",
    "Udp6.SndbufErrors": "IPv6 datagrams that had no room to be sent",
}
"""On a healthy host they stand still."""

_ROUTINE = {
    "Tcp.RetransSegs": "segments sent again",
    "Tcp.AttemptFails": "connection attempts that failed",
    "Tcp.EstabResets": "open connections that ended by a reset or a timeout",
    "Tcp.OutRsts": "resets sent",
    "TcpExt.TCPTimeouts": "retransmission timeouts",
    "TcpExt.TCPSynRetrans": "SYNs and SYN-ACKs sent again",
    "TcpExt.TCPAbortOnTimeout": "connections given up after too many tries, or too long",
    "TcpExt.TCPAbortOnClose": "connections reset because they were closed with data unread",
    "TcpExt.TCPAbortOnData": "connections reset by SO_LINGER 0, or as data came after close()",
    "TcpExt.TCPZeroWindowDrop": "segments that came to a closed window",
    "Udp.NoPorts": "datagrams for a port that nobody has",
}
"""They move on any host."""

_CONNTRACK = {
    "drop": "packets that connection tracking dropped",
    "early_drop": "connections forgotten to make room for others",
}


def compare_counters(pair: Pair) -> Iterator[Change]:
    """Yield the counters that moved between two moments of one boot."""
    if not pair.same_boot or pair.other_namespace or not pair.elapsed:
        return
    for place, before, after in pair.namespaces():
        for names, kind in (
            (_LOSSES, "counters"),
            (_ROUTINE, "counters"),
            (_CONNTRACK, "conntrack"),
        ):
            old, new = getattr(before, kind), getattr(after, kind)
            counts = ((name, old.get(name), new.get(name)) for name in names)
            for value in known_differences(*counts):
                rate = (value.delta or 0) / pair.elapsed
                if rate > 0:  # else it began anew
                    routine = names is _ROUTINE and rate < ROUTINE_RATE
                    yield _change(pair, value, place, rate, names[value.name], notable=not routine)


def _change(
    pair: Pair, value: Difference, place: int, rate: float, text: str, *, notable: bool
) -> Change:
    name = value.name if "." in value.name else f"conntrack {value.name}"
    about: Mapping[str, Scalar] = {
        "counter": name,
        "rate": rate,
        "netns": str(place) if place else None,
    }
    subject = name + pair.place_text(place)
    values = (replace(value, name=name),)
    words = f"{rate_text(rate)}/s: {text}"
    return Change(find_turn(values), subject, values, words, about, notable)
