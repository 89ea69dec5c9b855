"""tcp-memory-pressure, on Samples written by hand: its limit is the whole host's."""

from __future__ import annotations

import pytest

from netinspect.finding import Severity, SubjectKind
from netinspect.model import Limits, Sample
from netinspect.rules.tcp_memory_pressure import RULE
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_sample, namespace, process, tcp

MEM = (500, 1_000, 2_000)


def sample(
    pages: int | None,
    *sockets: Socket,
    mem: tuple[int, int, int] | None = MEM,
    pressures: int = 0,
    kills: int = 0,
    orphans: int = 0,
    at: float = 2.0,
) -> Sample:
    space = namespace(
        counters={"TcpExt.TCPMemoryPressures": pressures, "TcpExt.TCPAbortOnMemory": kills},
        sockstat={"TCP.orphan": orphans} | ({} if pages is None else {"TCP.mem": pages}),
    )
    return make_sample(
        sockets,
        [process(701, "java"), process(702, "nginx")],
        at=at,
        namespaces=[space],
        limits=Limits(tcp_mem=mem, tcp_max_orphans=1000),
    )


def holding(number: int, pid: int, unread: int, **memory: int) -> Socket:
    local, remote = f"10.0.0.1:{40000 + number}", "10.0.0.7:80"
    return tcp("ESTABLISHED", local, remote, [pid], recv_q=unread, send_q=10, **memory)


@pytest.mark.parametrize(
    ("pages", "severity"),
    [(799, None), (800, Severity.WARNING), (999, Severity.WARNING), (1_000, Severity.CRITICAL)],
)
def test_part_of_the_pressure_limit_decides(pages: int, severity: Severity | None) -> None:
    found = check(RULE, sample(pages))

    assert [finding.severity for finding in found] == ([] if severity is None else [severity])
    assert all(finding.hold == 3 for finding in found)


def test_process_that_holds_most_is_named() -> None:
    memory = {"rmem_alloc": 5_000, "wmem_queued": 600, "fwd_alloc": 70}
    rows = [holding(n, 701, 4_000, **memory) for n in range(12)]
    rows.append(holding(20, 702, 9, rmem_alloc=60_000, wmem_queued=0, fwd_alloc=-1))

    [finding] = check(RULE, sample(800, *rows))

    assert finding.subject.kind is SubjectKind.HOST
    assert (finding.summary, finding.level, finding.limit) == ("800/1,000 pages", 800, 1_000)
    assert finding.sockets.tolist() == [13, *range(1, 10)]
    assert values(finding) == {
        "pages": 800,
        "share": 0.8,
        "hard_limit": 2_000,
        "pressures": 0,
        "killed": 0,
        "top_process": "java[701]",
        "top_process_bytes": 68_040,
        "unread": 48_009,
        "unsent": 130,
    }
    assert limits(finding) == {"pages": 1_000}


def test_without_socket_memory_the_queues_tell() -> None:
    [finding] = check(RULE, sample(800, holding(1, 701, 90), holding(2, 702, 4_000)))

    found = {evidence.name: evidence for evidence in finding.evidence}
    assert found["top_process"].value == "nginx[702]"
    assert found["top_process_bytes"].value == 4_010
    assert found["top_process"].source == "sock_diag queues"


def test_entering_pressure_is_critical_at_once() -> None:
    [finding] = check(RULE, sample(100, pressures=3), sample(100, pressures=1, at=0))

    assert (finding.severity, finding.hold) == (Severity.CRITICAL, 1)
    assert finding.summary == "100/1,000 pages, 2 times under pressure"


@pytest.mark.parametrize(("orphans", "told"), [(249, 1), (250, 0)])
def test_kills_count_where_orphans_are_few(orphans: int, told: int) -> None:
    now, before = sample(100, kills=9, orphans=orphans), sample(100, at=0, orphans=orphans)

    found = check(RULE, now, before)

    assert [f.summary for f in found] == ["100/1,000 pages, 9 connections killed"] * told


@pytest.mark.parametrize(
    "now", [sample(None), sample(5_000, mem=None), sample(5_000, mem=(0, 0, 0))]
)
def test_missing_number_is_silent(now: Sample) -> None:
    assert not check(RULE, now)


def test_pressure_counts_where_the_limit_cannot_be_read() -> None:
    now, before = sample(100, mem=None, pressures=1), sample(100, mem=None, at=0)

    [finding] = check(RULE, now, before)

    assert finding.summary == "1 times under pressure"
    assert (values(finding)["share"], values(finding)["hard_limit"]) == (None, None)
