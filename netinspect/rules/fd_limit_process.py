"""fd-limit-process: a process has next to no descriptor left, or will have none soon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Evidence, Finding, Growth, Severity, Unit
from netinspect.holders import held_by
from netinspect.humanize import count_text
from netinspect.measures.facts import Facts, Rows
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import process_subject
from netinspect.model import Process, TcpState
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD, grade

CODE = "fd-limit-process"
_FDS = "/proc/PID/fd"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Compare the descriptors of each process with its soft limit; follow those that may grow."""
    for process in facts.now.processes.values():
        if not process.fds or not process.fd_soft:
            continue
        share = process.fds / process.fd_soft
        if share >= min(thresholds["followed_share"], thresholds["warning_share"]):
            severity = grade(share, thresholds["warning_share"], thresholds["critical_share"])
            yield _build(facts, process, process.fds, process.fd_soft, severity, thresholds)


def _build(
    facts: Facts,
    process: Process,
    fds: int,
    soft: int,
    severity: Severity | None,
    thresholds: Mapping[str, float],
) -> Finding:
    blocked = _blocked_listeners(facts, process) if severity is Severity.CRITICAL else _NO_ROWS
    waiting = int(facts.sockets.recv_q[blocked].sum())
    text = f"{count_text(fds)}/{count_text(soft)} descriptors"
    if waiting:
        text += f", {count_text(waiting)} wait for accept()"
    return Finding(
        CODE,
        severity,
        process_subject(process),
        text,
        (
            Evidence("fds", fds, source=_FDS, limit=soft),
            Evidence("hard", process.fd_hard, source="/proc/PID/limits Max open files"),
            Evidence("nr_open", facts.now.limits.nr_open, source="fs.nr_open"),
            *_kinds(process),
            *_sockets(facts, process),
            Evidence("waiting", waiting, source="sock_diag LISTEN idiag_rqueue"),
        ),
        disproof="the number of descriptors falls again by itself, well before the limit",
        level=fds,
        limit=soft,
        hold=HELD,
        growth=Growth(Severity.WARNING, thresholds["growing_seconds"], thresholds["time_to_limit"]),
        sockets=facts.keys(blocked),
        runtime=find_runtime(process),
    )


_NO_ROWS: Rows = np.zeros(0, np.int64)


def _blocked_listeners(facts: Facts, process: Process) -> Rows:
    """Find the listeners of a process whose queue nobody has taken from since the Sample before."""
    sockets = facts.sockets
    waiting = facts.in_state(TcpState.LISTEN) & (sockets.recv_q > 0)
    if facts.before is None or not waiting.any():
        return _NO_ROWS
    rows = np.flatnonzero(waiting & held_by(sockets, facts.now.owners, [process.pid]))
    rows = rows[facts.window.before_row[rows] >= 0]
    earlier = facts.before.sockets.recv_q[facts.window.before_row[rows]]
    return rows[(earlier > 0) & (sockets.recv_q[rows] >= earlier)]


def _kinds(process: Process) -> Iterator[Evidence]:
    kinds = process.fd_kinds
    for name in ("socket", "file", "pipe", "anon", "other"):
        yield Evidence(f"{name}s", getattr(kinds, name) if kinds else None, source=_FDS)


def _sockets(facts: Facts, process: Process) -> Iterator[Evidence]:
    held = facts.sockets.pid == process.pid
    # Where it has sockets and none of them shows, they are in another network namespace.
    kinds = process.fd_kinds
    known = kinds is not None and (kinds.socket == 0 or bool(held.any()))
    for name, state in (
        ("established", TcpState.ESTABLISHED),
        ("close_wait", TcpState.CLOSE_WAIT),
    ):
        count = int(np.count_nonzero(facts.in_state(state) & held)) if known else None
        yield Evidence(name, count, Unit.COUNT, f"sock_diag {state.name}")


RULE = Rule(
    CODE,
    "file descriptors of a process run out",
    (
        Threshold("warning_share", 0.8, "part of the soft limit in use"),
        Threshold("critical_share", 0.95, "part of the soft limit in use that is critical"),
        Threshold("followed_share", 0.25, "part of the soft limit from which growth is followed"),
        Threshold("growing_seconds", 600, "seconds of growth after which the limit is foretold"),
        Threshold("time_to_limit", 3600, "seconds to the limit, at that growth, that are told"),
    ),
    check,
)
