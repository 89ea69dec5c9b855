"""time-wait-overflow: the kernel drops TIME_WAIT early, there is no room for more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netinspect.finding import Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text, rate_text
from netinspect.measures.facts import Facts
from netinspect.measures.subjects import namespace_subject
from netinspect.measures.timewait_store import largest_client, largest_server, read_store
from netinspect.model import Namespace
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD_RATE

CODE = "time-wait-overflow"
_COUNTER = "TcpExt.TCPTimeWaitOverflow"
_SOURCE = "/proc/net/netstat TcpExt TCPTimeWaitOverflow"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at the counter of each namespace."""
    for namespace in facts.now.namespaces:
        if facts.delta(namespace, _COUNTER):
            yield _build(facts, namespace, thresholds)


def _build(facts: Facts, namespace: Namespace, thresholds: Mapping[str, float]) -> Finding:
    dropped, rate = facts.delta(namespace, _COUNTER), facts.rate(namespace, _COUNTER)
    critical = rate is not None and rate > thresholds["critical_rate"]
    store = read_store(namespace)
    kept = facts.rate(namespace, "TcpExt.TW")
    summary = f"{count_text(dropped)} dropped early"
    if rate is not None:
        summary += f", {rate_text(rate)}/s"
    if store.buckets is not None:
        summary += f", room for {count_text(store.buckets)}"
    return Finding(
        CODE,
        Severity.CRITICAL if critical else Severity.WARNING,
        namespace_subject(namespace),
        summary,
        (
            Evidence("overflows", dropped, source=_SOURCE),
            Evidence("overflow_rate", rate, Unit.RATE, _SOURCE, thresholds["critical_rate"]),
            Evidence("kept_rate", kept, Unit.RATE, "/proc/net/netstat TcpExt TW"),
            *store.evidence(),
            Evidence("client", largest_client(facts, namespace.inode), Unit.TEXT, "sock_diag"),
            Evidence("server", largest_server(facts, namespace.inode), Unit.TEXT, "sock_diag"),
            Evidence("elapsed", facts.elapsed, Unit.SECONDS, "clock"),
        ),
        disproof="TCPTimeWaitOverflow stands still",
        level=rate,
        critical_hold=HELD_RATE,
    )


RULE = Rule(
    CODE,
    "no room for TIME_WAIT",
    (Threshold("critical_rate", 100, "dropped per second"),),
    check,
)
