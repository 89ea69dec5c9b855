"""ephemeral-bind-pool, on Samples written by hand."""

from __future__ import annotations

from netinspect.finding import Confidence, Severity
from netinspect.rules.ephemeral_bind_pool import RULE
from tests.rules.checking import check, limits, values
from tests.rules.port_scenes import out, scene, unknown_range
from tests.samples import Socket, process, tcp

PROXY = process(33, "haproxy")


def bound_first(count: int) -> list[Socket]:
    """Make connections to ever other destinations from odd ports, as bind() gives them out."""
    return [out(40001 + 2 * i, f"10.0.1.{i}:80", [33]) for i in range(count)]


def test_odd_ports_while_even_ones_are_left_were_bound_before() -> None:
    [finding] = check(RULE, scene(*bound_first(45), processes=[PROXY]))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 3)
    assert finding.confidence is Confidence.INFERRED
    assert finding.subject.text == "haproxy[33] from 10.0.0.1"
    assert (finding.subject.local_addr, finding.runtime) == ("10.0.0.1", "haproxy")
    assert finding.summary == "45/100 ports held by bind()"
    assert (finding.level, finding.limit) == (45, 100)
    found = values(finding)
    assert (found["connected"], found["bound"], found["plain"]) == (45, 0, 0)
    assert (found["parity"], found["held_share"]) == ("odd", 0.45)
    assert limits(finding) == {"held": 100, "held_share": 0.45}


def test_one_port_less_is_silent() -> None:
    assert not check(RULE, scene(*bound_first(44)))


def test_ports_held_by_sockets_that_do_not_connect_count_too() -> None:
    idle = [tcp("BOUND", f"10.0.0.1:{40000 + i}", pids=[33]) for i in range(45)]

    [finding] = check(RULE, scene(*idle, processes=[PROXY]))

    assert (values(finding)["bound"], values(finding)["connected"]) == (45, 0)
    assert finding.confidence is Confidence.CERTAIN


def test_plain_connects_take_even_ports_and_are_silent() -> None:
    assert not check(RULE, scene(*(out(40000 + 2 * i) for i in range(50))))


def test_odd_ports_after_the_even_ones_are_used_up_are_plain_connects() -> None:
    assert not check(RULE, scene(*(out(40000 + i) for i in range(100))))


def test_range_that_begins_with_an_odd_port_turns_the_parity_round() -> None:
    pool = [out(40002 + 2 * i, f"10.0.1.{i}:80") for i in range(45)]

    [finding] = check(RULE, scene(*pool, ports="40001\t40100"))

    assert values(finding)["parity"] == "even"


def test_bind_without_a_port_holds_none() -> None:
    sockets = [
        tcp("ESTABLISHED", f"10.0.0.1:{40001 + 2 * i}", f"10.0.1.{i}:80", bind_no_port=1)
        for i in range(50)
    ]

    assert not check(RULE, scene(*sockets))


def test_ports_of_both_parities_alike_are_a_program_s_own_range() -> None:
    both = [out(40000 + i, f"10.0.1.{i}:80") for i in range(96)]

    assert not check(RULE, scene(*both))


def test_parity_is_trusted_when_one_half_is_full() -> None:
    even = [out(40000 + 2 * i, f"10.0.2.{i}:80") for i in range(40)]

    assert check(RULE, scene(*bound_first(50), *even))


def test_reserved_ports_are_not_of_the_range() -> None:
    [finding] = check(RULE, scene(*bound_first(41), reserved="40090-40099"))

    assert finding.summary == "41/90 ports held by bind()"


def test_each_local_address_is_judged_by_itself() -> None:
    there = [tcp("ESTABLISHED", f"10.0.0.2:{40051 + 2 * i}", f"10.0.1.{i}:80") for i in range(25)]

    assert not check(RULE, scene(*bound_first(25), *there))


def test_namespace_without_a_known_range_is_silent() -> None:
    assert not check(RULE, unknown_range(*bound_first(50)))
