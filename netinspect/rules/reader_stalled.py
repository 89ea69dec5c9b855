"""reader-stalled: data has arrived and our own program does not read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Evidence, Finding, Growth, Severity, Unit
from netinspect.humanize import bytes_text, count_text, duration_text
from netinspect.measures.culprits import Holder, find_holders
from netinspect.measures.facts import Facts, Rows
from netinspect.measures.runtimes import find_runtime
from netinspect.model import UNKNOWN, TcpState
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import grade, worst
from netinspect.rules.peers import peer_evidence

CODE = "reader-stalled"
_DISPROOF = "the Recv-Q of these sockets becomes smaller from one look to the next"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at unread data that nothing was added to for long; follow such as only grows."""
    sockets = facts.sockets
    unread = facts.in_state(TcpState.ESTABLISHED) & facts.has_inode & (sockets.recv_q > 0)
    # All that is there now came before the last of it did.
    old = unread & (sockets.last_data_recv >= thresholds["warning_seconds"] * 1000)
    growing = unread & facts.untouched & (sockets.last_data_recv != UNKNOWN)
    for holder in find_holders(facts, old | growing):
        stalled = holder.rows[old[holder.rows]]
        if len(stalled):
            yield _stalled(facts, holder, stalled, thresholds)
        else:
            yield _followed(facts, holder, thresholds)


def _stalled(facts: Facts, holder: Holder, rows: Rows, thresholds: Mapping[str, float]) -> Finding:
    sockets = facts.sockets
    # An outgoing connection may keep what no program asks for, such as TLS session tickets.
    left = facts.outgoing[rows] & (sockets.recv_q[rows] <= thresholds["leftover_bytes"])
    oldest = int(sockets.last_data_recv[rows].max()) / 1000
    closed = int(np.count_nonzero(sockets.rcv_wnd[rows] == 0))
    unread = int(sockets.recv_q[rows].sum())
    grave = rows[~left]
    severity = grade(
        int(sockets.last_data_recv[grave].max(initial=-1)) / 1000,
        thresholds["warning_seconds"],
        thresholds["critical_seconds"],
    )
    return Finding(
        CODE,
        worst(severity, Severity.CRITICAL if closed else Severity.INFO),
        holder.subject,
        f"{count_text(len(rows))} not read for {duration_text(oldest)}, {bytes_text(unread)} bytes",
        (
            *_evidence(facts, rows, unread),
            Evidence(
                "oldest",
                oldest,
                Unit.SECONDS,
                "tcp_info tcpi_last_data_recv",
                thresholds["warning_seconds"],
            ),
            Evidence("closed_windows", closed, source="tcp_info tcpi_rcv_wnd"),
        ),
        disproof=_DISPROOF,
        level=unread,
        sockets=facts.keys(rows),
        runtime=find_runtime(holder.process),
    )


def _followed(facts: Facts, holder: Holder, thresholds: Mapping[str, float]) -> Finding:
    rows = holder.rows
    unread = int(facts.sockets.recv_q[rows].sum())
    return Finding(
        CODE,
        None,
        holder.subject,
        f"{count_text(len(rows))} not read while more comes, {bytes_text(unread)} bytes",
        _evidence(facts, rows, unread),
        disproof=_DISPROOF,
        level=unread,
        growth=Growth(Severity.WARNING, thresholds["warning_seconds"]),
        sockets=facts.keys(rows),
        runtime=find_runtime(holder.process),
    )


def _evidence(facts: Facts, rows: Rows, unread: int) -> tuple[Evidence, ...]:
    return (
        Evidence("stalled", len(rows), source="sock_diag ESTABLISHED with idiag_rqueue > 0"),
        Evidence("unread", unread, Unit.BYTES, "sock_diag idiag_rqueue"),
        *peer_evidence(facts, rows),
    )


RULE = Rule(
    CODE,
    "data arrives and is not read",
    (
        Threshold("warning_seconds", 10, "seconds data lies unread"),
        Threshold("critical_seconds", 60, "seconds data lies unread"),
        Threshold(
            "leftover_bytes", 1024, "unread bytes on an outgoing connection that are no work"
        ),
    ),
    check,
)
