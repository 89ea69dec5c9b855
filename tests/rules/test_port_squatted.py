"""port-squatted, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.diagnosis import Diagnosis, History, diagnose
from netinspect.finding import Confidence, Finding, Severity, SubjectKind
from netinspect.model import Sample
from netinspect.rules.port_squatted import RULE
from tests.rules.checking import check, values
from tests.rules.port_scenes import scene
from tests.samples import Socket, make_window, process, tcp

SERVICE, CURL = process(812, "java"), process(33, "curl")
LISTENER = tcp("LISTEN", "0.0.0.0:40050", pids=[812], key=900)
CLIENT = tcp("ESTABLISHED", "10.0.0.1:40050", "10.0.0.9:443", [33], key=901)


def sample(*sockets: Socket, at: float = 0.0, reserved: str = "") -> Sample:
    return scene(*sockets, processes=[SERVICE, CURL], at=at, reserved=reserved)


def told(*samples: Sample) -> tuple[Finding, ...]:
    """Judge Samples one after the other and return what is told of the last one."""
    diagnosis = Diagnosis((), History())
    before = None
    for now in samples:
        diagnosis = diagnose(make_window(now, before), diagnosis.history, rules=[RULE])
        before = now
    return diagnosis.findings


def test_client_that_has_the_port_of_a_service_is_critical_at_once() -> None:
    [finding] = told(sample(LISTENER), sample(LISTENER, at=2), sample(CLIENT, at=5))

    assert (finding.severity, finding.hold) == (Severity.CRITICAL, 1)
    assert finding.confidence is Confidence.LIKELY
    assert finding.subject.kind is SubjectKind.PORT
    assert finding.subject.text == "curl[33] port 40050"
    assert finding.summary == ("java[812] listened here; a connection to 10.0.0.9:443 has the port")
    assert finding.runtime == "java"
    assert finding.sockets.tolist() == [901]
    found = values(finding)
    assert (found["squatters"], found["squatter_remote"]) == (1, "10.0.0.9:443")
    assert (found["service"], found["listened"], found["gone"]) == ("java[812]", 2, 3)
    assert found["seconds_left"] is None


def test_it_is_told_as_long_as_the_client_has_it() -> None:
    later = [sample(CLIENT, at=2.0 * i) for i in range(2, 60)]

    assert len(told(sample(LISTENER), sample(LISTENER, at=2), *later)) == 1


def test_it_ends_when_the_service_listens_again() -> None:
    back = [sample(LISTENER, at=8), sample(LISTENER, at=10)]

    assert not told(sample(LISTENER), sample(LISTENER, at=2), sample(CLIENT, at=4), *back)


def test_time_wait_of_a_client_tells_when_the_port_is_free() -> None:
    waits = tcp("TIME_WAIT", "10.0.0.1:40050", "10.0.0.9:443", timer=3, expires=30_000)

    [finding] = told(sample(LISTENER), sample(LISTENER, at=2), sample(waits, at=4))

    assert (finding.severity, finding.subject.pid) == (Severity.CRITICAL, None)
    assert values(finding)["seconds_left"] == 30


def test_connections_the_service_had_are_no_squatters() -> None:
    child = tcp("ESTABLISHED", "10.0.0.1:40050", "10.0.0.9:443", [812], key=902)
    known = [sample(LISTENER, child, at=2.0 * i) for i in range(2)]

    findings = told(*known, *(sample(child, at=4 + 2.0 * i) for i in range(3)))

    assert [finding.severity for finding in findings] == [Severity.WARNING]
    assert values(findings[0])["squatters"] == 0


@pytest.mark.parametrize(("port", "number"), [(40050, 1), (40051, 0)])
def test_port_that_nobody_took_is_a_warning_when_a_service_chose_it(port: int, number: int) -> None:
    listener = tcp("LISTEN", f"0.0.0.0:{port}", pids=[812])
    gone = [sample(at=4 + 2.0 * i) for i in range(3)]

    findings = told(sample(listener), sample(listener, at=2), *gone)

    assert [finding.severity for finding in findings] == [Severity.WARNING] * number
    if findings:
        assert findings[0].summary == "java[812] listened until 6.0s ago; anybody may get the port"


def test_restart_is_no_warning() -> None:
    gone = [sample(at=4), sample(at=6)]

    assert not told(sample(LISTENER), sample(LISTENER, at=2), *gone)


def test_port_that_nobody_took_is_forgotten_after_a_while() -> None:
    gone = [sample(at=2 + 2.0 * i) for i in range(305)]

    assert not told(sample(LISTENER), sample(LISTENER, at=2), *gone)


def test_port_seen_listening_only_once_is_silent() -> None:
    assert not told(sample(LISTENER), sample(CLIENT, at=2))
    assert check(RULE, sample(CLIENT, at=2), sample(LISTENER), least_samples=1)


def test_port_that_is_not_given_out_is_silent() -> None:
    listener = tcp("LISTEN", "0.0.0.0:8080", pids=[812])
    client = tcp("ESTABLISHED", "10.0.0.1:8080", "10.0.0.9:443", [33])

    assert not told(sample(listener), sample(listener, at=2), sample(client, at=4))


def test_reserved_port_is_silent() -> None:
    samples = [sample(LISTENER, at=2.0 * i, reserved="40050") for i in range(2)]

    assert not told(*samples, sample(CLIENT, at=4, reserved="40050"))


def test_port_that_is_bound_again_is_silent() -> None:
    bound = tcp("BOUND", "0.0.0.0:40050", pids=[812])
    gone = [sample(bound, at=4 + 2.0 * i) for i in range(4)]

    assert not told(sample(LISTENER), sample(LISTENER, at=2), *gone)
