"""config-listener-in-range, -range-tiny, -range-parity, -reserved-useless: ephemeral ports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial

import numpy as np

from netinspect.finding import Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text
from netinspect.measures.ephemeral_ports import given_ports
from netinspect.measures.facts import Facts
from netinspect.measures.listened import listening_ports
from netinspect.measures.port_settings import (
    count_used_ports,
    ports_text,
    range_evidence,
    range_size,
)
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import listener_subject, namespace_subject
from netinspect.model import Namespace
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD

_RANGE = "net.ipv4.ip_local_port_range"
_RESERVED = "net.ipv4.ip_local_reserved_ports"


def check_listeners(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look for services that listen on a port that may be given to others while they are down."""
    given = {space.inode: given_ports(space) for space in facts.now.namespaces}
    used_ports = cache(partial(count_used_ports, facts))
    for key, row in listening_ports(facts.sockets).items():
        namespace = facts.now.namespace(key.netns)
        if namespace is None or not given[namespace.inode][key.port]:
            continue
        used = used_ports(key.netns)
        severity = _judge_listener(namespace, key.port, used, thresholds)
        if severity is not None:
            yield _listener_finding(facts, row, namespace, used, severity, thresholds)


def _judge_listener(
    namespace: Namespace, port: int, used: int, thresholds: Mapping[str, float]
) -> Severity | None:
    """Judge by how likely it is that the port is taken.

    connect() comes to ports of the other parity late, and these are what bind() to port 0 gives
    out, to services that do not care which port they have.
    """
    ports, size = namespace.port_range, range_size(namespace)
    if ports is None or size is None:
        return None
    busy = used >= thresholds["busy_share"] * size
    if (port ^ ports[0]) & 1:
        return Severity.INFO if busy else None
    return Severity.WARNING if busy else Severity.INFO


def _listener_finding(
    facts: Facts,
    row: int,
    namespace: Namespace,
    used: int,
    severity: Severity,
    thresholds: Mapping[str, float],
) -> Finding:
    size = range_size(namespace) or 1
    port = int(facts.sockets.local_port[row])
    rows = "sock_diag rows"
    evidence = range_evidence(namespace)
    return Finding(
        "config-listener-in-range",
        severity,
        listener_subject(facts, row),
        f"port {port} lies in the range {evidence.value} and is not reserved",
        (
            evidence,
            Evidence("used", used, source=rows, limit=size),
            Evidence("used_share", used / size, Unit.SHARE, rows, thresholds["busy_share"]),
        ),
        disproof="the port is in ip_local_reserved_ports of the listener's own namespace",
        hold=HELD,
        sockets=facts.keys(np.array([row])),
        runtime=find_runtime(facts.holder(row)),
    )


def check_size(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look for a range with few ports."""
    for namespace in facts.now.namespaces:
        size = range_size(namespace)
        if size is None or size >= thresholds["info_ports"]:
            continue
        tiny = size < thresholds["warning_ports"]
        limit = thresholds["warning_ports" if tiny else "info_ports"]
        yield Finding(
            "config-range-tiny",
            Severity.WARNING if tiny else Severity.INFO,
            namespace_subject(namespace),
            f"{count_text(size)} local ports for each destination",
            (Evidence("ports", size, source=_RANGE, limit=limit), range_evidence(namespace)),
            disproof="no program in this namespace opens many connections to one destination",
        )


def check_parity(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look for a range whose ends are both even or both odd."""
    for namespace in facts.now.namespaces:
        ports = namespace.port_range
        if ports is None or ports[0] == ports[1] or (ports[0] ^ ports[1]) & 1:
            continue
        parity = "odd" if ports[0] & 1 else "even"
        yield Finding(
            "config-range-parity",
            Severity.INFO,
            namespace_subject(namespace),
            f"both ends of {ports[0]}-{ports[1]} are {parity}",
            (range_evidence(namespace), Evidence("parity", parity, Unit.TEXT, _RANGE)),
            disproof="one end of the range is even and the other one odd",
        )


def check_reserved(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look for reserved ports that would not be given out anyway."""
    for namespace in facts.now.namespaces:
        ports, reserved = namespace.port_range, namespace.reserved_ports
        if ports is None:
            continue
        outside = {port for port in reserved if not ports[0] <= port <= ports[1]}
        if not outside:
            continue
        yield Finding(
            "config-reserved-useless",
            Severity.INFO,
            namespace_subject(namespace),
            f"{count_text(len(outside))} of {count_text(len(reserved))} reserved ports "
            "are outside the range",
            (
                Evidence("outside", len(outside), source=_RESERVED),
                Evidence("reserved", len(reserved), source=_RESERVED),
                Evidence("outside_ports", ports_text(outside), Unit.TEXT, _RESERVED),
                range_evidence(namespace),
            ),
            disproof="programs of this namespace give themselves ports outside the range",
        )


RULES = (
    Rule(
        "config-listener-in-range",
        "a service listens where ports are given out",
        (Threshold("busy_share", 0.1, "part of the range in use by outgoing connections"),),
        check_listeners,
    ),
    Rule(
        "config-range-tiny",
        "few local ports",
        (
            Threshold("info_ports", 10_000, "ports in the range that are worth a word"),
            Threshold("warning_ports", 2_000, "ports in the range"),
        ),
        check_size,
    ),
    Rule("config-range-parity", "both ends of the port range alike", (), check_parity),
    Rule("config-reserved-useless", "reserved ports without effect", (), check_reserved),
)
