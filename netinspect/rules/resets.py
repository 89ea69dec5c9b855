"""reset-unread-data, reset-linger-zero, reset-by-peer: who ends connections by a reset, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from netinspect.finding import Confidence, Evidence, Finding, Severity, Subject, Unit
from netinspect.humanize import percent_text, rate_text
from netinspect.measures.endings import Endings, read_endings, share
from netinspect.measures.facts import Facts
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import namespace_subject, process_text
from netinspect.measures.vanished import Candidate, candidates_text, find_candidates
from netinspect.model import Namespace, Process
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD_RATE

UNREAD, LINGER, PEER = "reset-unread-data", "reset-linger-zero", "reset-by-peer"
_NETSTAT = "/proc/net/netstat TcpExt"


def check_unread(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look for close() with received data that nobody had read."""
    return _check_own(facts, thresholds, UNREAD, lambda endings: endings.unread)


def check_linger(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look for close() with SO_LINGER set to 0 seconds, or with data that came after it."""
    return _check_own(facts, thresholds, LINGER, lambda endings: endings.lingered)


def _check_own(
    facts: Facts, thresholds: Mapping[str, float], code: str, count: Callable[[Endings], int]
) -> Iterator[Finding]:
    for namespace in facts.now.namespaces:
        endings = read_endings(facts, namespace)
        if endings and _often(endings, count(endings), thresholds):
            candidates = find_candidates(facts, namespace.inode, unread=code == UNREAD)
            yield _build_own(facts, code, namespace, endings, candidates, thresholds)


def check_peer(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look for established connections that the other end reset."""
    for namespace in facts.now.namespaces:
        endings = read_endings(facts, namespace)
        if endings is None:
            continue
        part = share(endings.reset_by_peer, endings.active_opens + endings.passive_opens)
        often = endings.rate(endings.reset_by_peer) >= thresholds["warning_rate"]
        if often and (part is None or part >= thresholds["warning_share"]):
            yield _build_peer(namespace, endings, part, thresholds)


def _often(endings: Endings, resets: int, thresholds: Mapping[str, float]) -> bool:
    if endings.rate(resets) >= thresholds["warning_rate"]:
        return True
    part = share(resets, endings.closes) or 0.0
    return resets >= thresholds["least_resets"] and part >= thresholds["warning_share"]


def _build_own(
    facts: Facts,
    code: str,
    namespace: Namespace,
    endings: Endings,
    candidates: tuple[Candidate, ...],
    thresholds: Mapping[str, float],
) -> Finding:
    unread = code == UNREAD
    resets = endings.unread if unread else endings.lingered
    counter = "TCPAbortOnClose" if unread else "TCPAbortOnData"
    suspect = candidates[0].process if len(candidates) == 1 else None
    rate, part = endings.rate(resets), share(resets, endings.closes)
    how = "with unread data" if unread else "by SO_LINGER 0, or as data came"
    summary = f"{rate_text(rate)}/s closed {how}"
    return Finding(
        code,
        Severity.WARNING,
        _likely(namespace_subject(namespace), suspect),
        summary if part is None else f"{summary}, {percent_text(part)} of closes",
        (
            Evidence("resets", resets, source=f"{_NETSTAT} {counter}"),
            *_rates(rate, part, f"{_NETSTAT} {counter}", thresholds),
            Evidence(
                "peak_rate",
                facts.peak_rate(namespace, f"TcpExt.{counter}"),
                Unit.RATE,
                f"{_NETSTAT} {counter}, pulses",
            ),
            Evidence("closes", endings.closes, source="/proc/net/snmp Tcp"),
            Evidence(
                "candidates", candidates_text(candidates), Unit.TEXT, "sock_diag, /proc/PID/fd"
            ),
            Evidence("elapsed", endings.seconds, Unit.SECONDS, "clock"),
        ),
        disproof=f"{counter} of this namespace stands still",
        level=rate,
        hold=HELD_RATE,
        runtime=find_runtime(suspect),
    )


def _build_peer(
    namespace: Namespace, endings: Endings, part: float | None, thresholds: Mapping[str, float]
) -> Finding:
    rate = endings.rate(endings.reset_by_peer)
    summary = f"{rate_text(rate)}/s reset by the peer"
    source = "/proc/net/snmp Tcp EstabResets"
    return Finding(
        PEER,
        Severity.WARNING,
        namespace_subject(namespace),
        summary if part is None else f"{summary}, {percent_text(part)} of new connections",
        (
            Evidence("resets", endings.reset_by_peer, source=source),
            *_rates(rate, part, source, thresholds),
            Evidence(
                "opens",
                endings.active_opens + endings.passive_opens,
                source="/proc/net/snmp Tcp ActiveOpens, PassiveOpens",
            ),
            Evidence(
                "own_resets",
                endings.unread + endings.lingered,
                source=f"{_NETSTAT} TCPAbortOnClose, TCPAbortOnData",
            ),
            Evidence("elapsed", endings.seconds, Unit.SECONDS, "clock"),
        ),
        disproof="EstabResets grows no faster than TCPAbortOnClose, TCPAbortOnData "
        "and TCPAbortOnTimeout together",
        level=rate,
        hold=HELD_RATE,
        confidence=Confidence.LIKELY,
    )


def _rates(
    rate: float, part: float | None, source: str, thresholds: Mapping[str, float]
) -> tuple[Evidence, Evidence]:
    return (
        Evidence("reset_rate", rate, Unit.RATE, source, thresholds["warning_rate"]),
        Evidence("reset_share", part, Unit.SHARE, source, thresholds["warning_share"]),
    )


def _likely(subject: Subject, process: Process | None) -> Subject:
    """Name the only process it can have been; the subject stays the namespace."""
    if process is None:
        return subject
    return replace(
        subject,
        text=f"{subject.text}, likely {process_text(process)}",
        process=process.key,
        name=process.name,
        unit=process.unit,
        container=process.container,
        inferred=True,
    )


_RATE = Threshold("warning_rate", 1, "resets per second")
_OWN = (
    _RATE,
    Threshold("warning_share", 0.05, "part of the connections closed"),
    Threshold("least_resets", 3, "resets between two samples for the share to count"),
)
_OTHERS = (_RATE, Threshold("warning_share", 0.02, "part of new connections, besides the rate"))

RULES = (
    Rule(UNREAD, "closed with unread data", _OWN, check_unread),
    Rule(LINGER, "closed by reset (SO_LINGER 0, or as data came)", _OWN, check_linger),
    Rule(PEER, "reset by the peer", _OTHERS, check_peer),
)
