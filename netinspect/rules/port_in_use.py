"""port-in-use: why a port cannot be bound. Asked for, never looked for: it is no anomaly by itself.

for finding in find_port_in_use(facts, 8080):
    explain_finding(finding)
    for holder in find_port_holders(facts.now, 8080): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import address_text, count_text
from netinspect.measures.facts import Facts
from netinspect.measures.port_holders import (
    Address,
    PortHolder,
    Role,
    find_port_holders,
    may_be_given,
)
from netinspect.measures.port_settings import range_evidence
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import port_subject, process_text
from netinspect.model import Namespace, OwnerReason, Proto

CODE = "port-in-use"
TITLE = "address already in use"
_ROWS = "sock_diag rows"
_NAMES = {
    Role.LISTENER: ("listeners", "listening"),
    Role.BOUND: ("bound", "bound only"),
    Role.CHILD: ("children", "accepted"),
    Role.LEFTOVER: ("leftovers", "left over"),
    Role.CLIENT: ("clients", "outgoing"),
    Role.SELF: ("self_connected", "self-connected"),
    Role.DATAGRAM: ("datagrams", "UDP"),
}
"""Of each role: its evidence, and the word for the summary."""


def find_port_in_use(
    facts: Facts,
    port: int,
    *,
    address: Address | None = None,
    proto: Proto = Proto.TCP,
    netns: int | None = None,
) -> tuple[Finding, ...]:
    """Tell for each namespace what is on a port: a finding each, its Samples' rows as evidence.

    address: the one to bind (`parse_address`), None = all. netns: None = every namespace that has
    the port; where none has, one finding says so. WARNING where something is in the way.
    """
    holders = find_port_holders(facts.now, port, address=address, proto=proto, netns=netns)
    spaces = sorted({one.netns for one in holders}) or _first_namespace(facts, netns)
    return tuple(
        _build(facts, space, port, address, [one for one in holders if one.netns == space])
        for space in spaces
    )


def _first_namespace(facts: Facts, netns: int | None) -> list[int]:
    if netns is not None:
        return [netns]
    return [space.inode for space in facts.now.namespaces[:1]] or [0]


def _build(
    facts: Facts, netns: int, port: int, address: Address | None, holders: Sequence[PortHolder]
) -> Finding:
    in_way = [one for one in holders if one.hinders]
    chief = in_way[0] if in_way else None
    process = chief.processes[0] if chief and chief.processes else None
    namespace = facts.now.namespace(netns) or Namespace(netns)
    local = address_text(*address) if address is not None else None
    subject = replace(port_subject(netns, port, process), local_addr=local)
    return Finding(
        CODE,
        Severity.WARNING if in_way else Severity.INFO,
        subject,
        _summary(holders, in_way),
        (
            Evidence("total", len(holders), source=_ROWS),
            *_evidence(facts, namespace, port, in_way),
        ),
        disproof="bind() to this address and port succeeds",
        confidence=Confidence.INFERRED if chief and chief.inferred else Confidence.CERTAIN,
        sockets=facts.keys(np.array([one.row for one in holders], np.int64)),
        runtime=find_runtime(process),
        title=TITLE,
    )


def _summary(holders: Sequence[PortHolder], in_way: Sequence[PortHolder]) -> str:
    if not holders:
        return "nobody has this port"
    if not in_way:
        return "only other addresses have this port"
    counts = [(role, _count(in_way, role)) for role in Role]
    text = ", ".join(f"{count_text(count)} {_NAMES[role][1]}" for role, count in counts if count)
    left = _seconds_left(in_way)
    return text if left is None else f"{text}, the last gone in {left:.0f}s"


def _seconds_left(in_way: Sequence[PortHolder]) -> float | None:
    """Return when the port is free by itself; None where something stays."""
    left = [one.seconds_left for one in in_way if one.seconds_left is not None]
    return max(left) if left and len(left) == len(in_way) else None


def _count(holders: Sequence[PortHolder], role: Role) -> int:
    return sum(one.role is role for one in holders)


def _evidence(
    facts: Facts,
    namespace: Namespace,
    port: int,
    in_way: Sequence[PortHolder],
) -> tuple[Evidence, ...]:
    reasons = [int(facts.sockets.owner_reason[one.row]) for one in in_way]
    hidden = reasons.count(OwnerReason.HIDDEN)
    given = may_be_given(facts.now, namespace.inode, port)
    first = namespace.sysctl_int("net.ipv4.ip_unprivileged_port_start")
    return (
        *(Evidence(_NAMES[role][0], _count(in_way, role), source=_ROWS) for role in Role),
        Evidence("time_wait", sum(one.seconds_left is not None for one in in_way), source=_ROWS),
        Evidence("seconds_left", _seconds_left(in_way), Unit.SECONDS, "sock_diag idiag_expires"),
        Evidence("holders", _names(in_way), Unit.TEXT, "/proc/PID/fd"),
        Evidence("hidden", hidden, source="/proc/PID/fd"),
        Evidence("shared", sum(one.shared for one in in_way), source=_ROWS),
        Evidence("mixed", sum(one.mixed for one in in_way), source="/proc/PID/exe"),
        Evidence("uid", _uid(in_way), Unit.TEXT, "sock_diag idiag_uid"),
        Evidence("client_remote", _client_remote(in_way), Unit.TEXT, _ROWS),
        Evidence("given_out", None if given is None else int(given), source="net.ipv4.ip_local_*"),
        range_evidence(namespace),
        Evidence(
            "privileged_below",
            first if first is not None and port < first else None,
            Unit.TEXT,
            "net.ipv4.ip_unprivileged_port_start",
        ),
    )


def _uid(in_way: Sequence[PortHolder]) -> int | None:
    return next((one.uid for one in in_way if one.role is Role.LISTENER), None)


def _client_remote(in_way: Sequence[PortHolder]) -> str | None:
    return next((one.remote for one in in_way if one.role is Role.CLIENT), None)


def _names(in_way: Sequence[PortHolder]) -> str | None:
    names = {process_text(process): None for one in in_way for process in one.processes}
    return ", ".join(names) or None
