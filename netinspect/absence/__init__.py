"""What a host shows where an anomaly is not: the numbers that speak against it.

Few numbers exclude a cause: a counter that never moved, a limit that is far off. Most say only that
nothing of it is to be seen now, and the peer's side cannot be seen at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netinspect.absence import limits, ports, sockets
from netinspect.absence.absence import Absence, likely_spaces, qualify, sees_all
from netinspect.absence.counters import COUNTERS, read_counters
from netinspect.measures.facts import Facts
from netinspect.scope import Scope

__all__ = ["Absence", "describe_absence", "is_elsewhere", "likely_spaces", "qualify", "sees_all"]

_DESCRIBE: Mapping[str, Callable[[Facts, Scope], Absence | None]] = {
    "accept-queue-full": ports.accept_queue,
    "ephemeral-exhaustion": ports.ports_used,
    "ephemeral-bind-pool": ports.held_ports,
    "ephemeral-slow-connect": ports.ports_used,
    "time-wait-client": sockets.time_wait,
    "time-wait-server": sockets.time_wait,
    "fd-limit-process": limits.descriptors,
    "fd-limit-system": limits.open_files,
    "close-wait-leak": sockets.close_wait,
    "closing-pile-up": sockets.closing,
    "connect-timeout": sockets.unanswered,
    "peer-not-reading": sockets.zero_window,
    "waiting-for-response": sockets.waiting,
    "workers-saturated": sockets.unread,
    "reader-stalled": sockets.unread,
    "conntrack-full": limits.conntrack,
    "config-abort-on-overflow": limits.abort_on_overflow,
    "config-listener-in-range": ports.in_range,
    "port-squatted": ports.in_range,
}


_OF_THE_HOST = ("fd-limit-process", "fd-limit-system")
"""What has nothing to do with network namespaces."""

_SEEN_THERE: Mapping[str, str] = {
    "accept-queue-full": "ss -ltn{listening}",
    "workers-saturated": "ss -tn state established{listening}",
    "reader-stalled": "ss -tn state established{listening}",
    "config-abort-on-overflow": "sysctl net.ipv4.tcp_abort_on_overflow",
    "syn-queue-pressure": "nstat -az TcpExtTCPReqQFullDrop TcpExtTCPReqQFullDoCookies",
    "closed-port-dialled": "nstat -az TcpOutRsts",
    "reset-unread-data": "nstat -az TcpExtTCPAbortOnClose",
    "reset-linger-zero": "nstat -az TcpExtTCPAbortOnData",
}
"""What goes wrong at the side that was dialled, and the command that shows it there."""


def is_elsewhere(code: str, scope: Scope) -> bool:
    """Tell whether an anomaly would be on another host: the one that was dialled."""
    return code in _SEEN_THERE and scope.here is False


def describe_absence(code: str, facts: Facts, scope: Scope) -> Absence | None:
    """Say what speaks against an anomaly where an error happened; None = nothing known does."""
    there = _SEEN_THERE.get(code)
    if there is not None and scope.here is False:
        return Absence(f"it can be seen at the peer only: {_command(there, scope)}")
    if code in COUNTERS:
        absence = read_counters(code, facts, scope)
    else:
        describe = _DESCRIBE.get(code)
        absence = describe(facts, scope) if describe else None
    if absence is None:
        return None
    if there is not None and scope.here is None:
        look = _command(there, scope)
        return Absence(f"{absence.text}; if the peer is another host, look there: {look}")
    return absence if code in _OF_THE_HOST else qualify(absence, facts, scope)


def _command(there: str, scope: Scope) -> str:
    listening = f" 'sport = :{scope.port}'" if scope.port is not None else ""
    return f"`{there.format(listening=listening)}`"
