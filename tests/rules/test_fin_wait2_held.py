"""fin-wait2-held, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Severity, SubjectKind
from netinspect.model import Sample, Timer
from netinspect.rules.fin_wait2_held import RULE
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_sample, process, tcp


def held(
    number: int,
    age: int = 60_000,
    pid: int = 701,
    state: str | int = "FIN_WAIT2",
    **columns: int,
) -> Socket:
    local, remote = f"10.0.0.1:{40000 + number}", f"10.0.0.{1 + number % 2}:80"
    given: dict[str, int] = {"timer": Timer.OFF, "last_ack_recv": age}
    return tcp(state, local, remote, [pid] if pid else (), **(given | columns))


def sample(*sockets: Socket) -> Sample:
    return make_sample(sockets, [process(701, "haproxy")])


def test_ten_held_for_a_minute_are_told_with_their_process() -> None:
    [finding] = check(RULE, sample(held(0, 90_000), *(held(number) for number in range(1, 10))))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 3)
    assert finding.subject.kind is SubjectKind.PROCESS
    assert (finding.subject.text, finding.runtime) == ("haproxy[701]", "haproxy")
    assert finding.summary == "10 held in FIN_WAIT2, oldest 90s"
    assert (finding.level, len(finding.sockets)) == (10, 10)
    assert values(finding) == {
        "held": 10,
        "oldest": 90.0,
        "peers": 2,
        "top_peer": "10.0.0.1",
        "top_peer_sockets": 5,
    }
    assert limits(finding) == {"held": 10, "oldest": 60}


@pytest.mark.parametrize(
    "last",
    [
        held(9, 59_999),
        held(9, -1),
        held(9, pid=0, timer=Timer.TIME_WAIT),
        held(9, pid=702),
        held(9, state=8),
    ],
    ids=["younger", "no tcp_info", "closed by the program", "another process", "CLOSE_WAIT"],
)
def test_nine_and_something_else_are_silent(last: Socket) -> None:
    assert not check(RULE, sample(*(held(number) for number in range(9)), last))


def test_other_thresholds_are_obeyed() -> None:
    one = sample(held(0, 2_000))

    assert check(RULE, one, warning_sockets=1, age_seconds=2)
    assert not check(RULE, one, warning_sockets=1, age_seconds=2.1)
