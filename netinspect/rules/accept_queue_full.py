"""accept-queue-full: connections wait for accept() and newcomers are dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text, rate_text
from netinspect.measures.facts import Facts
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import listener_subject
from netinspect.model import TcpState
from netinspect.parts import Rule, Threshold

CODE = "accept-queue-full"
_HOLD = 3
_LISTEN = "sock_diag LISTEN"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at every listener whose queue fills or that dropped connections just now."""
    sockets = facts.sockets
    drops = facts.growth("drops")
    full = sockets.recv_q > sockets.send_q
    filling = sockets.recv_q >= np.maximum(
        thresholds["warning_queue"], thresholds["warning_share"] * sockets.send_q
    )
    suspects = facts.in_state(TcpState.LISTEN) & (full | filling | (drops > 0))
    for row in np.flatnonzero(suspects).tolist():
        yield _build(facts, row, int(drops[row]))


def _build(facts: Facts, row: int, drops: int) -> Finding:
    queue, backlog = int(facts.sockets.recv_q[row]), int(facts.sockets.send_q[row])
    critical = drops > 0 or queue > backlog
    return Finding(
        CODE,
        Severity.CRITICAL if critical else Severity.WARNING,
        listener_subject(facts, row),
        _summary(facts, queue, backlog, drops),
        _evidence(facts, row, queue, backlog, drops),
        disproof="the queue (Recv-Q of the LISTEN row) is empty whenever one looks, "
        "and the listener's drop counter stands still",
        level=queue,
        limit=backlog,
        hold=1 if critical else _HOLD,
        sockets=facts.keys(np.array([row])),
        runtime=find_runtime(facts.holder(row)),
    )


def _summary(facts: Facts, queue: int, backlog: int, drops: int) -> str:
    text = f"{count_text(queue)}/{count_text(backlog)} queued"
    if drops > 0 and facts.elapsed:
        text += f", {rate_text(drops / facts.elapsed)} drops/s"
    return text


def _evidence(facts: Facts, row: int, queue: int, backlog: int, drops: int) -> tuple[Evidence, ...]:
    sockets = facts.sockets
    total = int(sockets.drops[row])
    namespace = facts.now.namespace(int(sockets.netns[row]))
    overflows = facts.delta(namespace, "TcpExt.ListenOverflows") if namespace else None
    somaxconn = namespace.sysctl_int("net.core.somaxconn") if namespace else None
    rate = drops / facts.elapsed if drops >= 0 and facts.elapsed else None
    return (
        Evidence("queue", queue, source=f"{_LISTEN} idiag_rqueue", limit=backlog),
        Evidence("drops", drops if drops >= 0 else None, source=f"{_LISTEN} SKMEMINFO drops"),
        Evidence("drop_rate", rate, Unit.RATE, f"{_LISTEN} SKMEMINFO drops"),
        Evidence("drops_total", total if total >= 0 else None, source=f"{_LISTEN} SKMEMINFO drops"),
        Evidence("overflows", overflows, source="/proc/net/netstat TcpExt ListenOverflows"),
        Evidence("somaxconn", somaxconn, source="net.core.somaxconn"),
        Evidence("elapsed", facts.elapsed, Unit.SECONDS, "clock"),
    )


RULE = Rule(
    CODE,
    "accept queue full",
    (
        Threshold("warning_queue", 3, "connections that wait, at least"),
        Threshold("warning_share", 0.5, "part of the accept queue in use"),
    ),
    check,
)
