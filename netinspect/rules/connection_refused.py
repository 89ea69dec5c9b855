"""connection-refused: connections made from here are answered with no, most often by a reset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import percent_text, rate_text
from netinspect.measures.endings import Endings, read_endings, share
from netinspect.measures.facts import Facts
from netinspect.measures.subjects import namespace_subject
from netinspect.model import Namespace
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD_RATE

CODE = "connection-refused"
_SNMP = "/proc/net/snmp Tcp"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at the outgoing attempts of each namespace that failed at once."""
    for namespace in facts.now.namespaces:
        endings = read_endings(facts, namespace)
        severity = _judge(endings, thresholds) if endings else None
        if endings and severity is not None:
            yield _build(facts, namespace, endings, severity, thresholds)


def _judge(endings: Endings, thresholds: Mapping[str, float]) -> Severity | None:
    refused = endings.refused
    part = share(refused, endings.active_opens) or 0.0
    often = endings.rate(refused) >= thresholds["warning_rate"]
    if often and part >= thresholds["critical_share"]:
        return Severity.CRITICAL
    enough = refused >= thresholds["least_refused"] and part >= thresholds["warning_share"]
    return Severity.WARNING if often or enough else None


def _build(
    facts: Facts,
    namespace: Namespace,
    endings: Endings,
    severity: Severity,
    thresholds: Mapping[str, float],
) -> Finding:
    rate = endings.rate(endings.refused)
    part = share(endings.refused, endings.active_opens)
    summary = f"{rate_text(rate)}/s refused"
    return Finding(
        CODE,
        severity,
        namespace_subject(namespace),
        summary if part is None else f"{summary}, {percent_text(part)} of attempts",
        (
            Evidence("refused", endings.refused, source=f"{_SNMP} AttemptFails"),
            Evidence(
                "refused_rate", rate, Unit.RATE, f"{_SNMP} AttemptFails", thresholds["warning_rate"]
            ),
            Evidence(
                "peak_rate",
                facts.peak_rate(namespace, "Tcp.AttemptFails"),
                Unit.RATE,
                f"{_SNMP} AttemptFails, pulses",
            ),
            Evidence(
                "refused_share",
                part,
                Unit.SHARE,
                f"{_SNMP} AttemptFails, ActiveOpens",
                thresholds["warning_share"],
            ),
            Evidence("attempts", endings.active_opens, source=f"{_SNMP} ActiveOpens"),
            Evidence(
                "timeouts", endings.timed_out, source="/proc/net/netstat TcpExt TCPAbortOnTimeout"
            ),
            Evidence(
                "unreachable",
                facts.delta(namespace, "Icmp.InDestUnreachs"),
                source="/proc/net/snmp Icmp InDestUnreachs",
            ),
            Evidence("elapsed", endings.seconds, Unit.SECONDS, "clock"),
        ),
        disproof="AttemptFails grows no faster than TCPAbortOnTimeout and EmbryonicRsts together",
        level=rate,
        hold=HELD_RATE,
        confidence=Confidence.LIKELY,
    )


RULE = Rule(
    CODE,
    "connections refused",
    (
        Threshold("warning_rate", 1, "refused attempts per second"),
        Threshold("warning_share", 0.1, "part of the attempts that is refused"),
        Threshold(
            "least_refused", 3, "refused attempts between two samples for the share to count"
        ),
        Threshold("critical_share", 0.5, "part of the attempts, at the warning rate or above"),
    ),
    check,
)
