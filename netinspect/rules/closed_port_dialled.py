"""closed-port-dialled: this host answers segments for which it has no socket with resets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netinspect.finding import Confidence, Evidence, Finding, Severity, Subject, SubjectKind, Unit
from netinspect.humanize import rate_text
from netinspect.measures.endings import Endings, read_endings
from netinspect.measures.facts import Facts
from netinspect.measures.lost_listeners import LostListener, find_lost_listeners
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import namespace_subject, process_text
from netinspect.model import Namespace
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD_RATE

CODE = "closed-port-dialled"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at the resets each namespace sends that no connection of its own explains."""
    for namespace in facts.now.namespaces:
        endings = read_endings(facts, namespace)
        if endings is None or not endings.stray_resets:
            continue
        rate = endings.rate(endings.stray_resets)
        lost = [] if rate < thresholds["critical_rate"] else _lost(facts, namespace)
        for one in lost:
            limit = thresholds["critical_rate"]
            yield _build(facts, namespace, endings, _port_subject(one), limit, one)
        if not lost and rate > thresholds["warning_rate"]:
            limit = thresholds["warning_rate"]
            yield _build(facts, namespace, endings, namespace_subject(namespace), limit)


def _lost(facts: Facts, namespace: Namespace) -> list[LostListener]:
    return [one for one in find_lost_listeners(facts) if one.netns == namespace.inode]


def _port_subject(lost: LostListener) -> Subject:
    text = f"port {lost.port}"
    return Subject(
        SubjectKind.PORT,
        f"port/{lost.netns}/{lost.port}",
        f"{text}, was {process_text(lost.process)}" if lost.process else text,
        netns=lost.netns,
        name=lost.process.name if lost.process else None,
        unit=lost.process.unit if lost.process else None,
        container=lost.process.container if lost.process else None,
        local_port=lost.port,
        inferred=not lost.certain,
    )


def _build(
    facts: Facts,
    namespace: Namespace,
    endings: Endings,
    subject: Subject,
    limit: float,
    lost: LostListener | None = None,
) -> Finding:
    rate = endings.rate(endings.stray_resets)
    sent = f"{rate_text(rate)} resets/s to segments of no connection"
    return Finding(
        CODE,
        Severity.CRITICAL if lost else Severity.WARNING,
        subject,
        f"no listener any more, {sent}" if lost else sent,
        (
            Evidence("resets", endings.stray_resets, source="/proc/net/snmp Tcp OutRsts"),
            Evidence("reset_rate", rate, Unit.RATE, "/proc/net/snmp Tcp OutRsts", limit),
            Evidence("resets_sent", endings.resets_sent, source="/proc/net/snmp Tcp OutRsts"),
            Evidence(
                "datagrams",
                facts.delta(namespace, "Udp.NoPorts"),
                source="/proc/net/snmp Udp NoPorts",
            ),
            Evidence("lost_port", str(lost.port) if lost else None, Unit.TEXT, "sock_diag LISTEN"),
            Evidence("elapsed", endings.seconds, Unit.SECONDS, "clock"),
        ),
        disproof="OutRsts grows no faster than the counters of connections that were reset, "
        "and whoever is said to dial gets an answer",
        level=rate,
        hold=1 if lost else HELD_RATE,
        confidence=Confidence.INFERRED if lost else Confidence.LIKELY,
        runtime=find_runtime(lost.process) if lost else None,
    )


RULE = Rule(
    CODE,
    "closed port dialled",
    (
        Threshold("warning_rate", 10, "resets per second that no connection explains, above"),
        Threshold("critical_rate", 1, "the same where a port has lost its listener"),
    ),
    check,
)
