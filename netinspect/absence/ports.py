"""What listeners, local ports and settings show against a cause."""

from __future__ import annotations

import numpy as np

from netinspect.absence.absence import CLEAR, Absence, likely_spaces
from netinspect.humanize import count_text, percent_text
from netinspect.measures.accept_queue import queue_limit
from netinspect.measures.answering import find_answerers
from netinspect.measures.facts import Facts
from netinspect.measures.port_holders import may_be_given, parse_address
from netinspect.measures.subjects import listener_subject
from netinspect.model import UNKNOWN, TcpState
from netinspect.scope import Scope


def accept_queue(facts: Facts, scope: Scope) -> Absence | None:
    """Look at the queue of what was dialled, if that is here; else at the fullest."""
    sockets = facts.sockets
    rows = np.flatnonzero(facts.in_state(TcpState.LISTEN) & (sockets.recv_q >= 0))
    if scope.port is not None:
        address = parse_address(scope.address) if scope.here and scope.address else None
        spaces = [namespace.inode for namespace in likely_spaces(facts, scope)]
        rows = find_answerers(facts, address, scope.port, spaces).taking
    if not len(rows):
        where = "" if scope.port is None else f" on port {scope.port}"
        return Absence(f"nobody listens{where} here", bool(scope.here))
    fullest = int(rows[np.argmax(sockets.recv_q[rows])])
    queue, limit = int(sockets.recv_q[fullest]), queue_limit(facts, fullest)
    if queue == UNKNOWN:
        return None
    name = listener_subject(facts, fullest).text
    room = "" if limit is None else f" of {count_text(limit)}"
    text = f"{name} has {count_text(queue)}{room} queued"
    drops = sockets.drops[rows]
    if scope.port is None or (drops < 0).any():
        return Absence(f"the fullest accept queue here: {text}")
    dropped = int(drops.sum())
    never = queue == 0 and dropped == 0
    told = "none" if dropped == 0 else count_text(dropped)
    return Absence(f"{text} and has dropped {told} so far", never and bool(scope.here))


def ports_used(facts: Facts, scope: Scope) -> Absence | None:
    """Look at the destination that takes most local ports, of those that are meant."""
    found, sockets = facts.destinations, facts.sockets
    rows = found.first_rows
    meant = np.ones(len(rows), np.bool_)
    if scope.port is not None:
        meant &= sockets.remote_port[rows] == scope.port
    budgets = [facts.budget(namespace.inode) for namespace in likely_spaces(facts, scope)]
    usable = min((budget.usable for budget in budgets if budget), default=0)
    if not usable:
        return None
    most = int(found.used[meant].max()) if meant.any() else 0
    where = f"to port {scope.port}" if scope.port is not None else "to one destination"
    text = (
        f"connections {where} take {count_text(most)} of {count_text(usable)} local ports "
        f"({percent_text(most / usable)})"
    )
    return Absence(text, most < CLEAR * usable)


def held_ports(facts: Facts, scope: Scope) -> Absence | None:
    budgets = [facts.budget(namespace.inode) for namespace in likely_spaces(facts, scope)]
    held = [budget.held_elsewhere for budget in budgets if budget]
    return Absence(f"bind() holds {count_text(sum(held))} local ports") if held else None


def in_range(facts: Facts, scope: Scope) -> Absence | None:
    if scope.port is None:
        return None
    given = {may_be_given(facts.now, n.inode, scope.port) for n in likely_spaces(facts, scope)}
    if given != {False}:
        return None
    return Absence(f"port {scope.port} is none of those that clients are given", True)
