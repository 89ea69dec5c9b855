"""udp-receive-drops, on Samples written by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from netinspect.finding import Finding, Severity, SubjectKind
from netinspect.model import Sample
from netinspect.rules.udp_receive_drops import RULE
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_sample, namespace, process, udp

NAMES = ("RcvbufErrors", "InCsumErrors", "MemErrors", "InDatagrams")
COUNTERS = tuple(f"{family}.{name}" for family in ("Udp", "Udp6") for name in NAMES)


def receiver(drops: int, remote: str = "0.0.0.0:0") -> Socket:
    return udp("10.0.0.1:53", remote, pids=[701], key=7, drops=drops, rmem_alloc=7680, rcvbuf=8192)


def host(socket: Socket, counters: Mapping[str, int], at: float = 0.0) -> Sample:
    sysctls = {"net.core.rmem_max": "212992"}
    spaces = [namespace(counters=counters, sysctls=sysctls)]
    return make_sample([socket], [process(701, "unbound")], at=at, namespaces=spaces)


def drop(
    drops: int,
    reasons: dict[str, int] | None = None,
    *,
    remote: str = "0.0.0.0:0",
    delivered: int = 0,
) -> list[Finding]:
    """Judge two seconds in which a socket dropped so many datagrams; Udp.RcvbufErrors as many."""
    growth = {"Udp.RcvbufErrors": drops, "Udp.InDatagrams": delivered, **(reasons or {})}
    return check(
        RULE,
        host(receiver(5 + drops, remote), {n: 100 + growth.get(n, 0) for n in COUNTERS}, at=2),
        host(receiver(5, remote), dict.fromkeys(COUNTERS, 100)),
    )


def test_drops_are_told_with_socket_buffer_and_reason() -> None:
    [finding] = drop(20, {"Udp6.InCsumErrors": 1}, delivered=7980)

    assert (finding.severity, finding.hold) == (Severity.WARNING, 2)
    assert finding.subject.text == "unbound[701] 10.0.0.1:53"
    assert finding.subject.kind is SubjectKind.LISTENER
    assert finding.summary == "10 datagrams/s dropped, 1% of what came"
    assert (finding.level, finding.sockets.tolist()) == (10, [7])
    assert values(finding) == {
        "drops": 20,
        "drop_rate": 10,
        "drop_share": 0.0025,
        "drops_total": 25,
        "held": 7680,
        "buffer": 8192,
        "buffer_errors": 20,
        "checksum_errors": 1,
        "memory_errors": 0,
        "delivered": 7980,
        "rmem_max": 212992,
        "elapsed": 2,
    }
    assert limits(finding) == {"drop_rate": 100, "drop_share": 0.01, "held": 8192}


def test_socket_that_dropped_nothing_since_is_silent() -> None:
    assert not drop(0)


def test_one_drop_is_told() -> None:
    [finding] = drop(1, delivered=1)

    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(("drops", "severity"), [(200, Severity.CRITICAL), (199, Severity.WARNING)])
def test_hundred_a_second_is_critical_at_once(drops: int, severity: Severity) -> None:
    [finding] = drop(drops, delivered=10_000_000)

    assert finding.severity is severity
    assert (finding.hold == 1) is (severity is Severity.CRITICAL)


@pytest.mark.parametrize(
    ("drops", "delivered", "severity"),
    [
        (10, 990, Severity.CRITICAL),
        (10, 991, Severity.WARNING),
        (9, 0, Severity.WARNING),
    ],
)
def test_hundredth_of_what_came_is_critical(drops: int, delivered: int, severity: Severity) -> None:
    [finding] = drop(drops, delivered=delivered)

    assert finding.severity is severity


def test_connected_socket_is_named_with_its_peer() -> None:
    [finding] = drop(20, remote="10.0.0.9:4000")

    assert finding.subject.kind is SubjectKind.SOCKET
    assert finding.subject.text == "unbound[701] 10.0.0.1:53 → 10.0.0.9:4000"


def test_what_a_socket_filter_drops_is_silent() -> None:
    assert not drop(20, {"Udp.RcvbufErrors": 0})


@pytest.mark.parametrize("reason", ["Udp6.RcvbufErrors", "Udp.InCsumErrors", "Udp6.MemErrors"])
def test_any_reason_that_is_counted_will_do(reason: str) -> None:
    assert drop(20, {"Udp.RcvbufErrors": 0, reason: 1})


def test_without_counters_the_socket_s_own_is_enough() -> None:
    [finding] = check(RULE, host(receiver(25), {}, at=2), host(receiver(5), {}))

    found = values(finding)
    assert (finding.summary, found["drop_share"]) == ("10 datagrams/s dropped", None)
    assert (found["buffer_errors"], found["delivered"]) == (None, None)


def test_unknown_drop_counter_is_silent() -> None:
    assert not check(RULE, host(receiver(-1), {}, at=2), host(receiver(-1), {}))


def test_first_sample_is_silent() -> None:
    assert not check(RULE, host(receiver(25), {}))
