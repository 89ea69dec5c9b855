"""time-wait-client: many short connections to one destination, closed from here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text, rate_text
from netinspect.measures.facts import Facts
from netinspect.measures.port_use import (
    Dialler,
    PortUse,
    PortUses,
    budget_evidence,
    count_closes,
    expected_time_wait,
    find_dialler,
)
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import destination_subject
from netinspect.model import TcpState
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD

CODE = "time-wait-client"
_ROWS = "sock_diag TIME_WAIT rows"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at the destinations for which TIME_WAIT pins a good part of the local ports."""
    uses = PortUses(facts)
    share = uses.share_of_usable(uses.found.time_wait - uses.found.reusable)
    suspects = (share >= thresholds["info_share"]) & (uses.found.time_wait > 0)
    for index in np.flatnonzero(suspects).tolist():
        use = uses.use(index)
        if use is not None:
            yield _build(facts, use, float(share[index]), thresholds)


def _build(facts: Facts, use: PortUse, share: float, thresholds: Mapping[str, float]) -> Finding:
    dialler = find_dialler(facts, use.rows)
    closes = count_closes(facts.sockets, use.rows)
    steady = expected_time_wait(closes)
    waiting = use.rows[facts.sockets.state[use.rows] == TcpState.TIME_WAIT]
    usable = use.budget.usable
    known = dialler.process is not None
    return Finding(
        CODE,
        _judge(use, share, thresholds),
        destination_subject(facts, int(use.rows[0]), dialler.process, inferred=known),
        _summary(use, closes),
        _evidence(facts, use, share, closes, dialler, thresholds),
        disproof="the rows in TIME_WAIT to this destination are few a minute later, "
        "under the same load",
        level=use.time_wait - use.reusable,
        # They stop growing by themselves where they come to less than all ports.
        limit=usable if steady is not None and steady >= usable else None,
        hold=HELD,
        confidence=Confidence.INFERRED if known else Confidence.CERTAIN,
        sockets=facts.keys(waiting),
        runtime=find_runtime(dialler.process),
    )


def _judge(use: PortUse, share: float, thresholds: Mapping[str, float]) -> Severity:
    if share < thresholds["warning_share"]:
        return Severity.INFO
    full = use.share >= thresholds["exhausted_share"]
    return Severity.CRITICAL if full or share >= thresholds["critical_share"] else Severity.WARNING


def _summary(use: PortUse, closes: float | None) -> str:
    text = f"{count_text(use.time_wait)}/{count_text(use.budget.usable)} ports in TIME_WAIT"
    return text if closes is None else f"{text}, {rate_text(closes)} closes/s"


def _evidence(
    facts: Facts,
    use: PortUse,
    share: float,
    closes: float | None,
    dialler: Dialler,
    thresholds: Mapping[str, float],
) -> tuple[Evidence, ...]:
    netns = int(facts.sockets.netns[use.rows[0]])
    expires = "sock_diag idiag_expires"
    reusable = "sock_diag idiag_expires, net.ipv4.tcp_tw_reuse"
    return (
        Evidence("time_wait", use.time_wait, source=_ROWS, limit=use.budget.usable),
        Evidence("time_wait_share", share, Unit.SHARE, _ROWS, thresholds["warning_share"]),
        Evidence("reusable", use.reusable, source=reusable),
        Evidence("close_rate", closes, Unit.RATE, expires),
        Evidence("steady", expected_time_wait(closes), source=expires),
        Evidence("used", use.used, source="sock_diag rows", limit=use.budget.usable),
        Evidence("processes", dialler.processes or None, source="/proc/PID/fd"),
        *budget_evidence(facts, netns, use.budget),
    )


RULE = Rule(
    CODE,
    "many TIME_WAIT towards one destination",
    (
        Threshold("info_share", 0.2, "part of the usable ports in TIME_WAIT that is worth a word"),
        Threshold("warning_share", 0.35, "part of the usable ports in TIME_WAIT"),
        Threshold("critical_share", 0.45, "part of the usable ports in TIME_WAIT"),
        Threshold("exhausted_share", 0.9, "part of the usable ports taken, in whatever state"),
    ),
    check,
)
