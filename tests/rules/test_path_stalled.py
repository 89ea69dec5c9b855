"""path-stalled, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Confidence, Severity, SubjectKind
from netinspect.model import Sample, Timer
from netinspect.rules.path_stalled import RULE
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_sample, namespace, process, tcp

# After five timeouts, the first of 204 ms: 6.3 s are over, and 4.5 s of the running 6.5 s.
STALLED = {
    "timer": Timer.RETRANSMIT,
    "retrans": 5,
    "backoff": 5,
    "rto": 6_528_000,
    "expires": 2_000,
    "send_q": 1_000,
    "unacked": 1,
    "last_ack_recv": 60_000,
    "bytes_acked": 5_000,
    "bytes_received": 7_000,
}


def dialled(number: int = 0, state: str | int = "ESTABLISHED", **columns: int) -> Socket:
    return tcp(state, f"10.0.0.1:{40000 + number}", "10.0.0.7:5432", [701], **(STALLED | columns))


def sample(*sockets: Socket) -> Sample:
    spaces = [namespace(sysctls={"net.ipv4.tcp_retries2": "15"})]
    return make_sample(sockets, [process(701, "app")], namespaces=spaces)


def test_unanswered_data_is_told_with_the_destination() -> None:
    [finding] = check(RULE, sample(dialled(), dialled(1, timer=0, retrans=0)))

    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.CERTAIN)
    assert finding.subject.kind is SubjectKind.DESTINATION
    assert finding.subject.text == "app[701] → 10.0.0.7:5432"
    assert finding.summary == "1 of 2 unanswered for 11s, 1000 bytes"
    assert (finding.level, finding.sockets.tolist()) == (1, [1])
    assert values(finding) == {
        "longest": 10.852,
        "stalled": 1,
        "connections": 2,
        "in_flight": 1_000,
        "retransmits": 5,
        "next_try": 2.0,
        "last_answer": 60.0,
        "top_peer": "10.0.0.7",
        "top_peer_sockets": 1,
    }
    assert limits(finding) == {"longest": 10, "retransmits": 15}


@pytest.mark.parametrize(
    ("expires", "told"),
    [(2_852, 1), (2_853, 0)],
)
def test_ten_seconds_are_needed(expires: int, told: int) -> None:
    assert len(check(RULE, sample(dialled(expires=expires)))) == told


def test_a_minute_is_critical() -> None:
    long = {"backoff": 8, "rto": 52_224_000, "expires": 43_000, "last_ack_recv": 70_000}

    [finding] = check(RULE, sample(dialled(**long)))

    assert (finding.severity, values(finding)["longest"]) == (Severity.CRITICAL, 61.244)


def test_idle_time_before_the_data_was_sent_does_not_count() -> None:
    first_try = {"retrans": 1, "backoff": 1, "rto": 408_000, "expires": 300}

    assert not check(RULE, sample(dialled(**first_try, last_ack_recv=3_600_000)))


def test_recent_answer_counts() -> None:
    assert not check(RULE, sample(dialled(last_ack_recv=9_999)))


@pytest.mark.parametrize(
    "columns",
    [{"timer": Timer.PERSIST}, {"retrans": 0}, {"send_q": 0}, {"unacked": 0}, {"state": 4}],
    ids=["another timer", "nothing sent again", "nothing to send", "all acknowledged", "closing"],
)
def test_what_is_no_stalled_path_is_silent(columns: dict[str, int]) -> None:
    assert not check(RULE, sample(dialled(**columns)))


@pytest.mark.parametrize(("retrans", "told"), [(5, 0), (6, 1)])
def test_without_tcp_info_the_number_of_retransmits_tells_the_least_time(
    retrans: int, told: int
) -> None:
    names = ("backoff", "rto", "unacked", "last_ack_recv", "bytes_acked", "bytes_received")
    unknown = dict.fromkeys(names, -1)

    found = check(RULE, sample(dialled(retrans=retrans, **unknown)))

    assert [values(finding)["longest"] for finding in found] == [12.6] * told
    assert all(finding.confidence is Confidence.LIKELY for finding in found)
    assert all("about" in finding.evidence[0].source for finding in found)


def test_young_connection_without_any_answer_is_left_to_the_ghosts() -> None:
    never = {"bytes_acked": 1, "bytes_received": 0}

    assert not check(RULE, sample(dialled(**never, last_ack_recv=119_999)))
    assert check(RULE, sample(dialled(**never, last_ack_recv=120_000)))


def test_few_clients_of_a_service_are_information_only() -> None:
    clients = [
        tcp("ESTABLISHED", "10.0.0.1:80", f"10.0.1.{n}:4000", [701], **(STALLED if n < 2 else {}))
        for n in range(1, 12)
    ]

    [usual] = check(RULE, sample(*clients))
    [grave] = check(RULE, sample(*clients[:10]))

    assert (usual.severity, grave.severity) == (Severity.INFO, Severity.WARNING)
    assert (usual.subject.local_port, usual.subject.remote_addr) == (80, None)
