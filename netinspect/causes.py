"""Which finding causes which: the chain from the root to what the user feels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from netinspect.finding import Finding, FindingKey, Severity, Subject, SubjectKind

_Related = Callable[[Subject, Subject], bool]


def _same_process(cause: Subject, effect: Subject) -> bool:
    return cause.process is not None and cause.process == effect.process


def _same_namespace(cause: Subject, effect: Subject) -> bool:
    return cause.netns == effect.netns


def _anywhere(cause: Subject, effect: Subject) -> bool:
    return True


def _same_subject(cause: Subject, effect: Subject) -> bool:
    return cause.key == effect.key


def _same_port(cause: Subject, effect: Subject) -> bool:
    return _same_namespace(cause, effect) and cause.local_port == effect.local_port


def _same_source(cause: Subject, effect: Subject) -> bool:
    return _same_namespace(cause, effect) and cause.local_addr == effect.local_addr


def _dialled_here(cause: Subject, effect: Subject) -> bool:
    """Tell whether the effect's remote end is the cause's listener.

    A connection that stays on the host has the address it goes to on both sides, or a loopback one.
    """
    if effect.remote_addr is None or not (
        effect.remote_addr == effect.local_addr or ip_address(effect.remote_addr).is_loopback
    ):
        return False
    return (
        _same_namespace(cause, effect)
        and cause.local_port is not None
        and cause.local_port == effect.remote_port
        and cause.local_addr in (effect.remote_addr, "0.0.0.0", "*", "::")
    )


def _on_the_way(cause: Subject, effect: Subject) -> bool:
    """Tell whether what goes to the effect's remote end goes through the cause's network."""
    if not _same_namespace(cause, effect):
        return False
    if cause.key == effect.key or cause.kind is SubjectKind.NAMESPACE:
        return True
    if cause.remote_addr is None or effect.remote_addr is None:
        return False
    return ip_address(effect.remote_addr) in ip_network(cause.remote_addr)


class Cause(NamedTuple):
    """One anomaly that leads to another, and how their subjects must hang together."""

    cause: str
    effect: str
    related: _Related


CAUSES: tuple[Cause, ...] = (
    Cause("close-wait-leak", "fd-limit-process", _same_process),
    Cause("fin-wait2-held", "fd-limit-process", _same_process),
    Cause("keepalive-missing", "fd-limit-process", _same_process),
    Cause("fd-limit-process", "accept-queue-full", _same_process),
    Cause("workers-saturated", "accept-queue-full", _same_port),
    Cause("workers-saturated", "reader-stalled", _same_process),
    Cause("accept-queue-full", "syn-queue-pressure", _same_subject),
    Cause("accept-queue-full", "ghost-connection", _dialled_here),
    Cause("accept-queue-full", "ghost-connection", _same_subject),
    Cause("accept-queue-full", "connect-timeout", _dialled_here),
    Cause("syn-queue-pressure", "connect-timeout", _dialled_here),
    Cause("accept-queue-full", "handshake-retransmit", _dialled_here),
    Cause("accept-queue-full", "handshake-retransmit", _same_port),
    Cause("time-wait-client", "ephemeral-exhaustion", _same_subject),
    Cause("ephemeral-bind-pool", "ephemeral-exhaustion", _same_source),
    Cause("ephemeral-exhaustion", "ephemeral-slow-connect", _same_subject),
    Cause("time-wait-client", "ephemeral-slow-connect", _same_subject),
    Cause("time-wait-client", "time-wait-overflow", _same_namespace),
    Cause("time-wait-server", "time-wait-overflow", _same_namespace),
    Cause("conntrack-full", "connect-timeout", _same_namespace),
    Cause("conntrack-full", "handshake-retransmit", _same_namespace),
    Cause("accept-queue-full", "waiting-for-response", _dialled_here),
    Cause("workers-saturated", "waiting-for-response", _dialled_here),
    Cause("reader-stalled", "waiting-for-response", _dialled_here),
    Cause("reader-stalled", "peer-not-reading", _dialled_here),
    Cause("retransmission-storm", "path-stalled", _on_the_way),
    Cause("closing-pile-up", "orphan-limit", _anywhere),
    Cause("orphan-limit", "reset-by-peer", _anywhere),
    Cause("peer-not-reading", "tcp-memory-pressure", _anywhere),
    Cause("reader-stalled", "tcp-memory-pressure", _anywhere),
    Cause("config-listener-in-range", "port-squatted", _same_port),
    Cause("self-connect", "port-squatted", _same_port),
    Cause("config-few-tw-buckets", "time-wait-overflow", _same_namespace),
    Cause("config-range-tiny", "ephemeral-exhaustion", _same_namespace),
    Cause("listener-inherited", "accept-queue-full", _same_port),
    Cause("listener-unowned", "accept-queue-full", _same_subject),
)
"""Of two causes of one effect the one that stands first here is taken."""


def link_causes(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Give each finding its causes, nearest first, and put roots before what they cause.

    The gravest chain comes first; within a chain the root does, whatever its own severity.
    """
    nearest = {finding.key: _find_cause(finding, findings) for finding in findings}
    linked = [replace(f, causes=_chain(f.key, nearest)) for f in findings]
    gravest: dict[FindingKey, Severity] = {}
    for finding in linked:
        root = _root(finding)
        gravest[root] = max(gravest.get(root, Severity.INFO), finding.severity or Severity.INFO)
    return tuple(sorted(linked, key=lambda finding: _place(finding, gravest)))


def _find_cause(effect: Finding, findings: Sequence[Finding]) -> FindingKey | None:
    for known in CAUSES:
        if known.effect != effect.code:
            continue
        for finding in findings:
            if finding.code == known.cause and known.related(finding.subject, effect.subject):
                return finding.key
    return None


def _chain(key: FindingKey, nearest: dict[FindingKey, FindingKey | None]) -> tuple[FindingKey, ...]:
    chain: list[FindingKey] = []
    cause = nearest[key]
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = nearest[cause]
    return tuple(chain)


def _root(finding: Finding) -> FindingKey:
    return finding.causes[-1] if finding.causes else finding.key


def _place(finding: Finding, gravest: dict[FindingKey, Severity]) -> tuple[object, ...]:
    root = _root(finding)
    severity = finding.severity or Severity.INFO
    return (-gravest[root], root, len(finding.causes), -severity, finding.key)
