"""syn-queue-pressure, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Confidence, Severity, SubjectKind
from netinspect.model import Sample
from netinspect.rules.syn_queue_pressure import RULE
from tests.rules.checking import check, limits, values
from tests.samples import make_sample, namespace, process, tcp

COUNTERS = (
    *("TCPReqQFullDoCookies", "TCPReqQFullDrop", "ListenDrops", "ListenOverflows"),
    *("SyncookiesSent", "SyncookiesRecv", "SyncookiesFailed"),
)


def sample(
    half_open: int,
    *,
    at: float = 0.0,
    limit: int = 64,
    queue: int = 0,
    drops: int = 0,
    cookies: int = 1,
    max_syn: int = 256,
    resent: int = 0,
    sources: int = 250,
    **counted: int,
) -> Sample:
    """Make a listener with half-open connections; counted: what the namespace counted."""
    listener = tcp(
        "LISTEN", "0.0.0.0:80", pids=[701], recv_q=queue, send_q=limit, drops=drops, key=1
    )
    rows = [
        tcp(
            "SYN_RECV",
            "10.0.0.1:80",
            f"10.9.0.{i % sources + 1}:{1000 + i}",
            retrans=2 if i < resent else 0,
        )
        for i in range(half_open)
    ]
    spaces = [
        namespace(
            counters={f"TcpExt.{name}": counted.get(name, 0) for name in COUNTERS},
            sysctls={
                "net.ipv4.tcp_syncookies": str(cookies),
                "net.ipv4.tcp_max_syn_backlog": str(max_syn),
            },
        )
    ]
    return make_sample([listener, *rows], [process(701, "nginx")], at=at, namespaces=spaces)


def test_half_full_queue_is_a_warning_once_it_lasts() -> None:
    [finding] = check(RULE, sample(33))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 3)
    assert finding.subject.kind is SubjectKind.LISTENER
    assert (finding.subject.text, finding.runtime) == ("nginx[701] 0.0.0.0:80", "nginx")
    assert (finding.level, finding.limit, finding.summary) == (33, 64, "33/64 half-open")
    assert len(finding.sockets) == 33
    assert limits(finding) == {"half_open": 64, "queue": 64}


@pytest.mark.parametrize(("half_open", "limit"), [(32, 64), (2, 1), (0, 0)])
def test_fewer_are_silent(half_open: int, limit: int) -> None:
    assert not check(RULE, sample(half_open, limit=limit))


def test_three_on_a_tiny_queue_are_told() -> None:
    assert check(RULE, sample(3, limit=5))


@pytest.mark.parametrize(
    ("cookies", "half_open", "severity"),
    [(0, 65, Severity.CRITICAL), (0, 64, Severity.WARNING), (1, 65, Severity.WARNING)],
)
def test_full_queue_is_critical_where_nothing_takes_its_place(
    cookies: int, half_open: int, severity: Severity
) -> None:
    [finding] = check(RULE, sample(half_open, cookies=cookies))

    assert (finding.severity, finding.hold) == (severity, 3)


def test_max_syn_backlog_is_the_limit_only_without_cookies() -> None:
    [finding] = check(RULE, sample(25, limit=4096, max_syn=32, cookies=0))
    assert (finding.severity, finding.summary) == (Severity.CRITICAL, "25/24 half-open")
    assert not check(RULE, sample(25, limit=4096, max_syn=32, cookies=1))


def test_refused_syns_are_critical_at_once() -> None:
    before = sample(65, cookies=0)
    now = sample(65, at=2, cookies=0, drops=235, TCPReqQFullDrop=235, ListenDrops=235)

    [finding] = check(RULE, now, before)

    assert (finding.severity, finding.hold) == (Severity.CRITICAL, 1)
    assert finding.summary == "65/64 half-open, 118 SYNs refused/s"
    assert values(finding)["refused"] == 235
    assert values(finding)["refused_quietly"] == 0


def test_syns_that_no_counter_names_are_critical_at_once() -> None:
    before = sample(25, limit=4096, max_syn=32, cookies=0)
    now = sample(25, at=2, limit=4096, max_syn=32, cookies=0, drops=275, ListenDrops=275)

    [finding] = check(RULE, now, before)

    assert (finding.severity, finding.hold) == (Severity.CRITICAL, 1)
    assert values(finding)["refused_quietly"] == 275


def test_refusals_are_not_given_to_a_listener_that_counted_none() -> None:
    before, now = sample(40, cookies=0), sample(40, at=2, cookies=0, TCPReqQFullDrop=9)

    [finding] = check(RULE, now, before)

    assert (finding.severity, finding.hold) == (Severity.WARNING, 3)


def test_cookies_that_were_needed_are_a_warning_at_once() -> None:
    before = sample(65)
    now = sample(
        65, at=2, TCPReqQFullDoCookies=235, SyncookiesSent=235, SyncookiesRecv=200, ListenDrops=0
    )

    [finding] = check(RULE, now, before)

    assert (finding.severity, finding.hold) == (Severity.WARNING, 1)
    assert finding.summary == "65/64 half-open, 118 cookies/s"


def test_cookies_that_are_always_sent_are_no_sign() -> None:
    before = sample(0, cookies=2)
    now = sample(0, at=2, cookies=2, TCPReqQFullDoCookies=235, SyncookiesSent=235)

    assert not check(RULE, now, before)


@pytest.mark.parametrize(
    ("received", "name"),
    [(236, "answered_again"), (235, "real_clients"), (118, "real_clients"), (117, "no_answers")],
)
def test_cookies_that_came_back_tell_whose_they_are(received: int, name: str) -> None:
    now = sample(65, at=2, TCPReqQFullDoCookies=235, SyncookiesSent=235, SyncookiesRecv=received)

    found = values(check(RULE, now, sample(65))[0])

    named = {"answered_again", "real_clients", "no_answers"} & found.keys()
    assert named == {name}


def test_wrong_cookies_are_critical_from_one_a_second_on() -> None:
    [finding] = check(RULE, sample(40, at=2, SyncookiesFailed=2), sample(40))
    assert (finding.severity, finding.hold) == (Severity.CRITICAL, 1)
    assert finding.summary == "40/64 half-open, 1.0 wrong cookies/s"

    [finding] = check(RULE, sample(40, at=2, SyncookiesFailed=1), sample(40))
    assert finding.severity is Severity.WARNING


def test_cookies_of_a_listener_whose_accept_queue_is_full_are_its_own() -> None:
    now = sample(1, at=2, limit=5, queue=6, TCPReqQFullDoCookies=3, SyncookiesSent=3)

    [finding] = check(RULE, now, sample(1, limit=5, queue=6))

    assert finding.subject.kind is SubjectKind.LISTENER
    assert values(finding)["accept_queue_full"] is True


def test_burst_that_is_over_is_told_of_the_namespace() -> None:
    [finding] = check(RULE, sample(0, at=2, TCPReqQFullDoCookies=9), sample(0))

    assert (finding.severity, finding.subject.kind) == (Severity.WARNING, SubjectKind.NAMESPACE)
    assert finding.confidence is Confidence.INFERRED
    assert finding.summary == "no listener's SYN queue is full now, 4.5 cookies/s"


def test_counters_before_the_first_sample_do_not_count() -> None:
    assert not check(RULE, sample(0, TCPReqQFullDrop=9, TCPReqQFullDoCookies=9))


def test_few_sources_that_never_answer_are_told() -> None:
    found = values(check(RULE, sample(40, sources=3, resent=5))[0])
    assert (found["sources"], found["resent"], found["few_sources"]) == (3, 5, True)
    assert (found["top_peer"], found["top_peer_sockets"]) == ("10.9.0.1", 14)

    assert "few_sources" not in values(check(RULE, sample(40, sources=3, resent=4))[0])
    assert "few_sources" not in values(check(RULE, sample(40, sources=4, resent=5))[0])


def test_other_thresholds_are_obeyed() -> None:
    assert check(RULE, sample(10), warning_share=0.1)
    assert not check(RULE, sample(10), warning_share=0.1, warning_connections=11)
    failed = sample(40, at=2, SyncookiesFailed=2)
    assert check(RULE, failed, sample(40), failed_rate=2)[0].severity is Severity.WARNING
