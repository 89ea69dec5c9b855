"""ephemeral-slow-connect, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Severity
from netinspect.rules.ephemeral_slow_connect import RULE
from tests.rules.checking import check, limits, values
from tests.rules.port_scenes import MINUTE_OLD, out, scene, unknown_range, waits
from tests.samples import process

RANGE = "40000\t43999"


def evens(count: int, first: int = 40000) -> list[int]:
    return list(range(first, first + 2 * count, 2))


def test_half_that_connect_tries_first_is_full() -> None:
    sockets = [out(port, pids=[812]) for port in evens(1960)]

    [finding] = check(RULE, scene(*sockets, processes=[process(812, "java")], ports=RANGE))

    assert (finding.severity, finding.hold, finding.level) == (Severity.WARNING, 3, 1960)
    assert finding.subject.text == "java[812] → 10.0.0.9:5432"
    assert finding.summary == "connect() searches 2,000 used ports first"
    found = values(finding)
    assert (found["first_half"], found["first_half_share"]) == (1960, 0.98)
    assert (found["parity"], found["used"]) == ("even", 1960)
    assert limits(finding) == {"first_half": 2000, "first_half_share": 0.98, "used": 4000}


def test_one_port_less_is_silent() -> None:
    assert not check(RULE, scene(*(out(port) for port in evens(1959)), ports=RANGE))


def test_ports_of_the_other_parity_do_not_count() -> None:
    odd = [out(port) for port in evens(1999, 40001)]

    assert not check(RULE, scene(*odd, ports=RANGE))


def test_range_that_begins_with_an_odd_port_has_its_odd_ports_tried_first() -> None:
    odd = [out(port) for port in evens(2000, 40001)]

    [finding] = check(RULE, scene(*odd, ports="40001\t44000"))

    assert values(finding)["parity"] == "odd"


@pytest.mark.parametrize(("ports", "told"), [("40000\t43998", 1), ("40000\t43997", 0)])
def test_short_search_is_not_worth_a_word(ports: str, told: int) -> None:
    assert len(check(RULE, scene(*(out(port) for port in evens(2000)), ports=ports))) == told


def test_ports_that_reuse_gives_back_end_the_search() -> None:
    sockets = [waits(port, expires=MINUTE_OLD) for port in evens(2000)]

    assert check(RULE, scene(*sockets, ports=RANGE))
    assert not check(RULE, scene(*sockets, ports=RANGE, tcp_tw_reuse="1"))


def test_namespace_without_a_known_range_is_silent() -> None:
    assert not check(RULE, unknown_range(*(out(port) for port in evens(2000))))
