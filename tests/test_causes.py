"""Chains: what a finding comes from, and the order they are told in."""

from __future__ import annotations

from typing import Any

from netinspect.causes import CAUSES, link_causes
from netinspect.finding import Finding, ProcessKey, Severity, Subject, SubjectKind
from netinspect.rules import RULES


def finding(
    code: str, severity: Severity = Severity.WARNING, pid: int = 7, **subject: Any
) -> Finding:
    key = ProcessKey(pid, pid)
    about = Subject(SubjectKind.PROCESS, f"{code}/{pid}", f"app[{pid}]", process=key, **subject)
    return Finding(code, severity, about, "", ())


def codes(*findings: Finding) -> list[tuple[str, list[str]]]:
    return [(f.code, [key.code for key in f.causes]) for f in link_causes(findings)]


def test_every_code_of_the_table_is_a_rule() -> None:
    known = {rule.code for rule in RULES}

    assert {code for cause in CAUSES for code in (cause.cause, cause.effect)} <= known


def test_root_comes_first_though_its_effect_is_graver() -> None:
    full = finding("accept-queue-full", Severity.CRITICAL)

    assert codes(full, finding("fd-limit-process"), finding("close-wait-leak")) == [
        ("close-wait-leak", []),
        ("fd-limit-process", ["close-wait-leak"]),
        ("accept-queue-full", ["fd-limit-process", "close-wait-leak"]),
    ]


def test_findings_on_other_processes_are_no_causes() -> None:
    assert codes(finding("accept-queue-full"), finding("fd-limit-process", pid=8)) == [
        ("accept-queue-full", []),
        ("fd-limit-process", []),
    ]


def test_chain_with_the_gravest_finding_comes_first() -> None:
    alone = finding("udp-receive-drops", Severity.WARNING)
    chain = finding("fd-limit-process"), finding("accept-queue-full", Severity.CRITICAL)

    assert [code for code, _ in codes(alone, *chain)] == [
        "fd-limit-process",
        "accept-queue-full",
        "udp-receive-drops",
    ]


def test_connect_timeouts_come_from_the_full_queue_dialled_here() -> None:
    listener = finding("accept-queue-full", local_addr="0.0.0.0", local_port=8080)
    dialled = finding("connect-timeout", pid=9, remote_addr="127.0.0.1", remote_port=8080)
    other = finding("connect-timeout", pid=10, remote_addr="127.0.0.1", remote_port=9090)

    found = {f.subject.pid: f.causes for f in link_causes((dialled, other, listener))}

    assert [key.code for key in found[9]] == ["accept-queue-full"]
    assert found[10] == ()


def test_data_in_flight_stalls_where_its_network_loses_packets() -> None:
    loss = finding("retransmission-storm", remote_addr="10.2.0.0/24", netns=3)
    behind = finding("path-stalled", pid=8, remote_addr="10.2.0.9", netns=3)
    beside = finding("path-stalled", pid=9, remote_addr="10.2.1.9", netns=3)
    clients = finding("path-stalled", pid=10, local_port=80, netns=3)

    found = {f.subject.pid: f.causes for f in link_causes((behind, beside, clients, loss))}

    assert [key.code for key in found[8]] == ["retransmission-storm"]
    assert found[9] == found[10] == ()


def test_peer_on_this_host_does_not_read_because_its_reader_is_stalled() -> None:
    reader = finding("reader-stalled", local_addr="127.0.0.1", local_port=8080)
    writer = finding("peer-not-reading", pid=9, remote_addr="127.0.0.1", remote_port=8080)
    other = finding("peer-not-reading", pid=10, remote_addr="10.0.0.9", remote_port=8080)

    found = {f.subject.pid: f.causes for f in link_causes((writer, other, reader))}

    assert [key.code for key in found[9]] == ["reader-stalled"]
    assert found[10] == ()


def test_requests_lie_unread_because_all_workers_are_busy() -> None:
    reader = finding("reader-stalled", Severity.CRITICAL, pid=7)
    busy = finding("workers-saturated", pid=7, local_port=8080)

    assert [f.code for f in link_causes((reader, busy))] == ["workers-saturated", "reader-stalled"]
