"""ephemeral-exhaustion: no local port is left for connections to one destination."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Growth, Severity, Unit
from netinspect.humanize import count_text
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
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD

CODE = "ephemeral-exhaustion"
_ROWS = "sock_diag rows"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at the destinations that take a good part of the local ports."""
    uses = PortUses(facts)
    share = uses.share_of_usable(uses.found.used - uses.found.reusable)
    for index in np.flatnonzero(share >= thresholds["followed_share"]).tolist():
        use = uses.use(index)
        if use is not None:
            yield _build(facts, use, thresholds)


def _build(facts: Facts, use: PortUse, thresholds: Mapping[str, float]) -> Finding:
    dialler = find_dialler(facts, use.rows)
    severity = _judge(use, thresholds)
    closes = count_closes(facts.sockets, use.rows)
    settles = _settles(use, closes)
    inferred = dialler.process is not None and (dialler.inferred or _mostly_waiting(use))
    return Finding(
        CODE,
        severity,
        destination_subject(facts, int(use.rows[0]), dialler.process, inferred=inferred),
        _summary(use),
        _evidence(facts, use, closes, dialler, thresholds),
        disproof="connect() to this destination succeeds at once from a process that does not "
        "bind() before",
        level=use.taken,
        limit=None if settles else use.budget.usable,
        hold=1 if severity is Severity.CRITICAL else HELD,
        growth=None
        if settles
        else Growth(
            Severity.CRITICAL, thresholds["growth_seconds"], thresholds["critical_time_left"]
        ),
        confidence=Confidence.INFERRED if inferred else Confidence.CERTAIN,
        sockets=facts.keys(use.rows),
        runtime=find_runtime(dialler.process),
    )


def _judge(use: PortUse, thresholds: Mapping[str, float]) -> Severity | None:
    if use.share < thresholds["warning_share"]:
        return None
    few = use.free_with_reuse < thresholds["least_free"]
    if few or use.share >= thresholds["critical_share"]:
        return Severity.CRITICAL
    return Severity.WARNING


def _mostly_waiting(use: PortUse) -> bool:
    return 2 * use.time_wait > use.used


def _settles(use: PortUse, closes: float | None) -> bool:
    """Tell whether growth ends by itself: TIME_WAIT goes after a minute, at this rate in time."""
    expected = expected_time_wait(closes)
    if expected is None or not _mostly_waiting(use):
        return False
    return use.used - use.time_wait + expected < use.budget.usable


def _summary(use: PortUse) -> str:
    text = f"{count_text(use.used)}/{count_text(use.budget.usable)} ports used"
    if use.time_wait:
        text += f", {count_text(use.time_wait)} in TIME_WAIT"
    return f"{text}, {count_text(use.free_with_reuse)} free"


def _evidence(
    facts: Facts,
    use: PortUse,
    closes: float | None,
    dialler: Dialler,
    thresholds: Mapping[str, float],
) -> tuple[Evidence, ...]:
    netns = int(facts.sockets.netns[use.rows[0]])
    expires = "sock_diag idiag_expires"
    return (
        Evidence("used", use.used, source=_ROWS, limit=use.budget.usable),
        Evidence("taken_share", use.share, Unit.SHARE, _ROWS, thresholds["warning_share"]),
        Evidence("free", use.free, source=_ROWS),
        Evidence(
            "free_with_reuse",
            use.free_with_reuse,
            source=f"{_ROWS}, idiag_expires, net.ipv4.tcp_tw_reuse",
            limit=thresholds["least_free"],
        ),
        Evidence("time_wait", use.time_wait, source="sock_diag TIME_WAIT rows"),
        Evidence("reusable", use.reusable, source=f"{expires}, net.ipv4.tcp_tw_reuse"),
        Evidence("close_rate", closes, Unit.RATE, expires),
        Evidence("processes", dialler.processes or None, source="/proc/PID/fd"),
        *budget_evidence(facts, netns, use.budget),
    )


RULE = Rule(
    CODE,
    "local ports run out",
    (
        Threshold("followed_share", 0.2, "part of the usable ports taken from which to watch it"),
        Threshold("warning_share", 0.5, "part of the usable ports taken"),
        Threshold("critical_share", 0.9, "part of the usable ports taken"),
        Threshold("least_free", 500, "ports that have to be left once warning_share is reached"),
        Threshold("critical_time_left", 60, "seconds until no port is left, at the present growth"),
        Threshold("growth_seconds", 10, "seconds for which it has to grow"),
    ),
    check,
)
