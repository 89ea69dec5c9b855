"""fd-limit-process, on Samples written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from netinspect.diagnosis import History, diagnose
from netinspect.finding import Finding, Growth, Severity, SubjectKind
from netinspect.model import FdKinds, Limits, Sample
from netinspect.rules.fd_limit_process import RULE
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_sample, make_window, process, tcp


def holder(fds: int | None, soft: int | None = 1000, **known: Any) -> Sample:
    return make_sample([], [process(701, "app", fds=fds, fd_soft=soft, **known)])


@pytest.mark.parametrize(
    ("fds", "severity"),
    [
        (949, Severity.WARNING),
        (950, Severity.CRITICAL),
        (1001, Severity.CRITICAL),
        (800, Severity.WARNING),
        (799, None),
        (250, None),
    ],
)
def test_share_of_the_soft_limit_decides(fds: int, severity: Severity | None) -> None:
    [finding] = check(RULE, holder(fds))

    assert (finding.severity, finding.hold) == (severity, 3)
    assert (finding.level, finding.limit) == (fds, 1000)
    assert finding.subject.kind is SubjectKind.PROCESS
    assert finding.subject.text == "app[701]"
    assert finding.summary == f"{fds:,}/1,000 descriptors"


def test_few_descriptors_are_not_followed() -> None:
    assert not check(RULE, holder(249))


@pytest.mark.parametrize(
    ("fds", "soft"), [(None, 1000), (1000, None), (0, 1000)], ids=["fds", "unlimited", "kernel"]
)
def test_what_is_not_known_is_silent(fds: int | None, soft: int | None) -> None:
    assert not check(RULE, holder(fds, soft))


def test_evidence_breaks_the_descriptors_down() -> None:
    sockets = [
        tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:1", pids=[701]),
        tcp("CLOSE_WAIT", "10.0.0.1:80", "10.0.0.9:2", pids=[701]),
        tcp("CLOSE_WAIT", "10.0.0.1:80", "10.0.0.9:3", pids=[701]),
        tcp("CLOSE_WAIT", "10.0.0.1:81", "10.0.0.9:3", pids=[702]),
    ]
    owner = process(701, "app", fds=38, fd_soft=40, fd_hard=4096, fd_kinds=FdKinds(5, 6, 7, 8, 9))
    now = make_sample(sockets, [owner], limits=Limits(nr_open=1048576))

    [finding] = check(RULE, now)

    assert values(finding) == {
        "fds": 38,
        "hard": 4096,
        "nr_open": 1048576,
        "sockets": 5,
        "files": 6,
        "pipes": 7,
        "anons": 8,
        "others": 9,
        "established": 1,
        "close_wait": 2,
        "waiting": 0,
    }
    assert limits(finding) == {"fds": 40}


def test_descriptors_that_may_not_be_seen_are_counted_all_the_same() -> None:
    [finding] = check(RULE, holder(950, fd_kinds=None))

    assert finding.severity is Severity.CRITICAL
    assert (values(finding)["sockets"], values(finding)["close_wait"]) == (None, None)


def test_sockets_of_another_namespace_are_not_counted_as_none() -> None:
    [finding] = check(RULE, holder(950, fd_kinds=FdKinds(5, 0, 0, 0, 0)))

    assert (values(finding)["established"], values(finding)["close_wait"]) == (None, None)


def queues(*queue: int, at: float = 0.0, fds: int = 40) -> Sample:
    listeners: list[Socket] = [
        tcp("LISTEN", f"0.0.0.0:{80 + i}", pids=[701, 702], recv_q=n, send_q=128)
        for i, n in enumerate(queue)
    ]
    owner = process(701, "app", fds=fds, fd_soft=40)
    return make_sample(listeners, [owner, process(702, "app", fds=39, fd_soft=40)], at=at)


def test_queue_that_nobody_takes_from_tells_that_accept_is_blocked() -> None:
    finding, _ = check(RULE, queues(46, 5, 7, at=2), queues(40, 0, 8))

    assert finding.summary == "40/40 descriptors, 46 wait for accept()"
    assert values(finding)["waiting"] == 46
    assert finding.sockets.tolist() == [1]


def test_every_holder_of_the_queue_is_told() -> None:
    findings = check(RULE, queues(46, at=2), queues(46))

    assert [f.summary[:5] for f in findings] == ["40/40", "39/40"]
    assert [values(f)["waiting"] for f in findings] == [46, 46]


def test_queue_of_a_process_below_its_limit_is_not_its_limit_s_doing() -> None:
    finding, _ = check(RULE, queues(46, at=2, fds=37), queues(46, fds=37))

    assert (finding.severity, values(finding)["waiting"]) == (Severity.WARNING, 0)


def test_growth_is_followed_from_a_quarter_of_the_limit_on() -> None:
    [finding] = check(RULE, holder(250))

    assert finding.growth == Growth(Severity.WARNING, 600, 3600)


def told_after(minutes: int, per_minute: int) -> list[Finding]:
    history, findings = History(), tuple[Finding, ...]()
    for minute in range(minutes + 1):
        now = make_sample(
            [], [process(701, fds=300 + per_minute * minute, fd_soft=1000)], at=60 * minute
        )
        findings, history = _judged(now, history)
    return list(findings)


def _judged(now: Sample, history: History) -> tuple[tuple[Finding, ...], History]:
    diagnosis = diagnose(make_window(now), history, rules=[RULE])
    return diagnosis.findings, diagnosis.history


def test_leak_that_fills_the_limit_within_the_hour_is_foretold() -> None:
    [finding] = told_after(minutes=13, per_minute=15)

    assert finding.severity is Severity.WARNING
    assert finding.time_to_limit == pytest.approx((1000 - 495) / 15 * 60)


@pytest.mark.parametrize(("minutes", "per_minute"), [(9, 15), (13, 1)], ids=["too early", "slow"])
def test_growth_that_is_young_or_slow_is_not_told(minutes: int, per_minute: int) -> None:
    assert not told_after(minutes, per_minute)


def test_other_thresholds_are_obeyed() -> None:
    [finding] = check(RULE, holder(500), warning_share=0.5, critical_share=0.6)

    assert finding.severity is Severity.WARNING
    assert check(RULE, holder(100), warning_share=0.1)
