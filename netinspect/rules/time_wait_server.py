"""time-wait-server: connections to a service that were closed from here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text, percent_text, rate_text
from netinspect.measures.facts import Facts, Rows
from netinspect.measures.grouping import group_rows
from netinspect.measures.port_use import count_closes, expected_time_wait
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import listener_subject
from netinspect.measures.timewait_store import TimewaitStore, read_store
from netinspect.model import TcpState
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD

CODE = "time-wait-server"
_SLAB_BYTES = 256  # of tw_sock_TCP for each, on a 64-bit kernel
_ROWS = "sock_diag TIME_WAIT rows"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Count the TIME_WAIT of each listening port."""
    sockets, children = facts.sockets, facts.children
    waiting = sockets.state[children.rows] == TcpState.TIME_WAIT
    rows, listener = children.rows[waiting], children.listener[waiting]
    groups = group_rows(sockets.netns[rows], sockets.local_port[rows])
    count = np.bincount(groups.of_row, minlength=len(groups)).tolist()
    for group, first in enumerate(groups.first.tolist()):
        store = read_store(facts.now.namespace(int(sockets.netns[rows[first]])))
        severity = _judge(count[group], store, thresholds)
        if severity is not None:
            own = groups.of_row == group
            row = _listener_row(facts, rows[own], listener[own])
            yield _build(facts, row, rows[own], severity, store)


def _judge(count: int, store: TimewaitStore, thresholds: Mapping[str, float]) -> Severity | None:
    full = store.fill is not None and store.fill >= thresholds["warning_fill"]
    if full and store.held is not None and count >= thresholds["warning_part"] * store.held:
        return Severity.WARNING
    return Severity.INFO if count >= thresholds["info_rows"] else None


def _listener_row(facts: Facts, rows: Rows, listener: Rows) -> int:
    """Find the listener most of them came in through; of siblings that share a port, the first."""
    known = listener[listener >= 0]
    if len(known):
        return int(facts.children.listeners[int(np.bincount(known).argmax())])
    sockets, row = facts.sockets, rows[0]
    same = (sockets.local_port == sockets.local_port[row]) & (sockets.netns == sockets.netns[row])
    return int(np.flatnonzero(facts.in_state(TcpState.LISTEN) & same)[0])


def _build(facts: Facts, row: int, rows: Rows, severity: Severity, store: TimewaitStore) -> Finding:
    process = facts.holder(row)
    closes = count_closes(facts.sockets, rows)
    return Finding(
        CODE,
        severity,
        listener_subject(facts, row, inferred=process is not None),
        _summary(len(rows), closes, severity, store),
        (
            Evidence("time_wait", len(rows), source=_ROWS),
            Evidence("memory", len(rows) * _SLAB_BYTES, Unit.BYTES, "slab tw_sock_TCP"),
            Evidence("close_rate", closes, Unit.RATE, "sock_diag idiag_expires"),
            Evidence("steady", expected_time_wait(closes), source="sock_diag idiag_expires"),
            *store.evidence(),
        ),
        disproof="the clients close first: then TIME_WAIT is on their side and not here",
        level=len(rows),
        hold=HELD,
        confidence=Confidence.CERTAIN if process is None else Confidence.INFERRED,
        sockets=facts.keys(rows),
        runtime=find_runtime(process),
    )


def _summary(count: int, closes: float | None, severity: Severity, store: TimewaitStore) -> str:
    text = f"{count_text(count)} in TIME_WAIT"
    if closes is not None:
        text += f", {rate_text(closes)} closes/s"
    if severity is Severity.WARNING:
        text += f", {percent_text(store.fill)} of tcp_max_tw_buckets in use"
    return text


RULE = Rule(
    CODE,
    "many TIME_WAIT on a listening port",
    (
        Threshold("info_rows", 5000, "rows in TIME_WAIT on one port that are worth a word"),
        Threshold("warning_fill", 0.8, "part of tcp_max_tw_buckets in use in the namespace"),
        Threshold("warning_part", 0.2, "part of these that the port has"),
    ),
    check,
)
