"""config-backlog-clamped: a listener's queue is as long as the system allows, not as it asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity
from netinspect.humanize import count_text
from netinspect.measures.facts import Facts
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import listener_subject
from netinspect.model import TcpState
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD

CODE = "config-backlog-clamped"
_DEFAULTS = {"nginx": 511, "node": 511, "redis": 511, "gunicorn": 2048, "uvicorn": 2048}
"""What servers ask for when they are not told otherwise. Go asks for somaxconn itself."""


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at listeners whose queue is exactly as long as somaxconn allows."""
    sockets = facts.sockets
    drops = facts.growth("drops")
    for row in np.flatnonzero(facts.in_state(TcpState.LISTEN)).tolist():
        namespace = facts.now.namespace(int(sockets.netns[row]))
        somaxconn = namespace.sysctl_int("net.core.somaxconn") if namespace else None
        if somaxconn is None or sockets.send_q[row] != somaxconn:
            continue
        pressed = bool(drops[row] > 0) or _fills(facts, row, thresholds)
        asked = _DEFAULTS.get(find_runtime(facts.holder(row)) or "", 0)
        if pressed or asked > somaxconn:
            yield _build(facts, row, somaxconn, asked, pressed, int(drops[row]))


def _fills(facts: Facts, row: int, thresholds: Mapping[str, float]) -> bool:
    queue, limit = int(facts.sockets.recv_q[row]), int(facts.sockets.send_q[row])
    return queue >= max(thresholds["warning_queue"], thresholds["warning_share"] * limit)


def _build(
    facts: Facts, row: int, somaxconn: int, asked: int, pressed: bool, drops: int
) -> Finding:
    process = facts.holder(row)
    queue = int(facts.sockets.recv_q[row])
    summary = f"queue of {count_text(somaxconn)}, the most that somaxconn allows"
    if asked > somaxconn:
        summary += f"; its default is {count_text(asked)}"
    return Finding(
        CODE,
        Severity.WARNING if pressed else Severity.INFO,
        listener_subject(facts, row),
        summary,
        (
            Evidence("backlog", somaxconn, source="sock_diag LISTEN idiag_wqueue", limit=somaxconn),
            Evidence("somaxconn", somaxconn, source="net.core.somaxconn"),
            Evidence("asked", asked if asked > somaxconn else None, source="default of the server"),
            Evidence("queue", queue, source="sock_diag LISTEN idiag_rqueue", limit=somaxconn),
            Evidence(
                "drops", drops if drops >= 0 else None, source="sock_diag LISTEN SKMEMINFO drops"
            ),
        ),
        disproof="the program asked for exactly this backlog (strace -e trace=listen)",
        hold=HELD,
        confidence=Confidence.INFERRED,
        sockets=facts.keys(np.array([row])),
        runtime=find_runtime(process),
    )


RULE = Rule(
    CODE,
    "accept queue cut to somaxconn",
    (
        Threshold("warning_queue", 3, "connections that wait, at least"),
        Threshold("warning_share", 0.5, "part of the accept queue in use"),
    ),
    check,
)
