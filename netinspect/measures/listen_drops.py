"""Connection attempts that listeners dropped between two Samples, and why.

Sources: Documentation/networking/snmp_counter.rst; `tcp_conn_request()`, `tcp_v4_syn_recv_sock()`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from netinspect.measures.facts import Facts
from netinspect.model import TcpState

DROPS_SOURCE = "sock_diag LISTEN SKMEMINFO drops"
OVERFLOWS = "TcpExt.ListenOverflows"
OVERFLOWS_SOURCE = "/proc/net/netstat TcpExt ListenOverflows"


class ListenDrops(NamedTuple):
    """What a listener, and its whole namespace, dropped since the Sample before; None = unknown."""

    own: int | None
    overflows: int | None  # of accept queues
    syn_queue: int | None  # SYNs refused because of too many half-open connections
    alone: bool  # no other listener of the namespace dropped anything

    @property
    def overflowed(self) -> int | None:
        """Count the attempts of this listener that a full accept queue explains.

        Its own counter also has what the SYN queue refused, and counts a refused last step of a
        handshake twice: it tells whose drops they are, ListenOverflows how many.
        """
        if not self.own or self.overflows is None:
            return self.own
        return self.overflows if self.alone else min(self.own, self.overflows)


def read_drops(facts: Facts, row: int) -> ListenDrops:
    """Read the drops of a listener."""
    sockets = facts.sockets
    grown = facts.growth("drops")
    namespace = facts.now.namespace(int(sockets.netns[row]))
    dropping = facts.in_state(TcpState.LISTEN) & (grown > 0)
    return ListenDrops(
        own=int(grown[row]) if grown[row] >= 0 else None,
        overflows=facts.delta(namespace, OVERFLOWS) if namespace else None,
        syn_queue=facts.delta(namespace, "TcpExt.TCPReqQFullDrop") if namespace else None,
        alone=np.count_nonzero(dropping & (sockets.netns == sockets.netns[row])) == 1,
    )
