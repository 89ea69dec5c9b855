"""Connections of the Sample before that left nothing behind: who may have reset them.

No counter of resets is kept per process or per socket. A close() that resets removes the socket at
once, where an orderly one of the side that closes first leaves FIN_WAIT or TIME_WAIT. The side that
closes second leaves nothing either, so what is found here are candidates.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.ends import have_same_ends
from netinspect.measures.facts import Facts
from netinspect.measures.states import is_tcp
from netinspect.measures.subjects import process_text
from netinspect.model import Process, SocketTable, TcpState

_MOST_NAMED = 3


class Candidate(NamedTuple):
    """A process, and how many of its connections left nothing behind."""

    process: Process
    connections: int


def find_candidates(facts: Facts, netns: int, *, unread: bool) -> tuple[Candidate, ...]:
    """Find who may have reset connections since the Sample before, the likeliest first.

    unread: only those that had received data nobody read.
    """
    before = facts.before
    if before is None:
        return ()
    sockets = before.sockets
    rows = np.flatnonzero(_gone(facts, sockets) & (sockets.netns == netns) & (sockets.pid >= 0))
    if unread:
        rows = rows[sockets.recv_q[rows] > (sockets.state[rows] == TcpState.CLOSE_WAIT)]
    rows = rows[~have_same_ends(sockets.take(rows), facts.sockets)]
    pids, counts = np.unique(sockets.pid[rows], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    found = [(before.processes.get(int(pids[i])), int(counts[i])) for i in order.tolist()]
    return tuple(Candidate(process, count) for process, count in found if process)


def candidates_text(candidates: tuple[Candidate, ...]) -> str | None:
    """Name the likeliest: "java[812] (14), nginx[3] (2)"; None where there is none."""
    named = [f"{process_text(one.process)} ({one.connections:,})" for one in candidates]
    return ", ".join(named[:_MOST_NAMED]) or None


def _gone(facts: Facts, sockets: SocketTable) -> NDArray[np.bool_]:
    """Tell which established connections of the Sample before are no more."""
    kept = facts.window.before_row[facts.window.before_row >= 0]
    gone = is_tcp(sockets) & np.isin(sockets.state, (TcpState.ESTABLISHED, TcpState.CLOSE_WAIT))
    gone[kept] = False
    return gone
