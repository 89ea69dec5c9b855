"""What the states and queues of sockets show against a cause."""

from __future__ import annotations

import numpy as np

from netinspect.absence.absence import Absence
from netinspect.humanize import counted_text
from netinspect.measures.facts import Facts, Mask
from netinspect.measures.port_holders import parse_address
from netinspect.model import TcpState, Timer
from netinspect.scope import End, Scope

_ENDINGS = (TcpState.FIN_WAIT1, TcpState.CLOSING, TcpState.LAST_ACK)


def _in_states(facts: Facts, scope: Scope, *states: TcpState) -> Absence:
    mask = facts.in_state(*states)
    if scope.pid is not None and TcpState.CLOSE_WAIT in states:
        mask = mask & (facts.sockets.pid == scope.pid)
    count = int(np.count_nonzero(mask))
    names = ", ".join(state.name for state in states)
    return Absence(f"{counted_text(count, 'socket')} in {names}", count == 0)


def _towards(facts: Facts, scope: Scope) -> tuple[Mask, str]:
    """Select what goes to the end that was dialled, and say which that is.

    A host name is not looked up: then the port alone decides.
    """
    sockets, mask = facts.sockets, facts.tcp
    end = scope.ends[0] if scope.ends else End()
    if end.is_name:
        end = End(None, end.port)
    if end.port is not None:
        mask = mask & (sockets.remote_port == end.port)
    if end.address is not None:
        high, low = parse_address(end.address)
        mask = mask & (sockets.remote_hi == high) & (sockets.remote_lo == low)
    return mask, "" if end == End() else f" to {end.text}"


def close_wait(facts: Facts, scope: Scope) -> Absence:
    return _in_states(facts, scope, TcpState.CLOSE_WAIT)


def time_wait(facts: Facts, scope: Scope) -> Absence:
    return _in_states(facts, scope, TcpState.TIME_WAIT)


def closing(facts: Facts, scope: Scope) -> Absence:
    return _in_states(facts, scope, *_ENDINGS)


def unanswered(facts: Facts, scope: Scope) -> Absence:
    """Look for attempts in flight; one that was given up within a second left no trace."""
    towards, where = _towards(facts, scope)
    mask = facts.in_state(TcpState.SYN_SENT) & (facts.sockets.retrans > 0) & towards
    count = int(np.count_nonzero(mask))
    if count:
        return Absence(f"{counted_text(count, 'attempt')}{where} sent a SYN more than once")
    return Absence(f"no connection attempt{where} is without an answer at this moment")


def zero_window(facts: Facts, scope: Scope) -> Absence:
    waiting = facts.tcp & (facts.sockets.timer == Timer.PERSIST)
    count = int(np.count_nonzero(waiting))
    return Absence(f"{counted_text(count, 'socket')} in all waiting for the peer to read")


def unread(facts: Facts, scope: Scope) -> Absence:
    mask = facts.in_state(TcpState.ESTABLISHED) & (facts.sockets.recv_q > 0)
    if scope.port is not None:
        mask &= facts.sockets.local_port == scope.port
    where = f" on port {scope.port}" if scope.port is not None else ""
    count = int(np.count_nonzero(mask))
    noun = counted_text(count, "connection")
    return Absence(f"{noun}{where} with data that the program has not read")


def waiting(facts: Facts, scope: Scope) -> Absence:
    towards, where = _towards(facts, scope)
    mask = facts.in_state(TcpState.ESTABLISHED) & facts.outgoing & towards
    count = int(np.count_nonzero(mask))
    if count:
        return Absence(f"{counted_text(count, 'connection')}{where}, none that waits for long")
    return Absence(f"no connection{where} is open now")
