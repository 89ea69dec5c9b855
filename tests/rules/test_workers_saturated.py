"""workers-saturated, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Confidence, Severity, SubjectKind
from netinspect.model import Sample
from netinspect.rules.workers_saturated import RULE
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_sample, process, tcp

REQUEST = 80


def connection(number: int, queue: int, **columns: int) -> Socket:
    known = {"recv_q": queue, "key": 100 + number, "bytes_received": 1000, **columns}
    return tcp("ESTABLISHED", "10.0.0.1:80", f"10.0.0.9:{1000 + number}", pids=[701], **known)


def server(unread: int, idle: int = 0, at: float = 0.0, **columns: int) -> Sample:
    listener = tcp("LISTEN", "0.0.0.0:80", pids=[701], recv_q=0, send_q=100)
    connections = [
        connection(i, REQUEST if i < unread else 0, **columns) for i in range(unread + idle)
    ]
    owner = process(701, "java", threads=30, thread_names={"http-nio-80-exe": 10})
    return make_sample([listener, *connections], [owner], at=at)


def test_five_requests_that_nobody_reads_are_a_warning() -> None:
    now, before = server(5, 995, at=2, last_data_recv=3000), server(5, 995)

    [finding] = check(RULE, now, before)

    assert (finding.severity, finding.hold) == (Severity.WARNING, 2)
    assert finding.confidence is Confidence.LIKELY
    assert finding.subject.kind is SubjectKind.LISTENER
    assert (finding.subject.pid, finding.subject.local_port) == (701, 80)
    assert finding.summary == "5 of 1,000 connections unread, oldest 3.0s"
    assert len(finding.sockets) == 5
    assert values(finding) == {
        "unread": 5,
        "accepted": 1000,
        "share": 0.005,
        "oldest": 3.0,
        "queue": 0,
        "fds": 10,
        "threads": 30,
        "pool_threads": 10,
    }
    assert limits(finding) == {"unread": 5, "share": 0.2, "queue": 100, "fds": 1024}


@pytest.mark.parametrize(
    ("unread", "idle", "told"),
    [(4, 996, 0), (3, 12, 1), (3, 13, 0), (2, 0, 0)],
    ids=["number", "share", "share too small", "too few"],
)
def test_number_or_share_decides(unread: int, idle: int, told: int) -> None:
    assert len(check(RULE, server(unread, idle, at=2), server(unread, idle))) == told


def test_nothing_is_told_of_a_first_sample() -> None:
    assert not check(RULE, server(50))


def test_requests_that_are_read_while_others_come_are_served() -> None:
    now, before = server(50, at=2, bytes_received=2000), server(50)

    assert not check(RULE, now, before)


def test_requests_that_only_grow_are_not_read() -> None:
    before = server(9)
    grown = [connection(i, REQUEST + 30, bytes_received=1030) for i in range(9)]
    listener = tcp("LISTEN", "0.0.0.0:80", pids=[701], recv_q=0, send_q=100)

    assert check(RULE, make_sample([listener, *grown], at=2), before)


def test_without_tcp_info_a_queue_that_does_not_shrink_counts() -> None:
    unknown = {"bytes_received": -1}

    assert check(RULE, server(9, at=2, **unknown), server(9, **unknown))
    now = make_sample(
        [
            tcp("LISTEN", "0.0.0.0:80", pids=[701], recv_q=0, send_q=100),
            *(connection(i, REQUEST - 1, **unknown) for i in range(9)),
        ],
        at=2,
    )
    assert not check(RULE, now, server(9, **unknown))


def test_connections_that_came_after_the_sample_before_do_not_count() -> None:
    assert not check(RULE, server(9, at=2), server(0))


def test_connections_nobody_accepted_do_not_count() -> None:
    def moment(at: float) -> Sample:
        waiting = [
            tcp("ESTABLISHED", "10.0.0.1:80", f"10.0.0.9:{i}", recv_q=REQUEST, key=100 + i)
            for i in range(1, 10)
        ]
        return make_sample([tcp("LISTEN", "0.0.0.0:80", pids=[701]), *waiting], at=at)

    assert not check(RULE, moment(2), moment(0))


def test_outgoing_connections_do_not_count() -> None:
    def moment(at: float) -> Sample:
        dialled = [
            tcp("ESTABLISHED", f"10.0.0.1:{40000 + i}", "10.0.0.9:80", pids=[701], recv_q=9)
            for i in range(9)
        ]
        return make_sample(dialled, at=at)

    assert not check(RULE, moment(2), moment(0))


def test_other_thresholds_are_obeyed() -> None:
    now, before = server(4, 996, at=2), server(4, 996)

    assert check(RULE, now, before, warning_connections=4)
    assert check(RULE, now, before, warning_share=0.004)
    assert not check(RULE, now, before, warning_share=0.004, least_connections=5)
