"""Where an error happened, and which findings fit there."""

from __future__ import annotations

from typing import Any

import pytest

from netinspect.finding import Finding, ProcessKey, Severity, Subject, SubjectKind
from netinspect.scope import End, Fit, Scope, build_end


def listener(address: str = "0.0.0.0", port: int = 8080, pid: int = 7) -> Finding:
    return about(SubjectKind.LISTENER, pid, local_addr=address, local_port=port)


def destination(address: str, port: int, pid: int = 7) -> Finding:
    ends = {"local_addr": "10.0.0.1", "remote_addr": address, "remote_port": port}
    return about(SubjectKind.DESTINATION, pid, **ends)


def about(kind: SubjectKind, pid: int | None = None, **ends: Any) -> Finding:
    process = None if pid is None else ProcessKey(pid, pid)
    return Finding("x", Severity.WARNING, Subject(kind, "k", "t", process=process, **ends), "", ())


@pytest.mark.parametrize(
    ("scope", "finding", "fit"),
    [
        (Scope(), listener(), Fit.POSSIBLE),
        (Scope(), about(SubjectKind.HOST), Fit.POSSIBLE),
        # a process
        (Scope(pid=7), listener(), Fit.EXACT),
        (Scope(pid=7), about(SubjectKind.PROCESS, 7), Fit.EXACT),
        (Scope(pid=7), about(SubjectKind.PROCESS, 8), Fit.ELSEWHERE),
        (Scope(pid=7), about(SubjectKind.NAMESPACE), Fit.POSSIBLE),
        (Scope(pid=7), destination("10.0.0.9", 80, pid=8), Fit.ELSEWHERE),
        # a listener of another process: the one that is dialled?
        (Scope(pid=8), listener(), Fit.POSSIBLE),
        (Scope(pid=8, peers=(End("127.0.0.1", 8080),)), listener(), Fit.EXACT),
        (Scope(pid=8, peers=(End("127.0.0.1", 9090),)), listener(), Fit.ELSEWHERE),
        # an end
        (Scope(ends=(End("10.0.0.9", 80),)), destination("10.0.0.9", 80), Fit.EXACT),
        (Scope(ends=(End("10.0.0.9", 81),)), destination("10.0.0.9", 80), Fit.ELSEWHERE),
        (Scope(ends=(End("10.0.0.8", 80),)), destination("10.0.0.9", 80), Fit.ELSEWHERE),
        (Scope(ends=(End(None, 80),)), destination("10.0.0.9", 80), Fit.EXACT),
        (Scope(ends=(End("db.example", 80),)), destination("10.0.0.9", 80), Fit.EXACT),
        (Scope(ends=(End("10.0.0.9", 80),)), about(SubjectKind.HOST), Fit.POSSIBLE),
        # a listener that takes all addresses is what was dialled only if that is here
        (Scope(ends=(End("10.0.0.1", 8080),), here=True), listener(), Fit.EXACT),
        (Scope(ends=(End("10.0.0.9", 8080),), here=False), listener(), Fit.POSSIBLE),
        (Scope(ends=(End("10.0.0.9", 8080),)), listener("10.0.0.8"), Fit.ELSEWHERE),
        # both
        (Scope(8, (End("127.0.0.1", 8080),), True), listener(), Fit.EXACT),
        (Scope(8, (End("10.0.0.9", 80),)), destination("10.0.0.9", 80), Fit.POSSIBLE),
        # two ends
        (Scope(ends=(End("10.0.0.9", 80), End("10.0.0.1", 40000))), listener(port=80), Fit.EXACT),
    ],
)
def test_findings_fit_as_far_as_both_say(scope: Scope, finding: Finding, fit: Fit) -> None:
    assert scope.fit(finding) is fit


@pytest.mark.parametrize(
    ("host", "text"),
    [
        ("localhost", "127.0.0.1:80"),
        ("0.0.0.0", "port 80"),
        ("*", "port 80"),
        ("::", "port 80"),
        ("::ffff:10.0.0.9", "10.0.0.9:80"),
        ("2001:DB8::0:9", "[2001:db8::9]:80"),
        ("fe80::1%eth0", "[fe80::1]:80"),
        ("db.example", "db.example:80"),
    ],
)
def test_ends_are_written_as_the_kernel_writes_them(host: str, text: str) -> None:
    assert build_end(host, 80).text == text


def test_names_are_told_from_addresses() -> None:
    assert End("db.example", 80).is_name
    assert not End("10.0.0.9", 80).is_name
    assert not End(None, 80).is_name
