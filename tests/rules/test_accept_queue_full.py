"""accept-queue-full, on Samples written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netinspect.finding import Confidence, Severity, SubjectKind
from netinspect.model import UNKNOWN, Sample
from netinspect.rules.accept_queue_full import RULE
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_pulses, make_sample, namespace, process, tcp

OVERFLOWS = "TcpExt.ListenOverflows"


def listener(queue: int, limit: int = 128, drops: int = 0, port: int = 80) -> Socket:
    return tcp("LISTEN", f"0.0.0.0:{port}", pids=[701], recv_q=queue, send_q=limit, drops=drops)


def sample(*sockets: Socket, at: float = 0.0, **counters: int) -> Sample:
    named = {
        f"{'Tcp' if name == 'PassiveOpens' else 'TcpExt'}.{name}": value
        for name, value in counters.items()
    }
    spaces = [namespace(counters=named, sysctls={"net.core.somaxconn": "4096"})]
    return make_sample(
        sockets, [process(701, "app", fds=40, fd_soft=100)], at=at, namespaces=spaces
    )


def test_queue_above_its_limit_is_critical_at_once() -> None:
    [finding] = check(RULE, sample(listener(129)))

    assert (finding.severity, finding.hold) == (Severity.CRITICAL, 1)
    assert finding.subject.kind is SubjectKind.LISTENER
    assert finding.subject.text == "app[701] 0.0.0.0:80"
    assert (finding.level, finding.limit, finding.summary) == (129, 128, "129/128 queued")
    assert finding.sockets.tolist() == [1]
    found = values(finding)
    assert (found["queue"], found["somaxconn"], found["fds"]) == (129, 4096, 40)
    assert (found["drops"], found["drop_rate"], found["overflows"]) == (None, None, None)
    assert limits(finding) == {"queue": 128, "fds": 100}


@pytest.mark.parametrize(("queue", "limit"), [(129, UNKNOWN), (0, UNKNOWN), (UNKNOWN, UNKNOWN)])
def test_queue_whose_limit_is_unknown_is_not_called_full(queue: int, limit: int) -> None:
    assert check(RULE, sample(listener(queue, limit))) == []


def test_queue_at_its_limit_is_only_filling() -> None:
    [finding] = check(RULE, sample(listener(128)))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 3)


@pytest.mark.parametrize(
    ("queue", "limit", "told"), [(64, 128, 1), (63, 128, 0), (3, 6, 1), (2, 4, 0)]
)
def test_queue_is_told_from_half_of_its_limit_and_three_on(
    queue: int, limit: int, told: int
) -> None:
    assert len(check(RULE, sample(listener(queue, limit)))) == told


def test_other_thresholds_are_obeyed() -> None:
    filling = sample(listener(30))

    assert check(RULE, filling, warning_share=0.2)
    assert not check(RULE, filling, warning_share=0.2, warning_queue=31)


def test_queue_of_unknown_length_is_silent() -> None:
    assert not check(RULE, sample(listener(-1, -1, -1)))


def test_drops_are_critical_while_somebody_waits() -> None:
    before = sample(listener(3, drops=5), ListenOverflows=100)
    now = sample(listener(1, drops=9), at=2, ListenOverflows=104)

    [finding] = check(RULE, now, before)

    assert (finding.severity, finding.hold) == (Severity.CRITICAL, 1)
    assert finding.summary == "1/128 queued, 2.0 drops/s"
    found = values(finding)
    assert (found["drops"], found["drops_total"], found["overflows"]) == (4, 9, 4)
    assert (found["drop_rate"], found["elapsed"]) == (2.0, 2.0)


def test_drops_that_the_listener_counts_twice_are_told_once() -> None:
    before = sample(listener(129), ListenOverflows=0)
    now = sample(listener(129, drops=28), at=1, ListenOverflows=14)

    [finding] = check(RULE, now, before)

    assert finding.summary == "129/128 queued, 14 drops/s"


def test_drops_of_two_listeners_are_told_apart_by_their_own_counters() -> None:
    before = sample(listener(129), listener(129, port=81), ListenOverflows=0)
    now = sample(listener(129, drops=4), listener(129, drops=6, port=81), at=1, ListenOverflows=10)

    assert [f.summary for f in check(RULE, now, before)] == [
        "129/128 queued, 4.0 drops/s",
        "129/128 queued, 6.0 drops/s",
    ]


def test_burst_that_is_over_is_information() -> None:
    before = sample(listener(0), ListenOverflows=0)
    now = sample(listener(0, drops=19), at=2, ListenOverflows=19)

    [finding] = check(RULE, now, before)

    assert (finding.severity, finding.hold) == (Severity.INFO, 1)


def test_many_drops_are_critical_though_the_queue_is_empty_just_now() -> None:
    before = sample(listener(0), ListenOverflows=0)
    now = sample(listener(0, drops=20), at=2, ListenOverflows=20)

    assert check(RULE, now, before)[0].severity is Severity.CRITICAL


def test_drops_before_the_first_sample_do_not_count() -> None:
    assert not check(RULE, sample(listener(0, drops=500), ListenOverflows=500))


def test_drops_of_the_syn_queue_are_not_the_accept_queue_s() -> None:
    before = sample(listener(0), ListenOverflows=7, ListenDrops=7)
    now = sample(listener(0, drops=235), at=2, ListenOverflows=7, ListenDrops=242)

    assert not check(RULE, now, before)


def test_drops_beside_a_syn_queue_that_refuses_are_not_the_accept_queue_s() -> None:
    before = sample(listener(0), ListenOverflows=0, TCPReqQFullDrop=0)
    now = sample(listener(0, drops=235), at=2, ListenOverflows=9, TCPReqQFullDrop=235)

    assert not check(RULE, now, before)


@pytest.mark.parametrize(("limit", "hold"), [(0, 3), (1, 3), (2, 1)])
def test_next_to_no_backlog_must_be_full_for_longer(limit: int, hold: int) -> None:
    [finding] = check(RULE, sample(listener(limit + 1, limit)))

    assert (finding.severity, finding.hold) == (Severity.CRITICAL, hold)


def test_stuck_sibling_is_told_beside_a_healthy_one() -> None:
    before = sample(listener(9, 8), listener(0, 8), ListenOverflows=0)
    now = sample(listener(9, 8, drops=27), listener(0, 8), at=2, ListenOverflows=27)

    [finding] = check(RULE, now, before)

    assert finding.sockets.tolist() == [1]


def test_evidence_tells_of_accepted_connections_and_unread_requests() -> None:
    def moment(at: float) -> Sample:
        return sample(
            listener(129),
            tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:1000", pids=[701], recv_q=80),
            tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:1001", pids=[701], recv_q=0),
            tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:1002", recv_q=80),
            at=at,
        )

    found = values(check(RULE, moment(2), moment(0))[0])

    assert (found["accepted"], found["unread"]) == (2, 1)


@pytest.mark.parametrize(
    ("known", "name"),
    [
        ({"fds": 39, "fd_soft": 40}, "out_of_fds"),
        ({"state": "T"}, "stopped"),
        ({"state": "t"}, "stopped"),
        ({"state": "D"}, "blocked"),
    ],
)
def test_evidence_tells_why_the_owner_does_not_accept(known: dict[str, object], name: str) -> None:
    owner = process(701, "app", **known)

    [finding] = check(RULE, make_sample([listener(129)], [owner]))

    assert values(finding)[name] is True
    assert name not in values(check(RULE, sample(listener(129)))[0])


def test_evidence_counts_the_threads_of_the_port() -> None:
    names = {"http-nio-8080-e": 200, "http-nio-8443-e": 10, "http-nio-8080-A": 1, "GC Thread#": 2}
    owner = process(701, "java", threads=220, thread_names=names)

    [finding] = check(RULE, make_sample([listener(129, port=8080)], [owner]))

    assert (values(finding)["pool_threads"], values(finding)["threads"]) == (200, 220)
    assert finding.runtime == "java"


def test_listener_without_a_visible_owner_is_told_all_the_same() -> None:
    [finding] = check(RULE, make_sample([tcp("LISTEN", "[::]:80", recv_q=6, send_q=5, v6only=0)]))

    assert (finding.subject.text, finding.subject.process) == ("*:80", None)
    assert "fds" not in values(finding)


def arrivals(limit: int, opens: int, new: int = 1) -> list[Sample]:
    children = [
        tcp("ESTABLISHED", "10.0.0.1:80", f"10.0.0.9:{1000 + i}", pids=[701], key=100 + i)
        for i in range(new)
    ]
    return [
        sample(listener(0, limit), PassiveOpens=0),
        sample(listener(0, limit), *children, at=2, PassiveOpens=opens),
    ]


def test_small_queue_of_a_busy_listener_is_a_warning() -> None:
    before, now = arrivals(limit=5, opens=102)

    [finding] = check(RULE, now, before)

    assert (finding.severity, finding.hold) == (Severity.WARNING, 2)
    assert finding.confidence is Confidence.INFERRED
    assert finding.summary == "room for 5, 51 new connections/s"
    assert values(finding)["new_rate"] == 51
    assert values(finding)["pause"] == pytest.approx(6 / 51)
    assert limits(finding)["new_rate"] == 50


@pytest.mark.parametrize(
    ("limit", "opens"), [(128, 102), (5, 100), (1, 102)], ids=["queue", "rate", "on purpose"]
)
def test_queue_that_is_large_enough_or_little_used_is_silent(limit: int, opens: int) -> None:
    before, now = arrivals(limit, opens)

    assert not check(RULE, now, before)


def test_listener_that_is_alone_gets_what_left_no_row() -> None:
    before, now = arrivals(limit=5, opens=102, new=0)

    assert check(RULE, now, before)


def test_new_connections_are_given_to_the_listener_that_has_them() -> None:
    before = sample(listener(0, 5), listener(0, 5, port=81), PassiveOpens=0)
    child = tcp("ESTABLISHED", "10.0.0.1:81", "10.0.0.9:1", pids=[701], key=100)
    now = sample(listener(0, 5), listener(0, 5, port=81), child, at=2, PassiveOpens=200)

    [finding] = check(RULE, now, before)

    assert finding.subject.local_port == 81


def test_overflows_of_a_listener_that_was_closed_are_told() -> None:
    before = sample(listener(9, 8, port=81), listener(0, port=80), ListenOverflows=0)
    now = sample(tcp("LISTEN", "0.0.0.0:80", key=2, drops=0, send_q=128), at=2, ListenOverflows=7)

    [finding] = check(RULE, now, before)

    assert (finding.severity, finding.subject.kind) == (Severity.WARNING, SubjectKind.NAMESPACE)
    assert finding.summary == "7 dropped by a listener that is closed now"
    assert values(finding)["closed"] == "app[701] 0.0.0.0:81"


def test_overflows_that_nobody_counted_are_not_told_while_all_listeners_are_there() -> None:
    before = sample(listener(0), ListenOverflows=0)
    now = sample(listener(0), at=2, ListenOverflows=7)

    assert not check(RULE, now, before)


def test_overflows_are_not_given_to_a_closed_listener_when_another_counted_them() -> None:
    before = sample(listener(9, 8), listener(0, port=81), ListenOverflows=0)
    now = sample(listener(9, 8, drops=7), at=2, ListenOverflows=7)

    [finding] = check(RULE, now, before)

    assert finding.subject.kind is SubjectKind.LISTENER


def test_overflows_are_not_given_to_a_closed_listener_where_drops_are_not_known() -> None:
    before = sample(listener(0, drops=-1), listener(0, drops=-1, port=81), ListenOverflows=0)
    now = sample(listener(0, drops=-1), at=2, ListenOverflows=7)

    assert not check(RULE, now, before)


def peaked(peak: int, now: int = 0, limit: int = 128) -> Sample:
    return replace(
        sample(listener(now, limit)),
        pulses=make_pulses({1.0: [tcp("LISTEN", "0.0.0.0:80", key=1, recv_q=peak)]}),
    )


def test_queue_that_was_full_between_two_looks_is_told_as_information() -> None:
    [finding] = check(RULE, peaked(129))

    assert (finding.severity, finding.hold) == (Severity.INFO, 1)
    assert finding.summary == "0/128 queued, 129 at its peak"
    assert (values(finding)["queue"], values(finding)["peak_queue"]) == (0, 129)


@pytest.mark.parametrize(("peak", "limit"), [(128, 128), (2, 1)], ids=["room left", "no backlog"])
def test_peak_with_room_left_or_without_a_backlog_is_silent(peak: int, limit: int) -> None:
    assert not check(RULE, peaked(peak, limit=limit))


def test_peak_makes_a_queue_that_fills_no_milder() -> None:
    [finding] = check(RULE, peaked(129, now=100))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 3)
    assert finding.summary == "100/128 queued, 129 at its peak"
