"""handshake-retransmit, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Confidence, Finding, Severity, SubjectKind
from netinspect.rules.handshake_retransmit import RULE
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_sample, process, tcp

PROCESSES = [process(701, "nginx")]
LISTENER = tcp("LISTEN", "0.0.0.0:80", pids=[701], key=1)


def dialled(port: int, again: int = 0, *, data: int = 0, state: str = "ESTABLISHED") -> Socket:
    """Make an outgoing connection that sent so many packets and bytes again."""
    ends = (f"10.0.0.1:{40000 + port}", "192.0.2.7:443")
    return tcp(state, *ends, pids=[701], key=100 + port, total_retrans=again, bytes_retrans=data)


def accepted(port: int, again: int = 0) -> Socket:
    ends = ("10.0.0.1:80", f"10.0.0.9:{port}")
    return tcp(
        "ESTABLISHED", *ends, pids=[701], key=200 + port, total_retrans=again, bytes_retrans=0
    )


def judge(*now: Socket, before: tuple[Socket, ...] = ()) -> list[Finding]:
    return check(
        RULE,
        make_sample((LISTENER, *now), PROCESSES, at=2),
        make_sample((LISTENER, *before), PROCESSES),
    )


def test_late_connections_to_a_destination_are_told() -> None:
    [finding] = judge(dialled(1, 1), dialled(2, 3), dialled(3, 1), dialled(4), accepted(1))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 1)
    assert finding.confidence is Confidence.LIKELY
    assert finding.subject.kind is SubjectKind.DESTINATION
    assert finding.subject.text == "nginx[701] → 192.0.2.7:443"
    assert finding.summary == "3 of 4 new connections (75%) took a retransmit"
    assert finding.sockets.tolist() == [101, 102, 103]
    assert (finding.level, finding.runtime) == (3, "nginx")
    assert values(finding) == {
        "late": 3,
        "opened": 4,
        "late_share": 0.75,
        "retransmits": 3,
        "syn_retrans": None,
        "elapsed": 2,
    }
    assert limits(finding) == {"late": 3, "late_share": 0.1}


def test_late_clients_of_a_port_are_told() -> None:
    [finding] = judge(*(accepted(port, 1) for port in (1, 2, 3)), accepted(4), dialled(1))

    assert (finding.subject.kind, finding.subject.local_port) == (SubjectKind.PORT, 80)
    assert finding.summary == "3 of 4 new connections (75%) took a retransmit"


def test_two_late_connections_are_silent() -> None:
    assert not judge(dialled(1, 1), dialled(2, 1))


@pytest.mark.parametrize(("others", "told"), [(27, 1), (28, 0)])
def test_late_connections_below_a_tenth_are_silent(others: int, told: int) -> None:
    late = [dialled(port, 1) for port in (1, 2, 3)]

    assert len(judge(*late, *(dialled(10 + i) for i in range(others)))) == told


def test_data_sent_again_is_no_handshake() -> None:
    assert not judge(*(dialled(port, 1, data=1448) for port in range(9)))


@pytest.mark.parametrize(("state", "told"), [("SYN_SENT", 1), ("ESTABLISHED", 0)])
def test_connection_is_new_when_it_was_not_established_before(state: str, told: int) -> None:
    before = tuple(dialled(port, 1, state=state) for port in (1, 2, 3))

    assert len(judge(*(dialled(port, 1) for port in (1, 2, 3)), before=before)) == told


def test_connections_without_tcp_info_are_silent() -> None:
    assert not judge(*(dialled(port, -1, data=-1) for port in range(9)))
    assert not judge(*(dialled(port, 1, data=-1) for port in range(9)))


def test_sample_before_without_sockets_makes_all_new() -> None:
    now = make_sample([dialled(port, 1) for port in (1, 2, 3)], PROCESSES, at=2)

    assert check(RULE, now, make_sample([], PROCESSES))


def test_first_sample_is_silent() -> None:
    assert not check(RULE, make_sample([dialled(port, 1) for port in range(9)], PROCESSES))
