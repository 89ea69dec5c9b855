"""ephemeral-bind-pool: sockets that bind() before they connect use up the ports of all others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Subject, Unit
from netinspect.humanize import count_text, endpoint_text
from netinspect.measures.bind_pools import BindPool, count_plain_ports, find_bind_pools
from netinspect.measures.facts import Facts
from netinspect.measures.port_use import Dialler, budget_evidence, find_holder
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import source_subject
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD

CODE = "ephemeral-bind-pool"
_ROWS = "sock_diag rows"
_RANGE = "net.ipv4.ip_local_port_range"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at the local addresses at which bind() holds a good part of the range."""
    for pool in find_bind_pools(facts):
        if pool.share >= thresholds["warning_share"]:
            plain = count_plain_ports(facts, pool)
            if _is_clear(pool, plain, thresholds):
                yield _build(facts, pool, plain, thresholds)


def _is_clear(pool: BindPool, plain: int, thresholds: Mapping[str, float]) -> bool:
    """Tell whether the ports do not just fall on both parities alike.

    They do where a program sets IP_LOCAL_PORT_RANGE, without any bind().
    """
    return (
        pool.connected <= pool.bound
        or pool.connected >= thresholds["parity_ratio"] * plain
        or pool.last_half_share >= thresholds["full_half"]
    )


def _build(facts: Facts, pool: BindPool, plain: int, thresholds: Mapping[str, float]) -> Finding:
    dialler = find_holder(facts, pool.rows)
    subject = source_subject(facts, int(pool.rows[0]), dialler.process)
    return Finding(
        CODE,
        Severity.WARNING,
        subject,
        f"{count_text(pool.held)}/{count_text(pool.size)} ports held by bind()",
        _evidence(facts, pool, plain, dialler, subject, thresholds),
        disproof="the program does not call bind() before connect() (strace -e trace=bind,connect)",
        level=pool.held,
        limit=pool.size,
        hold=HELD,
        confidence=Confidence.INFERRED if pool.connected else Confidence.CERTAIN,
        sockets=facts.keys(np.sort(pool.rows)),
        runtime=find_runtime(dialler.process),
    )


def _evidence(
    facts: Facts,
    pool: BindPool,
    plain: int,
    dialler: Dialler,
    subject: Subject,
    thresholds: Mapping[str, float],
) -> tuple[Evidence, ...]:
    address = endpoint_text(subject.local_addr or "*", None).removesuffix(":*")
    by_parity = f"{_ROWS}: parity of the local ports"
    return (
        Evidence("held", pool.held, source=_ROWS, limit=pool.size),
        Evidence("held_share", pool.share, Unit.SHARE, _ROWS, thresholds["warning_share"]),
        Evidence("connected", pool.connected, source=by_parity),
        Evidence("bound", pool.bound, source="sock_diag LISTEN and BOUND rows"),
        Evidence("plain", plain, source=by_parity),
        Evidence("parity", "even" if pool.budget.first & 1 else "odd", Unit.TEXT, _RANGE),
        Evidence("source", address, Unit.TEXT, _ROWS),
        Evidence("first_port", pool.budget.first, Unit.TEXT, _RANGE),
        Evidence("last_port", pool.budget.last, Unit.TEXT, _RANGE),
        Evidence("processes", dialler.processes or None, source="/proc/PID/fd"),
        *budget_evidence(facts, subject.netns, pool.budget),
    )


RULE = Rule(
    CODE,
    "bind() uses up the local ports",
    (
        Threshold("warning_share", 0.45, "part of the range held by bind() at one local address"),
        Threshold("parity_ratio", 2, "times as many bound ports as others, to trust the parity"),
        Threshold("full_half", 0.98, "part of one parity that is taken, to trust it all the same"),
    ),
    check,
)
