"""fd-limit-system, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Severity, SubjectKind
from netinspect.model import Limits, Sample
from netinspect.rules.fd_limit_system import RULE
from tests.rules.checking import check, limits, values
from tests.samples import make_pulses, make_sample, process


def host(opened: int | None, limit: int | None = 10_000) -> Sample:
    owners = [process(700 + i, "app", fds=fds) for i, fds in enumerate((5, None, 5000, 70, 6))]
    return make_sample([], owners, limits=Limits(file_nr=opened, file_max=limit))


@pytest.mark.parametrize(
    ("opened", "severity"),
    [(8000, Severity.WARNING), (9499, Severity.WARNING), (9500, Severity.CRITICAL)],
)
def test_share_of_the_limit_decides(opened: int, severity: Severity) -> None:
    [finding] = check(RULE, host(opened))

    assert (finding.severity, finding.hold) == (severity, 3)
    assert finding.subject.kind is SubjectKind.HOST
    assert finding.summary == f"{opened:,}/10,000 open files"
    assert (finding.level, finding.limit) == (opened, 10_000)


def test_peak_between_two_looks_counts() -> None:
    pulses = make_pulses({1.0: [], 1.25: []}, file_nr=[9600, 800])
    host_limits = Limits(file_nr=900, file_max=10_000)

    [finding] = check(RULE, make_sample(limits=host_limits, pulses=pulses))

    assert (finding.severity, finding.level) == (Severity.CRITICAL, 900)
    assert finding.summary == "900/10,000 open files, 9,600 at the peak"
    assert (finding.value("open_files"), finding.value("peak")) == (900, 9600)


def test_evidence_names_who_has_most() -> None:
    [finding] = check(RULE, host(9900))

    assert values(finding) == {
        "open_files": 9900,
        "peak": None,
        "free": 100,
        "most": "app[702] (5,000), app[703] (70), app[704] (6)",
    }
    assert limits(finding) == {"open_files": 10_000}


@pytest.mark.parametrize(
    ("opened", "limit"), [(7999, 10_000), (None, 10_000), (9900, None), (2048, (1 << 63) - 1)]
)
def test_enough_or_unknown_is_silent(opened: int | None, limit: int | None) -> None:
    assert not check(RULE, host(opened, limit))
