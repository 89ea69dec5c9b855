"""ephemeral-exhaustion, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.diagnosis import History, diagnose
from netinspect.finding import Confidence, Severity, SubjectKind
from netinspect.rules.ephemeral_exhaustion import RULE
from tests.rules.checking import check, limits, values
from tests.rules.port_scenes import MINUTE_OLD, out, scene, unknown_range, waits
from tests.samples import Socket, make_window, process, tcp

JAVA = process(812, "java")
LARGE = "40000\t41999"


def dialled(count: int) -> list[Socket]:
    return [out(40000 + i, pids=[812]) for i in range(count)]


def test_destination_that_takes_all_ports_is_critical_at_once() -> None:
    [finding] = check(RULE, scene(*dialled(97), *(waits(40097 + i) for i in range(3))))

    assert (finding.severity, finding.hold) == (Severity.CRITICAL, 1)
    assert finding.subject.kind is SubjectKind.DESTINATION
    assert finding.summary == "100/100 ports used, 3 in TIME_WAIT, 0 free"
    assert (finding.level, finding.limit) == (100, 100)
    assert finding.confidence is Confidence.CERTAIN
    assert finding.sockets.tolist() == list(range(1, 101))
    found = values(finding)
    assert (found["used"], found["free"], found["time_wait"]) == (100, 0, 3)
    assert (found["taken_share"], found["free_with_reuse"]) == (1.0, 0)
    assert limits(finding) == {"used": 100, "taken_share": 0.5, "free_with_reuse": 500}


def test_process_with_most_connections_is_named() -> None:
    sockets = [*dialled(60), *(out(40060 + i, pids=[33]) for i in range(30))]

    [finding] = check(RULE, scene(*sockets, processes=[JAVA, process(33, "nginx")]))

    assert finding.subject.text == "java[812] → 10.0.0.9:5432"
    assert (finding.subject.inferred, finding.runtime) == (False, "java")
    assert values(finding)["processes"] == 2


def test_process_is_inferred_where_most_is_time_wait() -> None:
    sockets = [*dialled(10), *(waits(40010 + i) for i in range(90))]

    [finding] = check(RULE, scene(*sockets, processes=[JAVA]))

    assert (finding.subject.pid, finding.subject.inferred) == (812, True)
    assert finding.confidence is Confidence.INFERRED


@pytest.mark.parametrize(
    ("count", "severity"),
    [
        (399, "silent"),
        (400, None),
        (999, None),
        (1000, Severity.WARNING),
        (1500, Severity.WARNING),
        (1501, Severity.CRITICAL),
    ],
)
def test_severity_goes_by_part_and_by_what_is_left(
    count: int, severity: Severity | str | None
) -> None:
    found = check(RULE, scene(*(out(40000 + i) for i in range(count)), ports=LARGE))

    assert [f.severity for f in found] == ([] if severity == "silent" else [severity])


@pytest.mark.parametrize(("count", "severity"), [(89, Severity.WARNING), (90, Severity.CRITICAL)])
def test_nine_tenths_are_critical_however_many_are_left(count: int, severity: Severity) -> None:
    [finding] = check(RULE, scene(*dialled(count)), least_free=0)

    assert (finding.severity, finding.hold) == (severity, 1 if severity is Severity.CRITICAL else 3)


def test_ports_that_reuse_gives_back_are_not_taken() -> None:
    sockets = [waits(40000 + i, expires=MINUTE_OLD) for i in range(100)]

    assert check(RULE, scene(*sockets))
    assert not check(RULE, scene(*sockets, tcp_tw_reuse="1"))


def test_reserved_and_held_ports_are_not_usable() -> None:
    bound = [tcp("BOUND", f"127.0.0.77:{40050 + i}") for i in range(20)]

    [finding] = check(RULE, scene(*dialled(30), *bound, reserved="40070-40099"))

    assert finding.summary == "30/50 ports used, 20 free"
    assert (values(finding)["held_elsewhere"], values(finding)["reserved"]) == (20, 30)


def test_other_destinations_have_ports_of_their_own() -> None:
    sockets = [out(40000 + i, f"10.0.0.{i % 10}:80") for i in range(100)]

    assert not check(RULE, scene(*sockets))


def test_fast_growth_is_told_before_half_is_used() -> None:
    history = History()

    for second in range(0, 16, 2):
        now = scene(*(out(40000 + i) for i in range(400 + 40 * second)), ports=LARGE, at=second)
        diagnosis = diagnose(make_window(now), history, rules=[RULE])
        history = diagnosis.history

    [finding] = diagnosis.findings
    assert finding.severity is Severity.CRITICAL
    assert finding.time_to_limit == pytest.approx(26)


def test_growth_of_time_wait_that_ends_in_time_is_not_told() -> None:
    history = History()

    for second in range(0, 30, 2):
        rows = [waits(40000 + i, expires=60_000 - 50 * i - 50) for i in range(400 + 20 * second)]
        now = scene(*rows, ports=LARGE, at=second)
        diagnosis = diagnose(make_window(now), history, rules=[RULE])
        history = diagnosis.history

    assert not diagnosis.findings


def test_namespace_without_a_known_range_is_silent() -> None:
    assert not check(RULE, unknown_range(*(out(40000 + i) for i in range(100))))


def test_connections_that_came_in_do_not_count() -> None:
    served = [tcp("ESTABLISHED", "10.0.0.1:40010", f"10.0.0.9:{5000 + i}") for i in range(100)]

    assert not check(RULE, scene(tcp("LISTEN", "0.0.0.0:40010"), *served))
