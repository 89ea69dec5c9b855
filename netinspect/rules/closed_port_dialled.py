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
_MOST_NAMED = 5


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at the resets each namespace sends that no connection of its own explains."""
    for namespace in facts.now.namespaces:
        endings = read_endings(facts, namespace)
        if endings is None or not endings.stray_resets:
            continue
        rate = endings.rate(endings.stray_resets)
        enough = rate >= thresholds["critical_rate"]
        lost = find_lost_listeners(facts, namespace.inode) if enough else []
        for one in lost[:_MOST_NAMED]:
            limit = thresholds["critical_rate"]
            yield _build(facts, namespace, endings, _port_subject(one), limit, one)
        if not lost and rate > thresholds["warning_rate"]:
            limit = thresholds["warning_rate"]
            yield _build(facts, namespace, endings, namespace_subject(namespace), limit)


def _port_subject(lost: LostListener) -> Subject:
    (netns, port), process = lost.key, lost.process
    return Subject(
        SubjectKind.PORT,
        f"port/{netns}/{port}",
        f"port {port}, was {process_text(process)}" if process else f"port {port}",
        netns=netns,
        name=process.name if process else None,
        unit=process.unit if process else None,
        container=process.container if process else None,
        local_port=port,
        inferred=lost.seconds is None,
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
            *_lost_evidence(lost),
            Evidence("elapsed", endings.seconds, Unit.SECONDS, "clock"),
        ),
        disproof="OutRsts grows no faster than the counters of connections that were reset, "
        "and whoever is said to dial gets an answer",
        level=rate,
        hold=1 if lost else HELD_RATE,
        confidence=Confidence.INFERRED if lost else Confidence.LIKELY,
        runtime=find_runtime(lost.process) if lost else None,
    )


def _lost_evidence(lost: LostListener | None) -> tuple[Evidence, Evidence]:
    port = str(lost.key.port) if lost else None
    return (
        Evidence("lost_port", port, Unit.TEXT, "sock_diag LISTEN"),
        Evidence("lost_for", lost.seconds if lost else None, Unit.SECONDS, "sock_diag LISTEN"),
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
