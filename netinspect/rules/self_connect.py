"""self-connect: a client was given the very port it dials, and talks to itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import address_text, duration_text, endpoint_text
from netinspect.measures.facts import Facts, Rows
from netinspect.measures.grouping import group_rows
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.states import is_connection, is_timewait_sock
from netinspect.measures.subjects import port_subject
from netinspect.parts import Rule

CODE = "self-connect"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look for connections both ends of which are the same."""
    sockets = facts.sockets
    same = is_connection(sockets) & (sockets.local_port == sockets.remote_port)
    same &= sockets.local_hi == sockets.remote_hi
    rows = np.flatnonzero(same & (sockets.local_lo == sockets.remote_lo))
    groups = group_rows(sockets.netns[rows], sockets.local_port[rows])
    for group in range(len(groups)):
        yield _build(facts, rows[groups.of_row == group])


def _build(facts: Facts, rows: Rows) -> Finding:
    sockets = facts.sockets
    over = is_timewait_sock(sockets.take(rows))
    row = int(rows[np.argmin(over)])  # one that is still there, if any is
    netns, port = int(sockets.netns[row]), int(sockets.local_port[row])
    process = facts.holder(row)
    address = address_text(int(sockets.local_hi[row]), int(sockets.local_lo[row]))
    left = int(sockets.expires[rows].max()) / 1000 if over.all() else None
    left = left if left is not None and left >= 0 else None
    namespace = facts.now.namespace(netns)
    ports = namespace.port_range if namespace else None
    return Finding(
        CODE,
        Severity.WARNING if over.all() else Severity.CRITICAL,
        replace(port_subject(netns, port, process), local_addr=address),
        _summary(endpoint_text(address, port), bool(over.all()), left),
        (
            Evidence("connections", int((~over).sum()), source="sock_diag rows"),
            Evidence("time_wait", int(over.sum()), source="sock_diag TIME_WAIT rows"),
            Evidence("seconds_left", left, Unit.SECONDS, "sock_diag idiag_expires"),
            Evidence(
                "port_range",
                f"{ports[0]}-{ports[1]}" if ports else None,
                Unit.TEXT,
                "net.ipv4.ip_local_port_range",
            ),
        ),
        disproof="the two ends of the row differ in address or port",
        confidence=Confidence.CERTAIN,
        sockets=facts.keys(rows),
        runtime=find_runtime(process),
    )


def _summary(end: str, over: bool, left: float | None) -> str:
    if not over:
        return f"{end} is connected to itself"
    return f"{end} was connected to itself" + (f", gone in {duration_text(left)}" if left else "")


RULE = Rule(CODE, "connected to itself", (), check)
