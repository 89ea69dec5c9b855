"""orphan-limit, on Samples written by hand: its limit is the whole host's."""

from __future__ import annotations

import pytest

from netinspect.finding import Confidence, Severity, SubjectKind
from netinspect.model import Limits, Sample
from netinspect.rules.orphan_limit import RULE
from tests.rules.checking import check, limits, values
from tests.samples import make_sample, namespace

KILLS = "TcpExt.TCPAbortOnMemory"


def sample(
    orphans: int | None, limit: int | None = 1000, kills: int | None = 5, at: float = 0.0
) -> Sample:
    space = namespace(
        counters={} if kills is None else {KILLS: kills},
        sockstat={} if orphans is None else {"TCP.orphan": orphans},
    )
    return make_sample(at=at, namespaces=[space], limits=Limits(tcp_max_orphans=limit))


@pytest.mark.parametrize(
    ("orphans", "severity"),
    [
        (499, None),
        (500, Severity.WARNING),
        (899, Severity.WARNING),
        (900, Severity.CRITICAL),
    ],
)
def test_part_of_the_limit_decides(orphans: int, severity: Severity | None) -> None:
    found = check(RULE, sample(orphans))

    assert [finding.severity for finding in found] == ([] if severity is None else [severity])
    assert all(finding.hold == 3 for finding in found)


def test_share_is_told_with_its_limit() -> None:
    [finding] = check(RULE, sample(500))

    assert finding.subject.kind is SubjectKind.HOST
    assert (finding.summary, finding.level, finding.limit) == ("500/1,000 orphans", 500, 1000)
    assert values(finding) == {"orphans": 500, "share": 0.5, "killed": 0}
    assert limits(finding) == {"orphans": 1000}


@pytest.mark.parametrize(("orphans", "told"), [(250, 1), (249, 0)])
def test_kills_are_critical_unless_orphans_are_few(orphans: int, told: int) -> None:
    found = check(RULE, sample(orphans, kills=20, at=2), sample(orphans, kills=5))

    assert [(f.severity, f.hold) for f in found] == [(Severity.CRITICAL, 1)] * told
    assert [f.summary for f in found] == ["250/1,000 orphans, 15 connections killed"] * told


def test_kills_count_where_the_limit_cannot_be_read() -> None:
    [finding] = check(RULE, sample(10, None, kills=6, at=2), sample(10, None, kills=5))

    assert (finding.severity, finding.confidence) == (Severity.CRITICAL, Confidence.LIKELY)
    assert finding.summary == "1 connections killed"
    assert values(finding) == {"orphans": 10, "share": None, "killed": 1}


@pytest.mark.parametrize(
    "now", [sample(None), sample(950, None), sample(None, None, None), sample(950, 0)]
)
def test_missing_number_is_silent(now: Sample) -> None:
    assert not check(RULE, now)


def test_kills_of_the_past_do_not_count() -> None:
    assert not check(RULE, sample(10, kills=5, at=2), sample(10, kills=5))
    assert not check(RULE, sample(10, kills=5))
