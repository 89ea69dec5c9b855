"""Ports that had a listener a short while ago and have none now."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.facts import Facts
from netinspect.measures.grouping import group_rows
from netinspect.measures.listened import Listened, PortKey, listening_ports
from netinspect.measures.states import is_connection
from netinspect.model import Process, TcpState

_RECENT = 300.0  # seconds
_STEADY = 3  # Samples in which a listener on a port of the ephemeral range was there


class LostListener(NamedTuple):
    """A port nobody listens on any more.

    seconds: since a listener was seen, and process: who held it; None = it was not seen, but
    concluded from connections that share the port.
    """

    key: PortKey
    seconds: float | None
    process: Process | None


def find_lost_listeners(facts: Facts, netns: int) -> list[LostListener]:
    """Find the ports of a namespace that lost their last listener, the last one first."""
    listening = listening_ports(facts.sockets)
    now = facts.now.monotonic
    lost = [
        LostListener(key, now - seen.last, seen.process)
        for key, seen in facts.listened.items()
        if key.netns == netns and key not in listening and _counts(facts, key, seen)
    ]
    known = {one.key for one in lost}
    left = [key for key in _left_alone(facts, netns) if key not in listening and key not in known]
    return sorted(lost, key=lambda one: one.seconds or 0) + [
        LostListener(key, None, None) for key in left
    ]


def _counts(facts: Facts, key: PortKey, seen: Listened) -> bool:
    """Tell whether a listener was more than one for a moment, as those of a transfer are."""
    if facts.now.monotonic - seen.last > _RECENT:
        return False
    return seen.samples >= _STEADY or not _given_out(facts, key.netns, np.array([key.port]))[0]


def _left_alone(facts: Facts, netns: int) -> list[PortKey]:
    """Find ports outside the ephemeral range with connections to several remote ends.

    Outgoing connections have such a port only when their program chose it, and then they most often
    go to one port of the other side.
    """
    sockets = facts.sockets
    connected = is_connection(sockets) & (sockets.state != TcpState.SYN_SENT)
    rows = np.flatnonzero(connected & (sockets.netns == netns))
    rows = rows[~_given_out(facts, netns, sockets.local_port[rows])]
    groups = group_rows(sockets.local_port[rows])
    remote = sockets.remote_port[rows]
    several = np.zeros(len(groups), np.bool_)
    several[groups.of_row[remote != remote[groups.first][groups.of_row]]] = True
    ports = sockets.local_port[rows[groups.first[several]]]
    return [PortKey(netns, port) for port in ports.tolist()]


def _given_out(facts: Facts, netns: int, ports: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Tell which ports are of the ephemeral range; all of them where that is not known."""
    namespace = facts.now.namespace(netns)
    if namespace is None or namespace.port_range is None:
        return np.ones(len(ports), np.bool_)
    first, last = namespace.port_range
    return (ports >= first) & (ports <= last)
