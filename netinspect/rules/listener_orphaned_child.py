"""listener-orphaned-child: the server has gone, its children keep the port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text
from netinspect.measures.facts import Facts
from netinspect.measures.listen_holders import HeldListener
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.states import is_tcp
from netinspect.measures.subjects import listener_subject, process_text
from netinspect.model import Process, TcpState
from netinspect.parts import Rule
from netinspect.rules.grading import HELD

CODE = "listener-orphaned-child"
_MOST_NAMED = 3

_REAPERS = ("systemd", "init", "tini", "dumb-init", "docker-init", "catatonit")
"""Programs that adopt processes whose parent has ended, besides the one with pid 1."""


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look for listeners all of whose holders have lost the parent they got it from."""
    for listener in facts.held_listeners:
        confidence = _judge(facts, listener)
        if confidence is not None:
            yield _build(facts, listener, confidence)


def _judge(facts: Facts, listener: HeldListener) -> Confidence | None:
    """Tell how sure it is that the one that opened the listener has gone; None = it has not.

    Several that share a listener got it from a common ancestor. A single one may have opened it by
    itself; it did not when it is in a process group whose leader is gone, unless that was the
    session's leader too: daemons leave their group in this way when they fork for the second time.
    """
    processes = listener.processes
    if not all(_is_adopted(facts, process) for process in processes):
        return None
    if len(processes) > 1:
        return Confidence.LIKELY
    group, session = processes[0].group, processes[0].session
    if group is None or session is None or group == session:
        return None
    return Confidence.INFERRED if group not in facts.now.processes else None


def _is_adopted(facts: Facts, process: Process) -> bool:
    if process.ppid == 1:
        return True
    parent = facts.now.processes.get(process.ppid) if process.ppid is not None else None
    return parent is not None and parent.name in _REAPERS


def _build(facts: Facts, listener: HeldListener, confidence: Confidence) -> Finding:
    processes, row = listener.processes, listener.row
    rivals = _find_rivals(facts, processes)
    text = f"{count_text(len(processes))} left of a server that has gone"
    if rivals:
        text += f", {_names(rivals)} cannot listen"
    group = processes[0].group
    return Finding(
        CODE,
        Severity.WARNING if rivals else Severity.INFO,
        listener_subject(facts, row, processes[0]),
        text,
        (
            Evidence("holders", len(processes), source="/proc/PID/fd"),
            Evidence("names", _names(processes), Unit.TEXT, "/proc/PID/fd"),
            Evidence("leader", str(group) if group else None, Unit.TEXT, "/proc/PID/stat pgrp"),
            Evidence("rivals", _names(rivals) or None, Unit.TEXT, "/proc/PID/cmdline"),
        ),
        disproof="the process that opened the listener is still there, or these are the server",
        level=len(processes),
        hold=HELD,
        confidence=confidence,
        sockets=facts.keys(np.array([row])),
        runtime=find_runtime(processes[0]),
    )


def _find_rivals(facts: Facts, holders: tuple[Process, ...]) -> tuple[Process, ...]:
    """Find younger processes with the same command line that listen on nothing."""
    commands = {holder.cmdline for holder in holders if holder.cmdline}
    youngest = max(holder.start_time for holder in holders)
    sockets = facts.sockets
    listening = sockets.pid[is_tcp(sockets) & (sockets.state == TcpState.LISTEN)]
    busy = set(listening.tolist()) | {holder.pid for holder in holders}
    return tuple(
        process
        for process in facts.now.processes.values()
        if process.cmdline in commands
        and process.start_time > youngest
        and process.pid not in busy
        and process.ppid not in busy
    )


def _names(processes: tuple[Process, ...]) -> str:
    return ", ".join(process_text(process) for process in processes[:_MOST_NAMED])


RULE = Rule(CODE, "port kept by children of a server that has gone", (), check)
