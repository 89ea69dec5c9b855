"""listener-unowned: a listener that no process holds, as far as all of them can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text
from netinspect.measures.accept_queue import queue_evidence
from netinspect.measures.facts import Facts, Rows
from netinspect.measures.subjects import listener_subject, namespace_subject
from netinspect.model import UNKNOWN, Namespace, OwnerReason, TcpState
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD

CODE = "listener-unowned"
_SOURCE = "sock_diag LISTEN idiag_inode, /proc/PID/fd"
_DISPROOF = "a process that cannot be seen from here holds it: one of another pid namespace"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look for listeners with an inode that is in no process's descriptors.

    Where most are so, it is the processes that cannot be seen from here.
    """
    listening = facts.in_state(TcpState.LISTEN) & facts.has_inode
    unowned = listening & (facts.sockets.owner_reason == OwnerReason.ELSEWHERE)
    for netns in np.unique(facts.sockets.netns[unowned]).tolist():
        inside = facts.sockets.netns == netns
        rows, total = np.flatnonzero(unowned & inside), int((listening & inside).sum())
        many = len(rows) >= thresholds["most_listeners"]
        if many and len(rows) > thresholds["most_share"] * total:
            yield _build_namespace(facts, netns, rows, total)
        else:
            yield from (_build(facts, row) for row in rows.tolist())


def _build(facts: Facts, row: int) -> Finding:
    queue = int(facts.sockets.recv_q[row])
    text = "no process holds it"
    if queue > 0:
        text += f", {count_text(queue)} wait"
    return Finding(
        CODE,
        Severity.WARNING if queue > 0 else Severity.INFO,
        listener_subject(facts, row),
        text,
        (
            Evidence("inode", str(facts.sockets.inode[row]), Unit.TEXT, "sock_diag idiag_inode"),
            Evidence("uid", str(facts.sockets.uid[row]), Unit.TEXT, "sock_diag idiag_uid"),
            queue_evidence(facts, row),
        ),
        disproof=_DISPROOF,
        level=queue if queue != UNKNOWN else None,
        hold=HELD,
        confidence=Confidence.LIKELY,
        sockets=facts.keys(np.array([row])),
    )


def _build_namespace(facts: Facts, netns: int, rows: Rows, total: int) -> Finding:
    count = len(rows)
    namespace = facts.now.namespace(netns) or Namespace(netns)
    return Finding(
        CODE,
        Severity.INFO,
        namespace_subject(namespace),
        f"{count_text(count)} of {count_text(total)} listeners have no visible holder",
        (
            Evidence("unowned", count, source=_SOURCE),
            Evidence("listeners", total, source="sock_diag LISTEN"),
        ),
        disproof="the processes of all pid namespaces can be seen, and none holds them",
        level=count,
        hold=HELD,
        confidence=Confidence.INFERRED,
        sockets=facts.keys(rows),
    )


RULE = Rule(
    CODE,
    "listener without a process",
    (
        Threshold("most_listeners", 3, "such listeners from which they are told as one"),
        Threshold("most_share", 0.5, "part of the listeners above which they are told as one"),
    ),
    check,
)
