"""listener-inherited: a process that never accepts keeps a listener it got from another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text
from netinspect.measures.accept_queue import queue_evidence
from netinspect.measures.facts import Facts
from netinspect.measures.listen_holders import HeldListener, program
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import listener_subject, process_text
from netinspect.model import UNKNOWN, Process
from netinspect.parts import Rule
from netinspect.rules.grading import HELD

CODE = "listener-inherited"
_MOST_NAMED = 3

_OPENERS = ("systemd", "init", "inetd", "xinetd", "dockerd", "circusd", "einhorn", "s6-fdholderd")
"""Programs that open listeners for others on purpose and go on holding them."""

_TOOLS = {
    *("sh", "bash", "dash", "zsh", "ksh", "sleep", "tail", "cat", "tee", "su", "sudo"),
    *("timeout", "nohup", "env", "xargs", "script", "logger"),
}
"""Programs that never open a listener of their own."""


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look for listeners held by different programs, or by one that cannot have opened it."""
    for listener in facts.held_listeners:
        strangers = _find_strangers(facts, listener)
        if strangers:
            yield _build(facts, listener, strangers)


def _find_strangers(facts: Facts, listener: HeldListener) -> list[Process]:
    """Return the holders that run another program than the first one and accepted nothing."""
    holders = [p for p in listener.processes if program(p) and not _opens_for_others(p)]
    programs = {program(holder) for holder in holders}
    if programs <= _TOOLS:
        accepting = _accepting_pids(facts, listener.row)
        return [holder for holder in holders if holder.pid not in accepting]
    # The program is that of the first holder that can have opened it; fork() keeps it, exec() not.
    opener = next(name for holder in holders if (name := program(holder)) not in _TOOLS)
    if programs == {opener}:
        return []
    accepting = _accepting_pids(facts, listener.row)
    serving = {opener} | {program(h) for h in holders if h.pid in accepting}
    return [holder for holder in holders if program(holder) not in serving]


def _opens_for_others(process: Process) -> bool:
    return process.pid == 1 or process.name in _OPENERS


def _accepting_pids(facts: Facts, row: int) -> set[int]:
    """Return who holds connections that came in through a listener."""
    position = int(np.searchsorted(facts.children.listeners, row))
    accepted = facts.incoming.of(position, facts.incoming.accepted)
    return set(facts.sockets.pid[accepted].tolist())


def _build(facts: Facts, listener: HeldListener, strangers: list[Process]) -> Finding:
    stranger, row = strangers[0], listener.row
    servers = [process for process in listener.processes if process not in strangers]
    queue = int(facts.sockets.recv_q[row])
    text = f"held by {_names(strangers)}"
    text += f", opened by {_names(servers[:1])}" if servers else ", which accepts nothing"
    if queue > 0:
        text += f", {count_text(queue)} wait"
    return Finding(
        CODE,
        Severity.WARNING,
        listener_subject(facts, row, stranger),
        text,
        (
            Evidence("strangers", _names(strangers), Unit.TEXT, "/proc/PID/fd, /proc/PID/exe"),
            Evidence("servers", _names(servers) or None, Unit.TEXT, "/proc/PID/fd, /proc/PID/exe"),
            Evidence("alone", not servers, Unit.TEXT, "/proc/PID/fd"),
            Evidence("fd", _fd(listener, stranger), Unit.TEXT, "/proc/PID/fd"),
            Evidence("parent", _parent(facts, stranger), Unit.TEXT, "/proc/PID/stat ppid"),
            queue_evidence(facts, row),
        ),
        disproof="that process does accept connections of this listener, or was given it on "
        "purpose, as by a supervisor that opens sockets for others",
        level=queue if queue != UNKNOWN else None,
        hold=HELD,
        confidence=Confidence.LIKELY,
        sockets=facts.keys(np.array([row])),
        runtime=find_runtime(servers[0] if servers else stranger),
    )


def _names(processes: list[Process]) -> str:
    return ", ".join(process_text(process) for process in processes[:_MOST_NAMED])


def _fd(listener: HeldListener, process: Process) -> str:
    return str(listener.fds[listener.processes.index(process)])


def _parent(facts: Facts, process: Process) -> str | None:
    parent = facts.now.processes.get(process.ppid) if process.ppid is not None else None
    return process_text(parent) if parent else None


RULE = Rule(CODE, "listener inherited by a program that does not serve it", (), check)
