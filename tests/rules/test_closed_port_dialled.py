"""closed-port-dialled, on Samples written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from netinspect.diagnosis import Judgement
from netinspect.finding import Confidence, Finding, Severity, SubjectKind
from netinspect.measures.facts import Facts
from netinspect.measures.listened import Listened, PortKey
from netinspect.rules.closed_port_dialled import RULE
from tests.rules.checking import check, limits, values
from tests.rules.growing import ENDINGS, grown, without
from tests.samples import NETNS, Socket, make_window, process, tcp

SERVER = process(701, "nginx", unit="nginx.service")


def resets(
    sent: int,
    others: dict[str, int] | None = None,
    now: tuple[Socket, ...] = (),
    before: tuple[Socket, ...] = (),
) -> list[Finding]:
    """Judge two seconds in which so many resets were sent."""
    growth = {"Tcp.OutRsts": sent, **(others or {})}
    return check(RULE, *grown(growth, now=now, before=before, processes=[SERVER]))


def test_resets_no_connection_explains_are_told() -> None:
    [finding] = resets(31, {"TcpExt.TCPAbortOnMemory": 9, "Udp.NoPorts": 3})

    assert (finding.severity, finding.hold) == (Severity.WARNING, 2)
    assert finding.confidence is Confidence.LIKELY
    assert finding.subject.kind is SubjectKind.NAMESPACE
    assert finding.summary == "11 resets/s to segments of no connection"
    assert values(finding) == {
        "resets": 22,
        "reset_rate": 11,
        "resets_sent": 31,
        "datagrams": 3,
        "lost_port": None,
        "lost_for": None,
        "elapsed": 2,
    }
    assert limits(finding) == {"reset_rate": 10}


@pytest.mark.parametrize(("sent", "told"), [(21, 1), (20, 0)])
def test_ten_a_second_is_silent_and_more_is_told(sent: int, told: int) -> None:
    assert len(resets(sent)) == told


@pytest.mark.parametrize(
    "explained",
    [
        {"Tcp.EstabResets": 30},
        {"TcpExt.TCPAbortOnClose": 20, "TcpExt.TCPAbortOnData": 10},
        {"TcpExt.TCPAbortOnMemory": 30},
        {"TcpExt.TCPAbortOnTimeout": 30},
        {"TcpExt.EmbryonicRsts": 30},
        {"TcpExt.TW": 30},
    ],
)
def test_resets_of_connections_are_silent(explained: dict[str, int]) -> None:
    assert not resets(40, explained)


def test_reset_that_a_connection_counts_twice_is_taken_off_once() -> None:
    [finding] = resets(51, {"Tcp.EstabResets": 30, "TcpExt.TCPAbortOnClose": 30})

    assert finding.value("resets") == 21


def test_port_that_lost_its_listener_is_named() -> None:
    [finding] = resets(2, before=(tcp("LISTEN", "0.0.0.0:80", pids=[701]),))

    assert (finding.severity, finding.hold) == (Severity.CRITICAL, 1)
    assert finding.confidence is Confidence.INFERRED
    subject = finding.subject
    assert (subject.kind, subject.local_port) == (SubjectKind.PORT, 80)
    assert subject.text == "port 80, was nginx[701]"
    assert (subject.unit, subject.inferred) == ("nginx.service", False)
    assert finding.summary == "no listener any more, 1.0 resets/s to segments of no connection"
    assert finding.runtime == "nginx"
    assert (finding.value("lost_port"), finding.value("lost_for")) == ("80", 2)


@pytest.mark.parametrize(
    ("port", "samples", "ago", "told"),
    [(80, 1, 300, 1), (80, 9, 301, 0), (40000, 2, 2, 0), (40000, 3, 2, 1)],
    ids=["a while ago", "long ago", "for a moment on a port of the range", "steadily"],
)
def test_lost_listener_was_steady_and_not_long_ago(
    port: int, samples: int, ago: float, told: int
) -> None:
    now, before = grown({"Tcp.OutRsts": 2})
    seen = Listened(samples, now.monotonic - ago, SERVER, np.zeros(0, np.uint64))
    facts = Facts(make_window(now, before), {PortKey(NETNS, port): seen})

    assert len(list(RULE.check(facts, Judgement().of_rule(RULE)))) == told


def test_only_the_last_five_are_named() -> None:
    before = tuple(tcp("LISTEN", f"0.0.0.0:{80 + i}", pids=[701], key=1 + i) for i in range(9))

    assert len(resets(200, before=before)) == 5


def test_listener_lost_without_anybody_dialling_is_silent() -> None:
    assert not resets(1, before=(tcp("LISTEN", "0.0.0.0:80", pids=[701]),))


def test_port_another_listener_still_has_is_not_lost() -> None:
    assert not resets(
        20,
        now=(tcp("LISTEN", "127.0.0.1:80", pids=[701], key=2),),
        before=(tcp("LISTEN", "0.0.0.0:80", pids=[701], key=1),),
    )


def left(port: int, *remote_ports: int) -> tuple[Socket, ...]:
    return tuple(
        tcp("TIME_WAIT", f"10.0.0.1:{port}", f"10.0.0.{9 + i}:{remote}")
        for i, remote in enumerate(remote_ports)
    )


def test_connections_left_on_a_port_tell_that_it_had_a_listener() -> None:
    [finding] = resets(4, now=left(8080, 50001, 50002))

    assert finding.severity is Severity.CRITICAL
    assert (finding.subject.text, finding.subject.inferred) == ("port 8080", True)


@pytest.mark.parametrize(
    "rows",
    [left(8080, 50001), left(40000, 50001, 50002), left(900, 514, 514)],
    ids=["one connection", "port of the range", "chosen port of a client"],
)
def test_connections_that_may_have_gone_out_tell_nothing(rows: tuple[Socket, ...]) -> None:
    assert not resets(4, now=rows)


def test_connections_of_a_port_with_a_listener_tell_nothing() -> None:
    listener = tcp("LISTEN", "0.0.0.0:8080", pids=[701])

    assert not resets(4, now=(listener, *left(8080, 50001, 50002)), before=(listener,))


@pytest.mark.parametrize("missing", [name for name in ENDINGS if name != "Tcp.OutRsts"])
def test_without_one_of_the_counters_it_is_silent(missing: str) -> None:
    assert not check(RULE, *grown({"Tcp.OutRsts": 500}, known=without(missing)))
