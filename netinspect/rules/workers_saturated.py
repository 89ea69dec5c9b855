"""workers-saturated: connections are accepted, and nobody reads the requests on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text, duration_text
from netinspect.measures.accept_queue import queue_evidence
from netinspect.measures.facts import Facts, Rows
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import listener_subject
from netinspect.model import UNKNOWN
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD_RATE
from netinspect.rules.listener_owner import process_evidence

CODE = "workers-saturated"
_ROWS = "sock_diag ESTABLISHED"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Count, for each listener, the accepted connections nobody read since the Sample before."""
    incoming, listeners = facts.incoming, facts.children.listeners
    untouched = incoming.accepted & facts.untouched[incoming.rows]
    unread, accepted = incoming.count(untouched), incoming.count(incoming.accepted)
    large = unread >= thresholds["warning_share"] * accepted
    told = unread >= thresholds["warning_connections"]
    told |= large & (unread >= thresholds["least_connections"])
    for position in np.flatnonzero(told).tolist():
        rows = incoming.of(position, untouched)
        yield _build(facts, int(listeners[position]), rows, int(accepted[position]), thresholds)


def _build(
    facts: Facts, listener: int, rows: Rows, accepted: int, thresholds: Mapping[str, float]
) -> Finding:
    count = len(rows)
    ages = facts.sockets.last_data_recv[rows]
    oldest = None if (ages == UNKNOWN).all() else int(ages.max()) / 1000
    text = f"{count_text(count)} of {count_text(accepted)} connections unread"
    if oldest is not None:
        text += f", oldest {duration_text(oldest)}"
    share_limit = thresholds["warning_share"]
    return Finding(
        CODE,
        Severity.WARNING,
        listener_subject(facts, listener),
        text,
        (
            Evidence(
                "unread",
                count,
                Unit.COUNT,
                f"{_ROWS} idiag_rqueue",
                thresholds["warning_connections"],
            ),
            Evidence("accepted", accepted, source=f"{_ROWS} idiag_inode"),
            Evidence("share", count / accepted, Unit.SHARE, f"{_ROWS} idiag_rqueue", share_limit),
            Evidence("oldest", oldest, Unit.SECONDS, f"{_ROWS} tcpi_last_data_recv"),
            queue_evidence(facts, listener),
            *process_evidence(facts, listener),
        ),
        disproof="the unread bytes of these connections become fewer from one look to the next",
        level=count,
        hold=HELD_RATE,
        confidence=Confidence.LIKELY,
        sockets=facts.keys(rows),
        runtime=find_runtime(facts.holder(listener)),
    )


RULE = Rule(
    CODE,
    "accepted requests nobody reads",
    (
        Threshold("warning_connections", 5, "connections with a request nobody reads"),
        Threshold("warning_share", 0.2, "part of the listener's connections that are so"),
        Threshold("least_connections", 3, "connections below which the share does not count"),
    ),
    check,
)
