"""time-wait-client, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Confidence, Severity, SubjectKind
from netinspect.rules.time_wait_client import RULE
from tests.rules.checking import check, limits, values
from tests.rules.port_scenes import MINUTE_OLD, THERE, out, scene, unknown_range, waits
from tests.samples import process, tcp

JAVA = process(812, "java")


def test_many_time_wait_towards_one_destination_are_told_with_who_dials_it() -> None:
    sockets = [waits(40000 + i) for i in range(35)]
    live = tcp("ESTABLISHED", "10.0.0.2:40090", THERE, [812])

    [finding] = check(RULE, scene(*sockets, live, processes=[JAVA], reserved="40098-40099"))

    assert finding.severity is Severity.WARNING
    assert finding.subject.kind is SubjectKind.DESTINATION
    assert finding.subject.text == "java[812] → 10.0.0.9:5432"
    assert (finding.subject.inferred, finding.confidence) == (True, Confidence.INFERRED)
    assert finding.runtime == "java"
    assert finding.summary == "35/98 ports in TIME_WAIT, 3.5 closes/s"
    assert (finding.hold, finding.level, finding.limit) == (3, 35, 98)
    assert finding.sockets.tolist() == list(range(1, 36))
    found = values(finding)
    assert (found["time_wait"], found["reusable"], found["used"]) == (35, 0, 35)
    assert (found["close_rate"], found["steady"]) == (3.5, 210)
    assert (found["port_range"], found["reserved"]) == ("40000-40099", 2)
    assert limits(finding)["time_wait"] == 98


@pytest.mark.parametrize(
    ("count", "severity"),
    [
        (19, None),
        (20, Severity.INFO),
        (34, Severity.INFO),
        (35, Severity.WARNING),
        (44, Severity.WARNING),
        (45, Severity.CRITICAL),
    ],
)
def test_severity_goes_by_the_part_of_the_ports(count: int, severity: Severity | None) -> None:
    found = check(RULE, scene(*(waits(40000 + i) for i in range(count))))

    assert [finding.severity for finding in found] == ([] if severity is None else [severity])


def test_thousands_spread_over_many_destinations_are_silent() -> None:
    sockets = [waits(40000 + i % 100, f"10.0.1.{i % 250}:80") for i in range(4000)]

    assert not check(RULE, scene(*sockets))


def test_destination_that_has_used_up_all_ports_is_critical() -> None:
    sockets = [waits(40000 + i) for i in range(35)] + [out(40035 + i) for i in range(55)]

    [finding] = check(RULE, scene(*sockets))

    assert finding.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("mode", "here", "there", "told"),
    [
        ("0", "10.0.0.1", THERE, 1),
        ("1", "10.0.0.1", THERE, 0),
        ("2", "10.0.0.1", THERE, 1),
        ("2", "127.0.0.1", "127.0.0.1:5432", 0),
    ],
)
def test_time_wait_that_may_be_taken_again_does_not_count(
    mode: str, here: str, there: str, told: int
) -> None:
    sockets = [waits(40000 + i, there, MINUTE_OLD, here) for i in range(60)]

    assert len(check(RULE, scene(*sockets, tcp_tw_reuse=mode))) == told


def test_nobody_is_named_when_nobody_is_known() -> None:
    [finding] = check(RULE, scene(*(waits(40000 + i) for i in range(40))))

    assert finding.subject.text == "10.0.0.1 → 10.0.0.9:5432"
    assert (finding.subject.inferred, finding.confidence) == (False, Confidence.CERTAIN)
    assert values(finding)["processes"] is None


def test_who_had_connections_in_the_sample_before_is_named() -> None:
    before = scene(out(40000, pids=[812]), processes=[JAVA])
    now = scene(*(waits(40000 + i) for i in range(40)), processes=[JAVA], at=2)

    [finding] = check(RULE, now, before)

    assert (finding.subject.pid, finding.subject.inferred) == (812, True)


def test_time_wait_of_a_service_is_not_of_a_client() -> None:
    served = [tcp("TIME_WAIT", "10.0.0.1:40010", f"10.0.0.9:{5000 + i}") for i in range(90)]

    assert not check(RULE, scene(tcp("LISTEN", "0.0.0.0:40010"), *served))


def test_growth_that_ends_by_itself_has_no_limit() -> None:
    aging = [waits(40000 + i, expires=60_000 - 900 * i - 900) for i in range(60)]

    [finding] = check(RULE, scene(*aging))

    assert (values(finding)["steady"], finding.limit) == (66, None)


def test_namespace_without_a_known_range_is_silent() -> None:
    assert not check(RULE, unknown_range(*(waits(40000 + i) for i in range(90))))


def test_unknown_age_leaves_the_rate_unknown() -> None:
    [finding] = check(RULE, scene(*(waits(40000 + i, expires=-1) for i in range(50))))

    assert (values(finding)["close_rate"], values(finding)["steady"]) == (None, None)
    assert finding.summary == "50/100 ports in TIME_WAIT"
