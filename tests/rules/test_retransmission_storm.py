"""retransmission-storm, on Samples written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from netinspect.finding import Severity, SubjectKind
from netinspect.model import Sample, Timer
from netinspect.rules.retransmission_storm import RULE
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_sample, namespace, process, tcp

NOTHING: dict[str, int] = {
    "timer": Timer.OFF,
    "retrans": 0,
    "bytes_sent": 0,
    "bytes_retrans": 0,
    "total_retrans": 0,
    "dsack_dups": 0,
    "data_segs_out": 0,
    "bytes_acked": 5_000,
    "bytes_received": 5_000,
    "last_ack_recv": 10,
}


def sent(
    resent: int = 2_000, total: int = 100_000, segments: int = 50, **more: int
) -> dict[str, int]:
    """Return the counters of a connection that sent so much, and so much of it again."""
    grown = {"bytes_sent": total, "bytes_retrans": resent, "data_segs_out": segments}
    return {**NOTHING, **grown, "total_retrans": 10, **more}


def stuck(retrans: int = 3, **more: int) -> dict[str, int]:
    return {**NOTHING, "timer": Timer.RETRANSMIT, "retrans": retrans, "send_q": 9, **more}


def dialled(
    number: int = 0,
    remote: str = "10.2.0.7:80",
    /,
    state: str | int = "ESTABLISHED",
    **columns: int,
) -> Socket:
    local = f"10.0.0.1:{40000 + number}"
    return tcp(state, local, remote, [701], key=1 + number, **(NOTHING | columns))


def client(number: int, **columns: int) -> Socket:
    local, remote = "10.0.0.1:80", f"10.3.0.{number}:5000"
    return tcp("ESTABLISHED", local, remote, [701], key=1_000 + number, **(NOTHING | columns))


def sample(*sockets: Socket, at: float = 2.0, **counters: int) -> Sample:
    named = {f"Tcp.{name}": value for name, value in counters.items()}
    return make_sample(
        sockets, [process(701, "app")], at=at, namespaces=[namespace(counters=named)]
    )


def compare(*sockets: tuple[Any, ...], **thresholds: float) -> list[Any]:
    """Check sockets that had sent nothing before; each is a maker, a number, its columns."""
    before = sample(*(make(number) for make, number, _ in sockets), at=0)
    now = sample(*(make(number, **columns) for make, number, columns in sockets))
    return check(RULE, now, before, **thresholds)


def test_lossy_path_is_told_by_its_network() -> None:
    [finding] = compare((dialled, 0, sent(9_000)), (dialled, 1, sent(0)))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 2)
    assert finding.subject.kind is SubjectKind.DESTINATION
    assert (finding.subject.text, finding.subject.remote_addr) == ("path to 10.2.0.7", "10.2.0.7")
    assert finding.subject.pid == 701
    assert finding.summary == "9% sent again"
    assert finding.sockets.tolist() == [1]
    assert values(finding) == {
        "resent_share": 0.09,
        "segments": 50,
        "stuck": 0,
        "tries": 0,
        "connections": 1,
        "network": "10.2.0.7/32",
        "affected_networks": 1,
        "networks": 1,
    }
    assert limits(finding) == {"resent_share": 0.1, "segments": 50, "tries": 6}


@pytest.mark.parametrize(
    ("counters", "severity"),
    [
        (sent(1_999), None),
        (sent(2_000), Severity.WARNING),
        (sent(9_999), Severity.WARNING),
        (sent(10_000), Severity.CRITICAL),
        (sent(50_000, segments=49), None),
        (sent(50_000, bytes_sent=-1), None),
        (sent(50_000, dsack_dups=10), None),
        (sent(4_000, dsack_dups=5), Severity.WARNING),
        (sent(3_900, dsack_dups=5), None),
    ],
)
def test_share_of_enough_segments_decides(
    counters: dict[str, int], severity: Severity | None
) -> None:
    found = compare((dialled, 0, counters))

    assert [finding.severity for finding in found] == ([] if severity is None else [severity])


def test_counters_of_the_past_do_not_count() -> None:
    lossy = sample(dialled(0, **sent(50_000)))

    assert not check(RULE, lossy)
    assert not check(RULE, lossy, sample(dialled(0, **sent(50_000)), at=0))


@pytest.mark.parametrize(
    ("columns", "severity"),
    [
        (stuck(2), None),
        (stuck(3), Severity.WARNING),
        (stuck(5), Severity.WARNING),
        (stuck(6), Severity.CRITICAL),
        (stuck(6, timer=Timer.PERSIST), None),
        (stuck(6, state=2), None),
        (stuck(6, bytes_acked=1, bytes_received=0), None),
        (stuck(6, bytes_acked=-1, bytes_received=-1, last_ack_recv=-1), Severity.CRITICAL),
    ],
)
def test_tries_in_a_row_decide(columns: dict[str, int], severity: Severity | None) -> None:
    found = check(RULE, sample(dialled(0, **columns)))

    assert [finding.severity for finding in found] == ([] if severity is None else [severity])


def test_stuck_connections_are_counted() -> None:
    [finding] = check(RULE, sample(dialled(0, **stuck(3)), dialled(1, **stuck(4)), dialled(2)))

    assert finding.summary == "2 stuck, up to 4 tries"
    assert (values(finding)["stuck"], values(finding)["tries"]) == (2, 4)


def test_addresses_of_one_network_are_told_together() -> None:
    rows = [dialled(n, f"10.2.0.{n}:80", **stuck()) for n in range(3)]
    rows += [dialled(5 + n, f"10.2.1.{n}:80", **stuck()) for n in range(2)]

    found = check(RULE, sample(*rows))

    assert [f.subject.text for f in found] == ["path to 10.2.0.0/24", "path to 10.2.1.0/24"]
    assert [values(f)["affected_networks"] for f in found] == [2, 2]


def test_too_many_networks_are_told_by_the_namespace() -> None:
    rows = [dialled(n, f"10.2.{n}.1:80", **stuck()) for n in range(21)]

    [finding] = check(RULE, sample(*rows))

    assert finding.subject.kind is SubjectKind.NAMESPACE
    assert values(finding)["stuck"] == 21
    assert len(check(RULE, sample(*rows[1:]))) == 20


def test_ipv6_networks_have_64_bits() -> None:
    row = tcp("ESTABLISHED", "[2001:db8::1]:40000", "[2001:db8:0:7::9]:80", [701], **stuck())

    [finding] = check(RULE, sample(row))

    assert finding.subject.key.endswith("/2001:db8:0:7::/64")
    assert values(finding)["network"] == "2001:db8:0:7::9/128"


def test_clients_of_a_service_are_judged_together() -> None:
    bad, good = (client, 1, sent(50_000)), [(client, n, sent(0)) for n in range(2, 26)]

    [finding] = compare(bad, *good)

    assert finding.subject.text == "clients of app[701] port 80"
    assert (finding.severity, finding.summary) == (Severity.WARNING, "2% sent again")
    assert not compare(bad, *good, (client, 26, sent(0)))


def test_few_clients_that_vanished_are_silent() -> None:
    one, others = client(1, **stuck(9)), [client(number) for number in range(2, 12)]

    assert not check(RULE, sample(one, *others))
    [finding] = check(RULE, sample(one, *others[1:]))
    assert finding.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("resent", "out", "severity"),
    [
        (3, 200, None),
        (4, 200, Severity.WARNING),
        (9, 200, Severity.WARNING),
        (10, 200, Severity.CRITICAL),
        (300, 200, Severity.CRITICAL),
        (100, 199, None),
    ],
)
def test_namespace_is_judged_by_its_counters(
    resent: int, out: int, severity: Severity | None
) -> None:
    before = sample(at=0, RetransSegs=7, OutSegs=1_000)
    now = sample(RetransSegs=7 + resent, OutSegs=1_000 + out)

    found = check(RULE, now, before)

    assert [finding.severity for finding in found] == ([] if severity is None else [severity])
    assert all(finding.subject.kind is SubjectKind.NAMESPACE for finding in found)
    assert all(values(finding)["resent_rate"] == resent / 2 for finding in found)


def test_namespace_without_counters_is_silent() -> None:
    assert not check(RULE, sample(), sample(at=0))
    assert not check(RULE, sample(RetransSegs=500, OutSegs=900))
