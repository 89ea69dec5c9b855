"""Half-open connections of listeners, and what their namespace did instead of taking more in.

Sources: `tcp_conn_request()`, `inet_csk_reqsk_queue_is_full()`; Documentation/networking/
ip-sysctl.rst: tcp_syncookies, tcp_max_syn_backlog.
"""

from __future__ import annotations

from dataclasses import dataclass

from netinspect.measures.facts import Facts
from netinspect.measures.listen_drops import OVERFLOWS
from netinspect.model import Namespace

_EVENTS = {
    "cookies_instead": "TcpExt.TCPReqQFullDoCookies",
    "refused": "TcpExt.TCPReqQFullDrop",
    "sent": "TcpExt.SyncookiesSent",
    "received": "TcpExt.SyncookiesRecv",
    "failed": "TcpExt.SyncookiesFailed",
    "drops": "TcpExt.ListenDrops",
    "overflows": OVERFLOWS,
}


@dataclass(frozen=True, slots=True)
class SynEvents:
    """What happened to SYNs of a namespace since the Sample before; None = not known.

    cookies_instead, refused: SYNs that met a full queue. sent, received, failed: SYN cookies.
    drops: of listeners, for whatever reason; overflows: those of accept queues.
    """

    cookies_instead: int | None
    refused: int | None
    sent: int | None
    received: int | None
    failed: int | None
    drops: int | None
    overflows: int | None

    @property
    def refused_quietly(self) -> int | None:
        """Count SYNs that tcp_max_syn_backlog kept out: those are in no counter of their own."""
        if self.drops is None or self.overflows is None or self.refused is None:
            return None
        return max(0, self.drops - self.overflows - self.refused)


def read_syn_events(facts: Facts, namespace: Namespace) -> SynEvents:
    """Compare the counters of two Samples."""
    return SynEvents(**{name: facts.delta(namespace, key) for name, key in _EVENTS.items()})


def syn_queue_limit(namespace: Namespace | None, backlog: int) -> int:
    """Return how many half-open connections a listener holds before its queue counts as full.

    tcp_max_syn_backlog plays a part only without cookies: then a quarter of it is kept free.
    """
    if namespace is None or namespace.sysctl_int("net.ipv4.tcp_syncookies") != 0:
        return backlog
    most = namespace.sysctl_int("net.ipv4.tcp_max_syn_backlog")
    return backlog if most is None else min(backlog, most - (most >> 2))
