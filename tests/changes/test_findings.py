"""Findings that came, went, are graver, milder, more or less."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netinspect.changes import Change, Turn, compare
from netinspect.finding import Finding, ProcessKey, Severity, Subject, SubjectKind
from netinspect.model import Sample
from tests.changes.comparing import Found, told, view
from tests.samples import make_sample, process, tcp

SOCKETS = [tcp("LISTEN", "0.0.0.0:80", pids=[812], send_q=128)]


def host(pid: int = 812, at: float = 0.0, **known: Any) -> Sample:
    return make_sample(SOCKETS, [process(pid, "java", **known)], at=at)


def finding(level: float = 40, severity: Severity = Severity.WARNING, pid: int = 812) -> Finding:
    subject = Subject(
        SubjectKind.PROCESS,
        f"{pid}/1",
        f"java[{pid}]",
        process=ProcessKey(pid, 1),
        name="java",
    )
    return Finding("close-wait-leak", severity, subject, f"{level:g} CLOSE_WAIT", (), level=level)


def found(before: Found, after: Found, *samples: Sample) -> list[Change]:
    old, new = samples or (host(), host(at=60))
    changes = compare(view("A", old, findings=before), view("B", new, findings=after))
    return told(changes, "findings")


def test_came_and_went() -> None:
    (came,) = found([], [finding()])
    (went,) = found([finding()], [])

    assert (came.turn, went.turn) == (Turn.NEW, Turn.GONE)
    assert came.subject == "close-wait-leak java[812]"
    assert came.text == "40 CLOSE_WAIT"


def test_graver_and_milder() -> None:
    grave = finding(400, Severity.CRITICAL)

    (worse,) = found([finding()], [grave])
    (better,) = found([grave], [finding()])

    assert (worse.turn, better.turn) == (Turn.GRAVER, Turn.MILDER)
    assert [(v.name, v.before, v.after) for v in worse.values] == [
        ("severity", "warning", "critical"),
        ("level", 40, 400),
        ("summary", "40 CLOSE_WAIT", "400 CLOSE_WAIT"),
    ]


def test_number_grows_from_a_share_on() -> None:
    assert found([finding(40)], [finding(45)]) == []
    assert [change.turn for change in found([finding(40)], [finding(60)])] == [Turn.GREW]
    assert [change.turn for change in found([finding(60)], [finding(40)])] == [Turn.SHRANK]


def test_same_finding_on_a_restarted_process_is_no_other() -> None:
    assert found([finding()], [finding(pid=990)], host(), host(990, 60, start_time=11_000)) == []


def test_without_root_what_is_not_told_is_not_gone() -> None:
    blind = host(at=60, fd_kinds=None)

    assert found([finding()], [], host(), blind) == []
    assert found([], [finding()], blind, host(at=120)) == []


def test_dump_does_not_say_that_findings_are_gone() -> None:
    dump = replace(host(at=60), processes={}, namespaces=())

    assert found([finding()], [], host(), dump) == []
    assert found([], [finding()], dump, host(at=120)) == []
