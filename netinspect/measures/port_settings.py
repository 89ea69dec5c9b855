"""How a namespace's range of ephemeral ports is set, and how busy it is."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from netinspect.finding import Evidence, Unit
from netinspect.measures.facts import Facts
from netinspect.model import Namespace

_MOST_SHOWN = 5


def range_size(namespace: Namespace) -> int | None:
    """Count the ports of the range; None where it is not known."""
    ports = namespace.port_range
    return None if ports is None else ports[1] - ports[0] + 1


def range_evidence(namespace: Namespace) -> Evidence:
    """Return the range as it is written: 32768-60999."""
    ports = namespace.port_range
    text = f"{ports[0]}-{ports[1]}" if ports else None
    return Evidence("port_range", text, Unit.TEXT, "net.ipv4.ip_local_port_range")


def count_used_ports(facts: Facts, netns: int) -> int:
    """Count the local ports of all outgoing connections of a namespace."""
    rows = facts.destinations.rows
    own = facts.sockets.netns[rows] == netns
    return int(np.count_nonzero(np.bincount(facts.sockets.local_port[rows[own]])))


def ports_text(ports: Iterable[int]) -> str:
    """Write ports as the sysctl does: "8080,9000-9002"; many are cut off with an ellipsis."""
    spans: list[list[int]] = []
    for port in sorted(ports):
        if spans and port == spans[-1][1] + 1:
            spans[-1][1] = port
        else:
            spans.append([port, port])
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in spans]
    return ",".join(texts[:_MOST_SHOWN]) + (",…" if len(texts) > _MOST_SHOWN else "")
