"""time-wait-overflow, on Samples written by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest

from netinspect.diagnosis import History, diagnose
from netinspect.finding import Severity, SubjectKind
from netinspect.model import Sample
from netinspect.rules.time_wait_overflow import RULE
from tests.rules.checking import check, limits, values
from tests.rules.port_scenes import scene, waits
from tests.samples import make_window, tcp

SERVED = [tcp("TIME_WAIT", "10.0.0.1:80", f"10.0.0.9:{5000 + i}") for i in range(3)]


def sample(overflows: int, at: float = 0.0) -> Sample:
    return scene(
        tcp("LISTEN", "0.0.0.0:80"),
        *SERVED,
        waits(40000),
        waits(40001),
        at=at,
        counters={"TcpExt.TCPTimeWaitOverflow": overflows, "TcpExt.TW": overflows // 2},
        sockstat={"TCP.tw": 1200},
        tcp_max_tw_buckets="1200",
    )


def test_overflow_just_now_is_a_warning_that_names_who_fills_the_room() -> None:
    [finding] = check(RULE, sample(140, at=2), sample(100))

    assert (finding.severity, finding.hold, finding.critical_hold) == (Severity.WARNING, 1, 2)
    assert finding.subject.kind is SubjectKind.NAMESPACE
    assert finding.summary == "40 dropped early, 20/s, room for 1,200"
    found = values(finding)
    assert (found["overflows"], found["overflow_rate"], found["kept_rate"]) == (40, 20, 10)
    assert (found["client"], found["server"]) == ("10.0.0.9:5432 (2)", "port 80 (3)")
    assert (found["held"], limits(finding)["held"]) == (1200, 1200)


@pytest.mark.parametrize(("grown", "severity"), [(200, Severity.WARNING), (201, Severity.CRITICAL)])
def test_more_than_a_hundred_a_second_is_critical(grown: int, severity: Severity) -> None:
    [finding] = check(RULE, sample(grown, at=2), sample(0))

    assert finding.severity is severity


def test_it_is_told_as_critical_only_when_it_holds() -> None:
    samples = [sample(1000 * i, at=2.0 * i) for i in range(4)]
    history, told = History(), []

    for before, now in pairwise(samples):
        diagnosis = diagnose(make_window(now, before), history, rules=[RULE])
        history = diagnosis.history
        told += [finding.severity for finding in diagnosis.findings]

    assert told == [Severity.WARNING, Severity.CRITICAL, Severity.CRITICAL]


def test_counter_that_stands_still_is_silent_however_high() -> None:
    assert not check(RULE, sample(10**6, at=2), sample(10**6))


def test_without_a_sample_before_it_is_silent() -> None:
    assert not check(RULE, sample(10**6))
