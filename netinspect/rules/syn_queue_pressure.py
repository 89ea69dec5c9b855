"""syn-queue-pressure: half-open connections fill a listener's SYN queue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text, rate_text
from netinspect.measures.accept_queue import full_queues, limited_listeners, queue_evidence
from netinspect.measures.culprits import count_peers, top_peer
from netinspect.measures.facts import Facts, Rows
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import listener_subject, namespace_subject
from netinspect.measures.syn_queue import SynEvents, read_syn_events, syn_queue_limit
from netinspect.model import Namespace
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD

CODE = "syn-queue-pressure"
_ROWS = "sock_diag SYN_RECV"
_NETSTAT = "/proc/net/netstat TcpExt"
_SYNCOOKIES = "net.ipv4.tcp_syncookies"
_ALWAYS = 2  # of tcp_syncookies: cookies are sent however empty the queue is
_MANY_RESENT, _FEW_SOURCES = 5, 3


class _Queue(NamedTuple):
    """The half-open connections of a listener. dropped: its drop counter grew; None = unknown."""

    row: int
    rows: Rows
    limit: int
    accept_queue_full: bool
    dropped: bool | None


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Compare half-open connections with what the queue holds; look at what did not fit in."""
    for namespace in facts.now.namespaces:
        events = read_syn_events(facts, namespace)
        told = False
        for queue in _find_queues(facts, namespace):
            judged = _judge(facts, namespace, events, queue, thresholds)
            if judged is not None:
                told = True
                yield _build_listener(facts, namespace, events, queue, *judged)
        severity = _grade_events(facts, namespace, events, thresholds)
        if severity is not None and not told:
            yield _build_namespace(facts, namespace, events, severity)


def _find_queues(facts: Facts, namespace: Namespace) -> Iterator[_Queue]:
    """Find the listeners of a namespace with half-open connections, drops or a full queue."""
    sockets, listeners, incoming = facts.sockets, facts.children.listeners, facts.incoming
    grown = facts.growth("drops")[listeners]
    full = full_queues(facts)[listeners]
    suspects = (incoming.count(incoming.half_open) > 0) | (grown > 0) | full
    limited = limited_listeners(facts)[listeners]
    for position in np.flatnonzero(suspects & limited).tolist():
        row, drops = int(listeners[position]), int(grown[position])
        if facts.now.namespace(int(sockets.netns[row])) is namespace:
            yield _Queue(
                row,
                incoming.of(position, incoming.half_open),
                syn_queue_limit(namespace, int(sockets.send_q[row])),
                bool(full[position]),
                drops > 0 if drops >= 0 else None,
            )


def _judge(
    facts: Facts,
    namespace: Namespace,
    events: SynEvents,
    queue: _Queue,
    thresholds: Mapping[str, float],
) -> tuple[Severity, int] | None:
    """Return severity and hold; None where the queue has room and nothing was kept out."""
    count = len(queue.rows)
    filling = count >= thresholds["warning_connections"] and (
        count > thresholds["warning_share"] * queue.limit
    )
    if (events.refused or events.refused_quietly) and filling and queue.dropped is not False:
        return Severity.CRITICAL, 1
    severity = _grade_events(facts, namespace, events, thresholds)
    if severity is not None and not events.refused and (filling or queue.accept_queue_full):
        return severity, 1
    if filling and count > queue.limit and namespace.sysctl_int(_SYNCOOKIES) == 0:
        return Severity.CRITICAL, HELD
    return (Severity.WARNING, HELD) if filling else None


def _grade_events(
    facts: Facts, namespace: Namespace, events: SynEvents, thresholds: Mapping[str, float]
) -> Severity | None:
    """Judge what the counters tell: SYNs that were refused, cookies that were needed or wrong."""
    if not facts.elapsed:
        return None
    if events.refused or (events.failed or 0) / facts.elapsed >= thresholds["failed_rate"]:
        return Severity.CRITICAL
    needed = events.cookies_instead and namespace.sysctl_int(_SYNCOOKIES) != _ALWAYS
    return Severity.WARNING if needed else None


