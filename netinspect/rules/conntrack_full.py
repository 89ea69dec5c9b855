"""conntrack-full: the table of tracked connections is full, and what has no entry is dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netinspect.finding import Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text, rate_text
from netinspect.measures.facts import Facts
from netinspect.measures.subjects import namespace_subject
from netinspect.model import Namespace
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD, grade, worst

CODE = "conntrack-full"
_COUNT, _STAT = "net.netfilter.nf_conntrack_count", "/proc/net/stat/nf_conntrack"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Compare the entries of each namespace with the limit, which is the whole host's."""
    for namespace in facts.now.namespaces:
        count, limit = namespace.sysctl_int(_COUNT), _read_limit(facts, namespace)
        full = count / limit if count is not None and limit else None
        dropped, evicted = (facts.conntrack_delta(namespace, n) for n in ("drop", "early_drop"))
        lost = (dropped or 0) + (evicted or 0) > 0
        severity = worst(
            grade(full, thresholds["warning_share"], thresholds["critical_share"]),
            Severity.CRITICAL if lost else None,
        )
        if severity is not None:
            yield _build(facts, namespace, severity, (dropped, evicted), thresholds)


def _read_limit(facts: Facts, namespace: Namespace) -> int | None:
    own = namespace.sysctl_int("net.netfilter.nf_conntrack_max")
    return facts.now.limits.conntrack_max if own is None else own


def _build(
    facts: Facts,
    namespace: Namespace,
    severity: Severity,
    lost: tuple[int | None, int | None],
    thresholds: Mapping[str, float],
) -> Finding:
    count, limit = namespace.sysctl_int(_COUNT), _read_limit(facts, namespace)
    dropped, evicted = lost
    happened = (dropped or 0) + (evicted or 0)
    summary = f"{count_text(count)}/{count_text(limit)} tracked"
    if happened and facts.elapsed:
        summary += f", {rate_text(happened / facts.elapsed)} lost/s"
    buckets = namespace.sysctl_int("net.netfilter.nf_conntrack_buckets")
    return Finding(
        CODE,
        severity,
        namespace_subject(namespace),
        summary,
        (
            Evidence("entries", count, source=_COUNT, limit=limit),
            Evidence(
                "entries_share",
                count / limit if count is not None and limit else None,
                Unit.SHARE,
                f"{_COUNT}, net.netfilter.nf_conntrack_max",
                thresholds["warning_share"],
            ),
            Evidence("dropped", dropped, source=f"{_STAT} drop"),
            Evidence("evicted", evicted, source=f"{_STAT} early_drop"),
            Evidence("buckets", buckets, source="net.netfilter.nf_conntrack_buckets"),
            Evidence("elapsed", facts.elapsed, Unit.SECONDS, "clock"),
        ),
        disproof="nf_conntrack_count is well below nf_conntrack_max, "
        "and `drop` and `early_drop` of /proc/net/stat/nf_conntrack stand still",
        level=count,
        limit=limit,
        hold=1 if happened else HELD,
    )


RULE = Rule(
    CODE,
    "conntrack table full",
    (
        Threshold("warning_share", 0.8, "part of nf_conntrack_max in use"),
        Threshold("critical_share", 0.95, "part of nf_conntrack_max in use"),
    ),
    check,
)
