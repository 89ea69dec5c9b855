"""Accept queues: how many connections wait at a listener, and how many may.

Without sock_diag the limit is unknown, and the length may be: then no queue counts as full.
"""

from __future__ import annotations

from netinspect.finding import Evidence
from netinspect.measures.facts import Facts, Mask
from netinspect.model import UNKNOWN, TcpState

_SOURCE = "sock_diag LISTEN idiag_rqueue"


def limited_listeners(facts: Facts) -> Mask:
    """Tell which sockets listen with a limit that is known."""
    mask: Mask = facts.in_state(TcpState.LISTEN) & (facts.sockets.send_q != UNKNOWN)
    return mask


def full_queues(facts: Facts) -> Mask:
    """Tell which sockets listen and hold more connections than their limit says."""
    sockets = facts.sockets
    mask: Mask = limited_listeners(facts) & (sockets.recv_q > sockets.send_q)
    return mask


def queue_limit(facts: Facts, row: int) -> int | None:
    """Return the limit of a listener's queue; None = unknown."""
    return _known(int(facts.sockets.send_q[row]))


def queue_evidence(facts: Facts, row: int) -> Evidence:
    """Tell how many wait at a listener, and the limit."""
    queue = _known(int(facts.sockets.recv_q[row]))
    return Evidence("queue", queue, source=_SOURCE, limit=queue_limit(facts, row))


def _known(value: int) -> int | None:
    return None if value == UNKNOWN else value
