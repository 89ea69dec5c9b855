"""keepalive-missing, on Samples written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from netinspect.finding import Severity, SubjectKind
from netinspect.model import Sample, Timer
from netinspect.rules.keepalive_missing import RULE
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_sample, namespace, process, tcp

HOUR = 3_600_000


def idle(
    number: int = 0,
    remote: str = "10.0.0.7:5432",
    pid: int = 701,
    state: str | int = "ESTABLISHED",
    **columns: int,
) -> Socket:
    given: dict[str, int] = {
        "timer": Timer.OFF,
        "send_q": 0,
        "last_data_recv": HOUR,
        "last_ack_recv": HOUR,
    }
    local = f"10.0.0.1:{40000 + number}"
    return tcp(state, local, remote, [pid] if pid else (), **(given | columns))


def sample(*sockets: Socket, **known: Any) -> Sample:
    spaces = [namespace(sysctls={"net.ipv4.tcp_keepalive_time": "7200"})]
    return make_sample(sockets, [process(701, "java", **known)], namespaces=spaces)


def test_idle_connection_without_keepalive_is_information() -> None:
    [finding] = check(RULE, sample(idle()))

    assert (finding.severity, finding.hold) == (Severity.INFO, 3)
    assert finding.subject.kind is SubjectKind.PROCESS
    assert (finding.subject.text, finding.runtime) == ("java[701]", "java")
    assert finding.summary == "1 idle without keepalive, oldest 60m"
    assert (finding.level, finding.sockets.tolist()) == (1, [1])
    found = values(finding)
    assert found.pop("fd_share") == pytest.approx(10 / 1024)
    assert found == {
        "without": 1,
        "late": 0,
        "oldest": 3600.0,
        "peers": 1,
        "top_peer": "10.0.0.7",
        "top_peer_sockets": 1,
        "keepalive_time": 7200,
    }
    assert limits(finding) == {"without": 50, "oldest": 3600, "fd_share": 0.8}


def test_fifty_of_one_process_are_a_warning() -> None:
    rows = [idle(number) for number in range(50)]

    [many] = check(RULE, sample(*rows))
    [fewer] = check(RULE, sample(*rows[1:]))

    assert (many.severity, fewer.severity) == (Severity.WARNING, Severity.INFO)


@pytest.mark.parametrize(
    ("fds", "severity"), [(800, Severity.WARNING), (799, Severity.INFO), (None, Severity.INFO)]
)
def test_near_the_descriptor_limit_one_is_a_warning(fds: int | None, severity: Severity) -> None:
    [finding] = check(RULE, sample(idle(), fds=fds, fd_soft=1000))

    assert finding.severity is severity


@pytest.mark.parametrize(("expires", "told"), [(900_001, 1), (900_000, 0)])
def test_late_keepalive_is_information(expires: int, told: int) -> None:
    found = check(RULE, sample(idle(timer=Timer.KEEPALIVE, expires=expires)))

    assert [f.summary for f in found] == ["1 with a late one, oldest 60m"] * told
    assert all(f.severity is Severity.INFO for f in found)


def test_late_ones_do_not_make_a_warning() -> None:
    late = [idle(n, timer=Timer.KEEPALIVE, expires=3_000_000) for n in range(60)]

    [finding] = check(RULE, sample(*late))

    assert (finding.severity, values(finding)["late"]) == (Severity.INFO, 60)


@pytest.mark.parametrize(
    "socket",
    [
        idle(last_data_recv=HOUR - 1),
        idle(last_ack_recv=HOUR - 1),
        idle(last_data_recv=-1),
        idle(send_q=1),
        idle(timer=Timer.RETRANSMIT),
        idle(remote="127.0.0.1:5432"),
        idle(remote="10.0.0.1:5432"),
        idle(pid=0),
        idle(state=8),
    ],
    ids=[
        *("data came", "an ACK came", "no tcp_info", "data waits", "a timer hides it"),
        *("loopback", "this host", "not accepted", "CLOSE_WAIT"),
    ],
)
def test_guards_are_silent(socket: Socket) -> None:
    assert not check(RULE, sample(socket))


def test_other_thresholds_are_obeyed() -> None:
    young = sample(idle(last_data_recv=2_000, last_ack_recv=2_000))

    [finding] = check(RULE, young, idle_seconds=2, warning_sockets=1)

    assert finding.severity is Severity.WARNING
    assert not check(RULE, young, idle_seconds=2.1)
