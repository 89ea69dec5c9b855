"""ephemeral-slow-connect: connect() searches long for a free port, before it fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text
from netinspect.measures.facts import Facts
from netinspect.measures.port_use import (
    Dialler,
    PortUse,
    PortUses,
    budget_evidence,
    find_dialler,
)
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import destination_subject
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD

CODE = "ephemeral-slow-connect"
_ROWS = "sock_diag rows"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at the destinations for which the ports that connect() tries first are used up."""
    uses = PortUses(facts)
    full = uses.found.first_half >= thresholds["half_share"] * uses.first_half
    suspects = full & (uses.first_half >= max(1, thresholds["least_ports"]))
    for index in np.flatnonzero(suspects).tolist():
        use = uses.use(index)
        if use is not None:
            yield _build(facts, use, thresholds)


def _build(facts: Facts, use: PortUse, thresholds: Mapping[str, float]) -> Finding:
    dialler = find_dialler(facts, use.rows)
    inferred = dialler.process is not None and dialler.inferred
    return Finding(
        CODE,
        Severity.WARNING,
        destination_subject(facts, int(use.rows[0]), dialler.process, inferred=inferred),
        f"connect() searches {count_text(use.budget.first_half)} used ports first",
        _evidence(facts, use, dialler, thresholds),
        disproof="connect() to this destination takes no more CPU than connect() to another one",
        level=use.first_half,
        hold=HELD,
        confidence=Confidence.INFERRED if inferred else Confidence.LIKELY,
        sockets=facts.keys(use.rows),
        runtime=find_runtime(dialler.process),
    )


def _evidence(
    facts: Facts, use: PortUse, dialler: Dialler, thresholds: Mapping[str, float]
) -> tuple[Evidence, ...]:
    half = use.budget.first_half
    share, limit = use.first_half / half, thresholds["half_share"]
    netns = int(facts.sockets.netns[use.rows[0]])
    parity = "odd" if use.budget.first & 1 else "even"
    return (
        Evidence("first_half", use.first_half, source=_ROWS, limit=half),
        Evidence("first_half_share", share, Unit.SHARE, _ROWS, limit),
        Evidence("parity", parity, Unit.TEXT, "net.ipv4.ip_local_port_range"),
        Evidence("used", use.used, source=_ROWS, limit=use.budget.usable),
        Evidence("taken_share", use.share, Unit.SHARE, _ROWS),
        Evidence("processes", dialler.processes or None, source="/proc/PID/fd"),
        *budget_evidence(facts, netns, use.budget),
    )


RULE = Rule(
    CODE,
    "connect() gets expensive",
    (
        Threshold("half_share", 0.98, "part taken of the ports that connect() tries first"),
        Threshold("least_ports", 2000, "ports to search that are worth a word"),
    ),
    check,
)
