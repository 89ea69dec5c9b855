"""fd-limit-system: the whole host has next to no open file left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netinspect.finding import Evidence, Finding, Unit
from netinspect.humanize import count_text
from netinspect.measures.facts import Facts
from netinspect.measures.subjects import HOST, process_text
from netinspect.model import Process
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD, grade

CODE = "fd-limit-system"
_MOST_NAMED = 3


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Compare the open files of the host with their limit."""
    opened, limit = facts.now.limits.file_nr, facts.now.limits.file_max
    if opened is None or not limit:
        return
    most = max(opened, facts.peak_files or 0)
    severity = grade(most / limit, thresholds["warning_share"], thresholds["critical_share"])
    if severity is None:
        return
    text = f"{count_text(opened)}/{count_text(limit)} open files"
    if most > opened:
        text += f", {count_text(most)} at the peak"
    yield Finding(
        CODE,
        severity,
        HOST,
        text,
        (
            Evidence("open_files", opened, source="fs.file-nr", limit=limit),
            Evidence("peak", most if most > opened else None, source="fs.file-nr, pulses"),
            Evidence("free", max(0, limit - opened), source="fs.file-nr"),
            Evidence("most", _most_text(facts), Unit.TEXT, "/proc/PID/fd"),
        ),
        disproof="fs.file-nr falls again by itself, well before fs.file-max",
        level=opened,
        limit=limit,
        hold=HELD,
    )


def _most_text(facts: Facts) -> str | None:
    """Name the processes with most descriptors; a file may have several descriptors."""
    known = [process for process in facts.now.processes.values() if process.fds]
    known.sort(key=_fds, reverse=True)
    named = [f"{process_text(one)} ({count_text(one.fds)})" for one in known[:_MOST_NAMED]]
    return ", ".join(named) or None


def _fds(process: Process) -> int:
    return process.fds or 0


RULE = Rule(
    CODE,
    "open files of the host run out",
    (
        Threshold("warning_share", 0.8, "part of fs.file-max in use"),
        Threshold("critical_share", 0.95, "part of fs.file-max in use that is critical"),
    ),
    check,
)
