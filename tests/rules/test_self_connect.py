"""self-connect, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Severity, SubjectKind
from netinspect.rules.self_connect import RULE
from tests.rules.checking import check, values
from tests.rules.port_scenes import scene
from tests.samples import process, tcp

OWN = "127.0.0.1:40002"


def test_connection_whose_ends_are_the_same_is_critical_at_once() -> None:
    [finding] = check(RULE, scene(tcp("ESTABLISHED", OWN, OWN, [51]), processes=[process(51)]))

    assert (finding.severity, finding.hold) == (Severity.CRITICAL, 1)
    assert finding.subject.kind is SubjectKind.PORT
    assert finding.subject.text == "app[51] port 40002"
    assert (finding.subject.local_addr, finding.subject.local_port) == ("127.0.0.1", 40002)
    assert finding.summary == "127.0.0.1:40002 is connected to itself"
    assert finding.sockets.tolist() == [1]
    found = values(finding)
    assert (found["connections"], found["time_wait"], found["seconds_left"]) == (1, 0, None)
    assert found["port_range"] == "40000-40099"


def test_what_is_left_of_one_is_a_warning_with_the_time_it_stays() -> None:
    [finding] = check(RULE, scene(tcp("TIME_WAIT", OWN, OWN, timer=3, expires=42_000)))

    assert finding.severity is Severity.WARNING
    assert finding.summary == "127.0.0.1:40002 was connected to itself, gone in 42s"
    assert values(finding)["seconds_left"] == 42


def test_live_one_beside_what_is_left_of_another_is_critical() -> None:
    rows = [tcp("TIME_WAIT", OWN, OWN, timer=3, expires=42_000), tcp("ESTABLISHED", OWN, OWN, [51])]

    [finding] = check(RULE, scene(*rows, processes=[process(51)]))

    assert (finding.severity, finding.subject.pid) == (Severity.CRITICAL, 51)
    assert finding.sockets.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("local", "remote"),
    [
        ("127.0.0.1:40002", "127.0.0.1:40004"),
        ("127.0.0.1:40002", "127.0.0.2:40002"),
        ("[::1]:40002", "[::2]:40002"),
    ],
)
def test_ends_that_differ_are_silent(local: str, remote: str) -> None:
    assert not check(RULE, scene(tcp("ESTABLISHED", local, remote)))


def test_sockets_without_a_peer_are_silent() -> None:
    assert not check(RULE, scene(tcp("LISTEN", "0.0.0.0:0"), tcp("CLOSE", "0.0.0.0:0")))
