"""executable-deleted: a server runs from a file that has been replaced or removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Evidence, Finding, Severity, Unit
from netinspect.measures.facts import Facts
from netinspect.measures.listen_holders import is_deleted
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import process_subject
from netinspect.model import Process
from netinspect.parts import Rule
from netinspect.rules.grading import HELD

CODE = "executable-deleted"
_DELETED = " (deleted)"
_MOST_NAMED = 5


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at the programs of all processes that hold a listener; children go with their parent."""
    rows: dict[int, list[int]] = {}
    for listener in facts.held_listeners:
        for process in listener.processes:
            if is_deleted(process):
                rows.setdefault(process.pid, []).append(listener.row)
    for pid, held in rows.items():
        process = facts.now.processes[pid]
        if process.ppid not in rows:
            yield _build(facts, process, held, sum(_is_child(facts, p, pid) for p in rows))


def _is_child(facts: Facts, pid: int, parent: int) -> bool:
    return facts.now.processes[pid].ppid == parent


def _build(facts: Facts, process: Process, rows: list[int], children: int) -> Finding:
    path = (process.exe or "").removesuffix(_DELETED)
    ports = sorted({int(port) for port in facts.sockets.local_port[rows]})
    return Finding(
        CODE,
        Severity.INFO,
        process_subject(process),
        f"runs from {path}, which has been replaced or removed",
        (
            Evidence("path", path, Unit.TEXT, "/proc/PID/exe"),
            Evidence("ports", _ports_text(ports), Unit.TEXT, "sock_diag LISTEN idiag_sport"),
            Evidence("children", children, source="/proc/PID/stat ppid"),
            Evidence("age", _age(facts, process), Unit.SECONDS, "/proc/PID/stat starttime"),
        ),
        disproof="/proc/PID/exe names a file that exists",
        hold=HELD,
        sockets=facts.keys(np.array(rows)),
        runtime=find_runtime(process),
    )


def _ports_text(ports: list[int]) -> str:
    text = ", ".join(map(str, ports[:_MOST_NAMED]))
    return f"{text}, …" if len(ports) > _MOST_NAMED else text


def _age(facts: Facts, process: Process) -> float | None:
    ticks = facts.now.host.clock_ticks
    if not ticks or process.start_time < 0:
        return None
    return max(0.0, facts.now.monotonic - process.start_time / ticks)


RULE = Rule(CODE, "server runs from a deleted file", (), check)
