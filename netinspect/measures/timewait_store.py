"""How full a namespace's room for TIME_WAIT is, and who fills it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netinspect.finding import Evidence
from netinspect.humanize import address_text, count_text, endpoint_text
from netinspect.measures.ephemeral_ports import Destinations
from netinspect.measures.facts import Facts
from netinspect.measures.grouping import group_rows
from netinspect.model import Namespace, TcpState


@dataclass(frozen=True, slots=True)
class TimewaitStore:
    """What the kernel keeps of closed connections: TIME_WAIT, and FIN_WAIT2 of orphans."""

    held: int | None
    buckets: int | None  # tcp_max_tw_buckets

    @property
    def fill(self) -> float | None:
        """Return the part that is in use."""
        return self.held / self.buckets if self.held is not None and self.buckets else None

    def evidence(self) -> tuple[Evidence, ...]:
        """Return both numbers."""
        return (
            Evidence("held", self.held, source="/proc/net/sockstat TCP tw", limit=self.buckets),
            Evidence("buckets", self.buckets, source="net.ipv4.tcp_max_tw_buckets"),
        )


def read_store(namespace: Namespace | None) -> TimewaitStore:
    """Read it; None where it is not known."""
    if namespace is None:
        return TimewaitStore(None, None)
    buckets = namespace.sysctl_int("net.ipv4.tcp_max_tw_buckets")
    return TimewaitStore(namespace.sockstat.get("TCP.tw"), buckets)


def largest_client(facts: Facts, netns: int) -> str | None:
    """Name the destination with most TIME_WAIT: "10.0.0.9:5432 (900)"; None where there is none."""
    found: Destinations = facts.destinations
    own = facts.sockets.netns[found.first_rows] == netns
    count = np.where(own, found.time_wait, 0)
    if not count.any():
        return None
    row = int(found.first_rows[int(count.argmax())])
    high, low = int(facts.sockets.remote_hi[row]), int(facts.sockets.remote_lo[row])
    end = endpoint_text(address_text(high, low), int(facts.sockets.remote_port[row]))
    return f"{end} ({count_text(int(count.max()))})"


def largest_server(facts: Facts, netns: int) -> str | None:
    """Name the listening port with most TIME_WAIT: "port 8080 (900)"; None where there is none."""
    sockets, rows = facts.sockets, facts.children.rows
    mine = (sockets.state[rows] == TcpState.TIME_WAIT) & (sockets.netns[rows] == netns)
    if not mine.any():
        return None
    port = sockets.local_port[rows[mine]]
    groups = group_rows(port)
    count = np.bincount(groups.of_row)
    return f"port {port[groups.first[count.argmax()]]} ({count_text(int(count.max()))})"