def _build_listener(
    facts: Facts,
    namespace: Namespace,
    events: SynEvents,
    queue: _Queue,
    severity: Severity,
    hold: int,
) -> Finding:
    count = len(queue.rows)
    return Finding(
        CODE,
        severity,
        listener_subject(facts, queue.row),
        f"{count_text(count)}/{count_text(queue.limit)} half-open{_events_text(facts, events)}",
        (*_queue_evidence(facts, queue), *_event_evidence(facts, namespace, events)),
        disproof="the half-open connections are gone at the next look, and neither cookies nor "
        "refusals were needed",
        level=count,
        limit=queue.limit,
        hold=hold,
        confidence=Confidence.LIKELY if severity is Severity.CRITICAL else Confidence.CERTAIN,
        sockets=facts.keys(queue.rows),
        runtime=find_runtime(facts.holder(queue.row)),
    )


def _build_namespace(
    facts: Facts, namespace: Namespace, events: SynEvents, severity: Severity
) -> Finding:
    return Finding(
        CODE,
        severity,
        namespace_subject(namespace),
        f"no listener's SYN queue is full now{_events_text(facts, events)}",
        tuple(_event_evidence(facts, namespace, events)),
        disproof="the counters of SYN cookies and refused SYNs stand still",
        confidence=Confidence.INFERRED,
    )


def _events_text(facts: Facts, events: SynEvents) -> str:
    text = ""
    refused = (events.refused or 0) + (events.refused_quietly or 0)
    for count, what in (
        (refused, "SYNs refused/s"),
        (events.cookies_instead, "cookies/s"),
        (events.failed, "wrong cookies/s"),
    ):
        if count and facts.elapsed:
            text += f", {rate_text(count / facts.elapsed)} {what}"
    return text


def _queue_evidence(facts: Facts, queue: _Queue) -> Iterator[Evidence]:
    sockets = facts.sockets
    yield Evidence("half_open", len(queue.rows), source=_ROWS, limit=queue.limit)
    yield queue_evidence(facts, queue.row)
    if queue.accept_queue_full:
        yield Evidence("accept_queue_full", True, Unit.TEXT, "sock_diag LISTEN idiag_rqueue")
    if not len(queue.rows):
        return
    peer, times = top_peer(facts, queue.rows)
    yield Evidence("sources", count_peers(facts, queue.rows), source=f"{_ROWS} idiag_dst")
    yield Evidence("top_peer", peer, Unit.TEXT, f"{_ROWS} idiag_dst")
    yield Evidence("top_peer_sockets", times, source=f"{_ROWS} idiag_dst")
    resent = queue.rows[sockets.retrans[queue.rows] >= 2]
    yield Evidence("resent", len(resent), source=f"{_ROWS} idiag_retrans")
    if len(resent) >= _MANY_RESENT and count_peers(facts, resent) <= _FEW_SOURCES:
        yield Evidence("few_sources", True, Unit.TEXT, f"{_ROWS} idiag_dst, idiag_retrans")


def _event_evidence(facts: Facts, namespace: Namespace, events: SynEvents) -> Iterator[Evidence]:
    for name, value, counter in (
        ("cookies_instead", events.cookies_instead, "TCPReqQFullDoCookies"),
        ("refused", events.refused, "TCPReqQFullDrop"),
        ("refused_quietly", events.refused_quietly, "ListenDrops - ListenOverflows"),
        ("cookies_sent", events.sent, "SyncookiesSent"),
        ("cookies_received", events.received, "SyncookiesRecv"),
        ("cookies_failed", events.failed, "SyncookiesFailed"),
    ):
        yield Evidence(name, value, source=f"{_NETSTAT} {counter}")
    if events.sent and events.received is not None:
        yield Evidence(_reading(events.received / events.sent), True, Unit.TEXT, _NETSTAT)
    yield Evidence("syncookies", namespace.sysctl_int(_SYNCOOKIES), source=_SYNCOOKIES)
    most = "net.ipv4.tcp_max_syn_backlog"
    yield Evidence("max_syn_backlog", namespace.sysctl_int(most), source=most)
    yield Evidence("elapsed", facts.elapsed, Unit.SECONDS, "clock")


def _reading(answered: float) -> str:
    """Say what it means that this part of the cookies came back."""
    if answered > 1:
        return "answered_again"  # a client sends again what a full accept queue dropped
    return "real_clients" if answered >= 0.5 else "no_answers"


RULE = Rule(
    CODE,
    "SYN queue fills",
    (
        Threshold("warning_connections", 3, "half-open connections of a listener, at least"),
        Threshold("warning_share", 0.5, "part of the SYN queue in use"),
        Threshold("failed_rate", 1, "wrong SYN cookies per second that are critical"),
    ),
    check,
)
