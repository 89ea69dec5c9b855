"""waiting-for-response, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Confidence, Severity
from netinspect.model import Sample
from netinspect.rules.waiting_for_response import RULE
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_sample, process, tcp

QUIET = {"recv_q": 0, "send_q": 0, "unacked": 0, "timer": 0, "data_segs_out": 5}
PROCESSES = [process(701, "java"), process(702, "worker")]


def waiting(
    number: int,
    since: int = 31_000,
    pid: int = 701,
    state: str | int = "ESTABLISHED",
    **columns: int,
) -> Socket:
    """Make a connection that asked `since` ms ago and was last answered a second before that."""
    given = {"last_data_sent": since, "last_data_recv": since + 1_000, "data_segs_in": 5}
    local, remote = f"10.0.0.1:{40000 + number}", "10.0.0.7:5432"
    return tcp(state, local, remote, [pid], **(QUIET | given | columns))


def answered(number: int, took: int = 100, pid: int = 701, ago: int = 5_000) -> Socket:
    columns = {"last_data_sent": ago + took, "last_data_recv": ago}
    return waiting(1_000 + number, pid=pid, **columns)


def sample(*sockets: Socket) -> Sample:
    return make_sample(sockets, PROCESSES)


def many(count: int = 10, since: int = 31_000) -> list[Socket]:
    return [waiting(number, since) for number in range(count)]


def test_idleness_alone_is_information() -> None:
    [finding] = check(RULE, sample(*many(500, since=36_000_000)))

    assert (finding.severity, finding.confidence) == (Severity.INFO, Confidence.LIKELY)
    assert finding.hold == 3
    assert finding.summary == "500 of 500 wait for an answer, longest 10h"
    assert values(finding)["median"] is None


def test_many_that_wait_far_longer_than_usual_are_a_warning() -> None:
    usual = [answered(number) for number in range(11)]

    [finding] = check(RULE, sample(*many(), *usual))

    assert finding.severity is Severity.WARNING
    assert finding.subject.text == "java[701] → 10.0.0.7:5432"
    assert (finding.level, finding.runtime, len(finding.sockets)) == (10, "java", 10)
    assert values(finding) == {
        "waiting": 10,
        "connections": 21,
        "longest": 31.0,
        "overdue": 10,
        "median": 0.1,
    }
    assert limits(finding) == {"overdue": 10}


@pytest.mark.parametrize(
    "sockets",
    [
        [*many(9), *(answered(number) for number in range(11))],
        [*many(10, since=30_000), *(answered(number) for number in range(11))],
        [*many(), *(answered(number, took=10_400) for number in range(11))],
        [*many(), *(answered(number) for number in range(9))],
        [*many(), *(answered(number, pid=702) for number in range(11))],
    ],
    ids=["nine", "30 s", "three times the median", "most of them wait", "another process"],
)
def test_one_notch_below_is_information(sockets: list[Socket]) -> None:
    assert {finding.severity for finding in check(RULE, sample(*sockets))} == {Severity.INFO}


def test_workers_that_each_wait_for_one_answer_are_no_warning() -> None:
    each = [waiting(number, pid=800 + number) for number in range(20)]
    processes = [process(800 + number, "worker") for number in range(20)]

    found = check(RULE, make_sample([*each, *(answered(n) for n in range(30))], processes))

    assert {finding.severity for finding in found} == {Severity.INFO}
    assert len({finding.key for finding in found}) == len(found) == 20


def test_hidden_processes_are_no_warning() -> None:
    sockets = [*many(), *(answered(number) for number in range(11))]

    [finding] = check(RULE, make_sample(sockets))

    assert finding.severity is Severity.INFO


def test_known_timeout_makes_one_late_answer_a_warning() -> None:
    one = sample(waiting(1, since=20_000))

    [late] = check(RULE, one, timeout_seconds=20)
    [early] = check(RULE, one, timeout_seconds=20.1)

    assert (late.severity, early.severity) == (Severity.WARNING, Severity.INFO)
    assert limits(late)["longest"] == 20


@pytest.mark.parametrize(
    "columns",
    [
        {"last_data_sent": 9_999},
        {"last_data_recv": 31_000},
        {"recv_q": 1},
        {"send_q": 1},
        {"unacked": 1},
        {"data_segs_out": 0},
        {"last_data_sent": -1},
        {"last_data_recv": -1},
        {"unacked": -1},
        {"state": 8},
    ],
    ids=str,
)
def test_what_does_not_wait_for_the_other_side_is_silent(columns: dict[str, int]) -> None:
    assert not check(RULE, sample(waiting(1, **columns)))


def test_first_request_of_a_connection_waits_too() -> None:
    [finding] = check(RULE, sample(waiting(1, last_data_recv=31_000, data_segs_in=0)))

    assert values(finding)["waiting"] == 1


def test_incoming_connections_do_not_wait() -> None:
    stream = {**QUIET, "last_data_sent": 31_000, "last_data_recv": 90_000, "data_segs_in": 1}
    listener = tcp("LISTEN", "0.0.0.0:40000", pids=[701])
    client = tcp("ESTABLISHED", "10.0.0.1:40000", "10.0.0.9:50000", [701], **stream)

    assert not check(RULE, sample(listener, client))
