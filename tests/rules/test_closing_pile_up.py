"""closing-pile-up, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Severity, SubjectKind
from netinspect.model import Limits, Sample, Timer
from netinspect.rules.closing_pile_up import RULE
from tests.rules.checking import check, limits, values
from tests.samples import NETNS, Socket, make_sample, namespace, tcp

STATES = ("FIN_WAIT1", "LAST_ACK", "CLOSING")


def closing(number: int, state: str | int = "FIN_WAIT1", **columns: int) -> Socket:
    given: dict[str, int] = {"timer": Timer.RETRANSMIT, "retrans": 2, "send_q": 1}
    peer = "10.0.0.9" if number % 4 else "10.0.0.8"
    return tcp(state, "10.0.0.1:80", f"{peer}:{1000 + number}", (), **(given | columns))


def sample(*sockets: Socket) -> Sample:
    space = namespace(sockstat={"TCP.orphan": 25}, sysctls={"net.ipv4.tcp_orphan_retries": "0"})
    return make_sample(sockets, namespaces=[space], limits=Limits(tcp_max_orphans=8192))


def test_twenty_unanswered_fins_are_told_by_their_namespace() -> None:
    rows = [closing(number, STATES[number % 2]) for number in range(20)]

    [finding] = check(RULE, sample(*rows))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 3)
    assert finding.subject.kind is SubjectKind.NAMESPACE
    assert finding.subject.netns == NETNS
    assert finding.summary == "20 unanswered FINs, 15 to 10.0.0.9"
    assert (finding.level, finding.limit, len(finding.sockets)) == (20, 200, 20)
    assert values(finding) == {
        "closing": 20,
        "in_fin_wait": 10,
        "in_closing": 0,
        "in_last_ack": 10,
        "retransmits": 2,
        "peers": 2,
        "top_peer": "10.0.0.9",
        "top_peer_sockets": 15,
        "orphans": 25,
        "orphan_retries": "0",
    }
    assert limits(finding) == {"closing": 200, "retransmits": 2, "orphans": 8192}


def test_two_hundred_are_critical() -> None:
    rows = [closing(number, STATES[number % 3]) for number in range(200)]

    [grave] = check(RULE, sample(*rows))
    [less] = check(RULE, sample(*rows[1:]))

    assert (grave.severity, less.severity) == (Severity.CRITICAL, Severity.WARNING)


@pytest.mark.parametrize(
    "last",
    [
        closing(0, retrans=1),
        closing(0, timer=Timer.PERSIST),
        closing(0, retrans=-1),
        closing(0, "ESTABLISHED"),
        closing(0, "FIN_WAIT2", timer=Timer.TIME_WAIT),
        closing(0, netns=7),
    ],
    ids=["sent again once", "zero window", "unknown", "open", "acknowledged", "elsewhere"],
)
def test_nineteen_and_something_else_are_silent(last: Socket) -> None:
    assert not check(RULE, sample(*(closing(number) for number in range(1, 20)), last))


def test_other_thresholds_are_obeyed() -> None:
    assert check(RULE, sample(closing(0)), warning_sockets=1)
    assert not check(RULE, sample(closing(0)), warning_sockets=1, retransmits=3)
