"""port-squatted: a port on which a service listened is free for the taking, or taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text, duration_text
from netinspect.measures.ephemeral_ports import given_ports
from netinspect.measures.facts import Facts
from netinspect.measures.listened import Listened, PortKey, listening_ports
from netinspect.measures.port_holders import PortHolder, Role, find_port_holders
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import port_subject, process_text
from netinspect.model import TcpState
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD

CODE = "port-squatted"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at the ports that listened in an earlier Sample, do not now, and may be given out."""
    for key, seen in _lost(facts, thresholds):
        squatters = _squatters(facts, key, seen)
        if squatters or _is_at_risk(facts, key, seen, thresholds):
            yield _build(facts, key, seen, squatters, thresholds)


def _lost(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[tuple[PortKey, Listened]]:
    sockets = facts.sockets
    listening = listening_ports(sockets)
    given = {space.inode: given_ports(space) for space in facts.now.namespaces}
    idle = facts.in_state(TcpState.BOUND)
    bound = set(zip(sockets.netns[idle].tolist(), sockets.local_port[idle].tolist(), strict=True))
    for key, seen in facts.listened.items():
        if key in listening or key in bound or seen.samples < thresholds["least_samples"]:
            continue
        namespace = facts.now.namespace(key.netns)
        if namespace is not None and given[namespace.inode][key.port]:
            yield key, seen


def _squatters(facts: Facts, key: PortKey, seen: Listened) -> list[PortHolder]:
    """Find the outgoing connections that have the port; those it had while it listened came in."""
    on_port = (facts.sockets.local_port == key.port) & (facts.sockets.netns == key.netns)
    if not (facts.tcp & on_port & ~np.isin(facts.sockets.key, seen.connections)).any():
        return []
    return [
        holder
        for holder in find_port_holders(facts.now, key.port, netns=key.netns)
        if holder.role in (Role.CLIENT, Role.SELF)
        and facts.sockets.key[holder.row] not in seen.connections
    ]


def _is_at_risk(
    facts: Facts, key: PortKey, seen: Listened, thresholds: Mapping[str, float]
) -> bool:
    """Tell whether a port that nobody has yet is one that a service chose.

    bind() to port 0 gives out ports of the other parity: those nobody wants back.
    """
    namespace = facts.now.namespace(key.netns)
    ports = namespace.port_range if namespace else None
    if ports is None or (key.port ^ ports[0]) & 1:
        return False
    return facts.now.monotonic - seen.last <= thresholds["most_seconds"]


def _build(
    facts: Facts,
    key: PortKey,
    seen: Listened,
    squatters: list[PortHolder],
    thresholds: Mapping[str, float],
) -> Finding:
    namespace = facts.now.namespace(key.netns)
    ports = namespace.port_range if namespace else None
    process = next((one.processes[0] for one in squatters if one.processes), None)
    gone = facts.now.monotonic - seen.last
    rows = np.array([one.row for one in squatters], np.int64)
    return Finding(
        CODE,
        Severity.CRITICAL if squatters else Severity.WARNING,
        port_subject(key.netns, key.port, process),
        _summary(seen, squatters, gone),
        (
            Evidence("squatters", len(squatters), source="sock_diag rows"),
            Evidence("squatter_remote", _remote(squatters), Unit.TEXT, "sock_diag rows"),
            Evidence("seconds_left", _left(squatters), Unit.SECONDS, "sock_diag idiag_expires"),
            Evidence("gone", gone, Unit.SECONDS, "sock_diag LISTEN rows of Samples before"),
            Evidence("listened", seen.samples, source="sock_diag LISTEN rows of Samples before"),
            Evidence("service", _service(seen), Unit.TEXT, "/proc/PID/fd of Samples before"),
            Evidence(
                "port_range",
                f"{ports[0]}-{ports[1]}" if ports else None,
                Unit.TEXT,
                "net.ipv4.ip_local_port_range",
            ),
        ),
        disproof="the service is not meant to listen on this port again",
        hold=1 if squatters else HELD,
        confidence=Confidence.LIKELY,
        sockets=facts.keys(rows),
        runtime=find_runtime(seen.process),
    )


def _service(seen: Listened) -> str | None:
    return process_text(seen.process) if seen.process else None


def _remote(squatters: list[PortHolder]) -> str | None:
    return next((one.remote for one in squatters if one.remote), None)


def _left(squatters: list[PortHolder]) -> float | None:
    """Return when the last of them is gone by itself; None where one stays."""
    left = [one.seconds_left for one in squatters if one.seconds_left is not None]
    return max(left) if left and len(left) == len(squatters) else None


def _summary(seen: Listened, squatters: list[PortHolder], gone: float) -> str:
    service = _service(seen) or "a service"
    if not squatters:
        return f"{service} listened until {duration_text(gone)} ago; anybody may get the port"
    more = f" and {count_text(len(squatters) - 1)} more" if len(squatters) > 1 else ""
    return f"{service} listened here; a connection to {_remote(squatters)}{more} has the port"


RULE = Rule(
    CODE,
    "a service's port is taken",
    (
        Threshold("least_samples", 2, "samples in which it has to have listened"),
        Threshold("most_seconds", 600, "seconds for which a port that nobody took is told"),
    ),
    check,
)
