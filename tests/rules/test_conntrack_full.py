"""conntrack-full, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Finding, Severity, SubjectKind
from netinspect.model import Limits, Sample
from netinspect.rules.conntrack_full import RULE
from tests.rules.checking import check, limits, values
from tests.samples import make_sample, namespace

COUNT, MAX = "net.netfilter.nf_conntrack_count", "net.netfilter.nf_conntrack_max"


def host(
    entries: int | None, *, at: float = 0.0, most: int | None = 1000, own_max: str = "", **stat: int
) -> Sample:
    sysctls = {"net.netfilter.nf_conntrack_buckets": "256"}
    if entries is not None:
        sysctls[COUNT] = str(entries)
    if own_max:
        sysctls[MAX] = own_max
    spaces = [namespace(sysctls=sysctls, conntrack=stat)]
    return make_sample(at=at, namespaces=spaces, limits=Limits(conntrack_max=most))


def judge(entries: int, drop: int = 0, early_drop: int = 0) -> list[Finding]:
    now = host(entries, at=2, drop=50 + drop, early_drop=50 + early_drop)
    return check(RULE, now, host(entries, drop=50, early_drop=50))


@pytest.mark.parametrize(
    ("entries", "severity"), [(800, Severity.WARNING), (950, Severity.CRITICAL)]
)
def test_table_that_fills_is_told_when_it_lasts(entries: int, severity: Severity) -> None:
    [finding] = judge(entries)

    assert (finding.severity, finding.hold) == (severity, 3)
    assert finding.subject.kind is SubjectKind.NAMESPACE
    assert (finding.level, finding.limit) == (entries, 1000)
    assert finding.summary == f"{entries}/1,000 tracked"
    assert values(finding) == {
        "entries": entries,
        "entries_share": entries / 1000,
        "dropped": 0,
        "evicted": 0,
        "buckets": 256,
        "elapsed": 2,
    }
    assert limits(finding) == {"entries": 1000, "entries_share": 0.8}


def test_table_below_four_fifths_is_silent() -> None:
    assert not judge(799)


@pytest.mark.parametrize("lost", [{"drop": 24}, {"early_drop": 24}, {"drop": 12, "early_drop": 12}])
def test_what_was_lost_is_critical_at_once(lost: dict[str, int]) -> None:
    [finding] = judge(100, **lost)

    assert (finding.severity, finding.hold) == (Severity.CRITICAL, 1)
    assert finding.summary == "100/1,000 tracked, 12 lost/s"
    assert finding.value("dropped") == lost.get("drop", 0)
    assert finding.value("evicted") == lost.get("early_drop", 0)


def test_what_was_lost_is_told_without_knowing_the_limit() -> None:
    now, before = host(None, at=2, most=None, drop=9), host(None, most=None, drop=1)

    [finding] = check(RULE, now, before)

    assert finding.summary == "–/– tracked, 4.0 lost/s"
    assert values(finding)["entries_share"] is None


def test_what_was_lost_before_the_first_sample_is_silent() -> None:
    assert not check(RULE, host(100, drop=5000, early_drop=5000))


@pytest.mark.parametrize(("entries", "most"), [(None, 1000), (999, None), (999, 0)])
def test_unknown_entries_or_limit_are_silent(entries: int | None, most: int | None) -> None:
    assert not check(RULE, host(entries, most=most))


def test_limit_of_the_namespace_comes_before_the_host_s() -> None:
    assert not check(RULE, host(900, own_max="2000"))
    assert check(RULE, host(900, own_max="1000", most=2000))


def test_thresholds_are_obeyed() -> None:
    assert check(RULE, host(500), warning_share=0.5)
