"""accept-queue-full: connections wait for accept() and newcomers are dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import address_text, count_text, endpoint_text, rate_text
from netinspect.measures.accept_queue import full_queues, limited_listeners, queue_evidence
from netinspect.measures.facts import Facts, Mask, Rows
from netinspect.measures.listen_drops import (
    DROPS_SOURCE,
    OVERFLOWS,
    OVERFLOWS_SOURCE,
    ListenDrops,
    read_drops,
)
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.states import is_tcp
from netinspect.measures.subjects import listener_subject, namespace_subject, process_text
from netinspect.model import Namespace, Sample, SocketTable, TcpState
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD, HELD_RATE
from netinspect.rules.listener_owner import owner_evidence

CODE = "accept-queue-full"
_LISTEN = "sock_diag LISTEN"
_DISPROOF = (
    "the queue (Recv-Q of the LISTEN row) is empty whenever one looks, "
    "and the listener's drop counter stands still"
)
_MOST_NAMED = 3


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at queues and drops, at small queues of busy listeners, at listeners that are gone."""
    yield from _find_filling(facts, thresholds)
    for namespace in facts.now.namespaces:
        yield from _find_small(facts, namespace, thresholds)
        yield from _find_closed(facts, namespace)


def _find_filling(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    sockets = facts.sockets
    filling = sockets.recv_q >= np.maximum(
        thresholds["warning_queue"], thresholds["warning_share"] * sockets.send_q
    )
    peaked = (facts.peak_queue > sockets.send_q) & (sockets.send_q > thresholds["tiny_backlog"])
    suspects = full_queues(facts) | filling | peaked | (facts.growth("drops") > 0)
    for row in np.flatnonzero(limited_listeners(facts) & suspects).tolist():
        drops = read_drops(facts, row)
        judged = _judge(facts, row, drops, thresholds)
        if judged is not None:
            yield _build_filling(facts, row, drops, *judged)
        elif filling[row]:
            yield _build_filling(facts, row, drops, Severity.WARNING, HELD)
        elif peaked[row]:
            yield _build_filling(facts, row, drops, Severity.INFO, 1)


def _judge(
    facts: Facts, row: int, drops: ListenDrops, thresholds: Mapping[str, float]
) -> tuple[Severity, int] | None:
    """Return severity and hold of a queue that is full or was; None where it is neither."""
    queue, backlog = int(facts.sockets.recv_q[row]), int(facts.sockets.send_q[row])
    rate = drops.overflowed / facts.elapsed if drops.overflowed and facts.elapsed else 0.0
    if rate and queue == 0:
        if drops.syn_queue:
            return None  # then these are drops of the SYN queue
        return Severity.CRITICAL if rate >= thresholds["burst_rate"] else Severity.INFO, 1
    if rate:
        return Severity.CRITICAL, 1
    if queue > backlog:
        # Those that listen with next to no backlog are full as soon as somebody comes.
        return Severity.CRITICAL, HELD if backlog <= thresholds["tiny_backlog"] else 1
    return None


def _build_filling(
    facts: Facts, row: int, drops: ListenDrops, severity: Severity, hold: int
) -> Finding:
    queue, backlog = int(facts.sockets.recv_q[row]), int(facts.sockets.send_q[row])
    peak = int(facts.peak_queue[row])
    text = f"{count_text(queue)}/{count_text(backlog)} queued"
    if peak > queue:
        text += f", {count_text(peak)} at its peak"
    if drops.overflowed and facts.elapsed:
        text += f", {rate_text(drops.overflowed / facts.elapsed)} drops/s"
    return Finding(
        CODE,
        severity,
        listener_subject(facts, row),
        text,
        (*_queue_evidence(facts, row, drops), *owner_evidence(facts, row)),
        disproof=_DISPROOF,
        level=queue,
        limit=backlog,
        hold=hold,
        sockets=facts.keys(np.array([row])),
        runtime=find_runtime(facts.holder(row)),
    )


def _queue_evidence(facts: Facts, row: int, drops: ListenDrops) -> Iterator[Evidence]:
    sockets = facts.sockets
    queue, total = int(sockets.recv_q[row]), int(sockets.drops[row])
    known = drops.overflowed is not None and facts.elapsed
    rate = (drops.overflowed or 0) / facts.elapsed if known and facts.elapsed else None
    namespace = facts.now.namespace(int(sockets.netns[row]))
    somaxconn = namespace.sysctl_int("net.core.somaxconn") if namespace else None
    yield queue_evidence(facts, row)
    peak = int(facts.peak_queue[row])
    yield Evidence("peak_queue", peak if peak > queue else None, source=f"{_LISTEN}, pulses")
    yield Evidence("drops", drops.own, source=DROPS_SOURCE)
    yield Evidence("drop_rate", rate, Unit.RATE, f"{DROPS_SOURCE}; {OVERFLOWS_SOURCE}")
    yield Evidence("drops_total", total if total >= 0 else None, source=DROPS_SOURCE)
    yield Evidence("overflows", drops.overflows, source=OVERFLOWS_SOURCE)
    yield Evidence("somaxconn", somaxconn, source="net.core.somaxconn")
    yield Evidence("elapsed", facts.elapsed, Unit.SECONDS, "clock")


def _find_small(
    facts: Facts, namespace: Namespace, thresholds: Mapping[str, float]
) -> Iterator[Finding]:
    """Find listeners that a short pause in accept() would overflow.

    How many connections each one gets is concluded from those that are new.
    """
    total = facts.rate(namespace, "Tcp.PassiveOpens")
    if total is None or total <= thresholds["small_rate"]:
        return
    listeners = facts.children.listeners
    limit = facts.sockets.send_q[listeners]
    inside = _inside(facts, namespace, facts.sockets, listeners)
    rates = total * _shares(facts, inside)
    small = (limit > thresholds["tiny_backlog"]) & (limit < thresholds["small_backlog"])
    for position in np.flatnonzero(small & (rates > thresholds["small_rate"])).tolist():
        row = int(listeners[position])
        yield _build_small(facts, row, float(rates[position]), thresholds["small_rate"])


def _shares(facts: Facts, inside: Mask) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return each listener's part of the connections that are new in a namespace."""
    incoming = facts.incoming
    fresh = (facts.window.before_row[incoming.rows] < 0) & ~incoming.half_open
    new = np.where(inside, incoming.count(fresh), 0).astype(np.float64)
    if not new.any() and np.count_nonzero(inside) == 1:
        return inside.astype(np.float64)
    return new / max(1.0, float(new.sum()))


def _inside(facts: Facts, namespace: Namespace, sockets: SocketTable, rows: Rows) -> Mask:
    """Tell which of these sockets are in a namespace."""
    inodes = sockets.netns[rows].tolist()
    return np.array([facts.now.namespace(inode) is namespace for inode in inodes], np.bool_)


def _build_small(facts: Facts, row: int, rate: float, limit: float) -> Finding:
    backlog = int(facts.sockets.send_q[row])
    source = "/proc/net/snmp Tcp PassiveOpens"
    return Finding(
        CODE,
        Severity.WARNING,
        listener_subject(facts, row),
        f"room for {count_text(backlog)}, {rate_text(rate)} new connections/s",
        (
            *_queue_evidence(facts, row, read_drops(facts, row)),
            Evidence("new_rate", rate, Unit.RATE, source, limit),
            Evidence("pause", (backlog + 1) / rate, Unit.SECONDS, f"idiag_wqueue; {source}"),
            *owner_evidence(facts, row),
        ),
        disproof=_DISPROOF,
        hold=HELD_RATE,
        confidence=Confidence.INFERRED,
        sockets=facts.keys(np.array([row])),
        runtime=find_runtime(facts.holder(row)),
    )


def _find_closed(facts: Facts, namespace: Namespace) -> Iterator[Finding]:
    """Find overflows of a listener that was closed since the Sample before."""
    overflows = facts.delta(namespace, OVERFLOWS)
    if not overflows or facts.before is None:
        return
    listen = np.flatnonzero(facts.in_state(TcpState.LISTEN))
    listen = listen[_inside(facts, namespace, facts.sockets, listen)]
    closed = _closed_rows(facts, facts.before, namespace)
    grown = facts.growth("drops")[listen]
    if not len(closed) or grown.any():  # UNKNOWN counts as grown
        return
    yield Finding(
        CODE,
        Severity.WARNING,
        namespace_subject(namespace),
        f"{count_text(overflows)} dropped by a listener that is closed now",
        (
            Evidence("overflows", overflows, source=OVERFLOWS_SOURCE),
            Evidence("closed", _closed_text(facts.before, closed), Unit.TEXT, _LISTEN),
            Evidence("elapsed", facts.elapsed, Unit.SECONDS, "clock"),
        ),
        disproof="a listener that is still there counted these drops",
        confidence=Confidence.INFERRED,
    )


def _closed_rows(facts: Facts, before: Sample, namespace: Namespace) -> Rows:
    """Return the listeners of the Sample before that are no more; rows of that Sample."""
    gone = is_tcp(before.sockets) & (before.sockets.state == TcpState.LISTEN)
    kept = facts.window.before_row
    gone[kept[kept >= 0]] = False
    rows = np.flatnonzero(gone)
    return rows[_inside(facts, namespace, before.sockets, rows)]


def _closed_text(before: Sample, rows: Rows) -> str:
    named = []
    for row in rows[:_MOST_NAMED].tolist():
        sockets = before.sockets
        address = address_text(int(sockets.local_hi[row]), int(sockets.local_lo[row]))
        process = process_text(before.processes.get(int(sockets.pid[row])))
        named.append(f"{process} {endpoint_text(address, int(sockets.local_port[row]))}")
    return ", ".join(named)


RULE = Rule(
    CODE,
    "accept queue full",
    (
        Threshold("warning_queue", 3, "connections that wait, at least"),
        Threshold("warning_share", 0.5, "part of the accept queue in use"),
        Threshold(
            "burst_rate", 10, "drops per second that are grave though the queue is empty now"
        ),
        Threshold("tiny_backlog", 1, "limit up to which a full queue must last to be told"),
        Threshold("small_backlog", 128, "limit below which a busy listener is told"),
        Threshold("small_rate", 50, "new connections per second that make a listener busy"),
    ),
    check,
)
