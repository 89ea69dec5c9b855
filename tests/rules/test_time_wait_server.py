"""time-wait-server, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Confidence, Severity, SubjectKind
from netinspect.model import Sample
from netinspect.rules.time_wait_server import RULE
from tests.rules.checking import check, limits, values
from tests.rules.port_scenes import scene
from tests.samples import Socket, process, tcp


def served(count: int, port: int = 8080) -> list[Socket]:
    return [
        tcp("TIME_WAIT", f"10.0.0.1:{port}", f"10.0.{i >> 8}.{i & 255}:50000", expires=59_900)
        for i in range(count)
    ]


def web(*sockets: Socket, held: int | None = None, buckets: str = "131072") -> Sample:
    listener = tcp("LISTEN", "0.0.0.0:8080", pids=[701])
    sockstat = None if held is None else {"TCP.tw": held}
    nginx = process(701, "nginx")
    return scene(
        listener, *sockets, processes=[nginx], sockstat=sockstat, tcp_max_tw_buckets=buckets
    )


def test_many_on_one_port_are_worth_a_word_and_cost_no_port() -> None:
    [finding] = check(RULE, web(*served(60), held=70), info_rows=60)

    assert finding.severity is Severity.INFO
    assert finding.subject.kind is SubjectKind.LISTENER
    assert finding.subject.text == "nginx[701] 0.0.0.0:8080"
    assert (finding.subject.inferred, finding.confidence) == (True, Confidence.INFERRED)
    assert finding.summary == "60 in TIME_WAIT, 6.0 closes/s"
    assert (finding.hold, finding.level, finding.runtime) == (3, 60, "nginx")
    found = values(finding)
    assert (found["memory"], found["steady"]) == (60 * 256, 360)
    assert (found["held"], limits(finding)["held"]) == (70, 131072)


def test_few_are_silent() -> None:
    assert not check(RULE, web(*served(59), held=70), info_rows=60)


@pytest.mark.parametrize(("held", "told"), [(79, 0), (80, 1)])
def test_room_that_fills_is_a_warning(held: int, told: int) -> None:
    found = check(RULE, web(*served(40), held=held, buckets="100"))

    assert [finding.severity for finding in found] == [Severity.WARNING] * told
    if found:
        assert found[0].summary == "40 in TIME_WAIT, 4.0 closes/s, 80% of tcp_max_tw_buckets in use"


def test_port_with_a_small_part_of_what_fills_the_room_is_silent() -> None:
    assert not check(RULE, web(*served(15), held=80, buckets="100"))
    assert check(RULE, web(*served(16), held=80, buckets="100"))


def test_unknown_fill_is_no_warning() -> None:
    assert not check(RULE, web(*served(40), held=None, buckets="100"))


def test_connections_that_went_out_do_not_count() -> None:
    gone_out = [tcp("TIME_WAIT", f"10.0.0.1:{40000 + i}", "10.0.0.9:8080") for i in range(60)]

    assert not check(RULE, web(*gone_out), info_rows=10)


def test_siblings_that_share_a_port_are_told_once() -> None:
    siblings = [tcp("LISTEN", "0.0.0.0:8080", pids=[pid]) for pid in (701, 702)]
    processes = [process(701, "nginx"), process(702, "nginx")]

    [finding] = check(RULE, scene(*siblings, *served(20), processes=processes), info_rows=20)

    assert values(finding)["time_wait"] == 20
    assert finding.subject.local_port == 8080
