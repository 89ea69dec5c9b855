"""ghost-connection, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.diagnosis import History, diagnose
from netinspect.finding import Confidence, Severity, SubjectKind
from netinspect.model import Sample, Timer
from netinspect.rules import accept_queue_full
from netinspect.rules.ghost_connection import RULE
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_sample, make_window, process, tcp

GHOST = {
    "bytes_received": 0,
    "bytes_acked": 1,
    "send_q": 5,
    "timer": Timer.RETRANSMIT,
    "retrans": 2,
    "last_data_recv": 9000,
}


def ghost(number: int = 0, *, state: str = "ESTABLISHED", **columns: int) -> Socket:
    local = f"10.0.0.1:{40000 + number}"
    return tcp(state, local, "10.0.0.9:80", pids=[701], **{**GHOST, **columns})


def client(*sockets: Socket) -> Sample:
    return make_sample(sockets, [process(701, "python3")])


def test_connection_that_was_never_answered_is_a_warning_of_its_destination() -> None:
    healthy = tcp("ESTABLISHED", "10.0.0.1:50000", "10.0.0.9:80", pids=[701], bytes_received=9)

    [finding] = check(RULE, client(ghost(), ghost(1, retrans=5, last_data_recv=4000), healthy))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 2)
    assert finding.confidence is Confidence.LIKELY
    assert finding.subject.kind is SubjectKind.DESTINATION
    assert (finding.subject.remote_addr, finding.subject.remote_port) == ("10.0.0.9", 80)
    assert (finding.subject.pid, finding.runtime) == (701, "python")
    assert finding.summary == "2 connected and never answered, up to 5 retransmits"
    assert finding.sockets.tolist() == [1, 2]
    assert values(finding) == {
        "ghosts": 2,
        "retransmits": 5,
        "oldest": 9,
        "unsent": 10,
        "connections": 3,
    }


@pytest.mark.parametrize(
    "columns",
    [
        {"retrans": 1},
        {"bytes_received": 1},
        {"bytes_received": -1},
        {"bytes_acked": 2},
        {"bytes_acked": -1},
        {"send_q": 0},
        {"timer": Timer.PERSIST},
        {"last_data_recv": 120_000},
        {"last_data_recv": -1},
    ],
    ids=str,
)
def test_connection_that_differs_in_one_thing_is_silent(columns: dict[str, int]) -> None:
    assert not check(RULE, client(ghost(0, state="ESTABLISHED", **columns)))


def test_connection_the_peer_has_closed_is_silent() -> None:
    assert not check(RULE, client(ghost(state="CLOSE_WAIT")))


def test_incoming_connection_is_silent() -> None:
    listener = tcp("LISTEN", "0.0.0.0:40000", pids=[701], recv_q=0, send_q=128)

    assert not check(RULE, client(listener, ghost()))


def server(half_open: int, queue: int = 6, *, retrans: int = 1) -> Sample:
    listener = tcp("LISTEN", "0.0.0.0:80", pids=[701], recv_q=queue, send_q=5)
    handshakes = [
        tcp("SYN_RECV", "10.0.0.1:80", f"10.0.0.9:{i}", timer=Timer.RETRANSMIT, retrans=retrans)
        for i in range(1, half_open + 1)
    ]
    return make_sample([listener, *handshakes], [process(701, "nginx")])


def test_handshakes_behind_a_full_queue_are_a_warning_of_the_listener() -> None:
    [finding] = check(RULE, server(2, retrans=3))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 2)
    assert finding.subject.kind is SubjectKind.LISTENER
    assert (finding.subject.local_port, finding.runtime) == (80, "nginx")
    assert finding.summary == "2 handshakes cannot finish: 6/5 queued"
    assert values(finding) == {"half_open": 2, "answers": 3, "queue": 6}
    assert limits(finding) == {"queue": 5}


def test_handshakes_that_only_just_began_or_meet_a_queue_with_room_are_silent() -> None:
    assert not check(RULE, server(2, retrans=0))
    assert not check(RULE, server(2, queue=5))
    assert not check(RULE, server(0))


def test_other_thresholds_are_obeyed() -> None:
    assert not check(RULE, client(ghost()), warning_connections=2)
    assert check(RULE, client(ghost(retrans=1)), retransmits=1)
    assert not check(RULE, client(ghost()), most_seconds=9)


@pytest.mark.parametrize(
    ("local", "remote", "causes"),
    [
        ("127.0.0.1", "127.0.0.1:80", 1),
        ("10.0.0.1", "10.0.0.1:80", 1),
        ("10.0.0.1", "10.0.0.9:80", 0),
    ],
    ids=["loopback", "own address", "elsewhere"],
)
def test_full_queue_of_this_host_is_the_cause(local: str, remote: str, causes: int) -> None:
    listener = tcp("LISTEN", "0.0.0.0:80", pids=[701], recv_q=6, send_q=5)
    lost = tcp("ESTABLISHED", f"{local}:40000", remote, pids=[701], **GHOST)
    history = History()
    for at in range(3):
        window = make_window(make_sample([listener, lost], [process(701)], at=at))
        diagnosis = diagnose(window, history, rules=[accept_queue_full.RULE, RULE])
        history = diagnosis.history

    [found] = [f for f in diagnosis.findings if f.code == "ghost-connection"]

    assert len(found.causes) == causes
