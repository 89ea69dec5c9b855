"""listener-orphaned-child, on Samples written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from netinspect.finding import Confidence, Severity
from netinspect.model import Process
from netinspect.rules.listener_orphaned_child import RULE
from tests.rules.checking import check, values
from tests.rules.listeners import listener
from tests.samples import make_sample, process


def orphan(pid: int, **known: Any) -> Process:
    return process(pid, "python3", **{"ppid": 1, "group": 600, "session": 500, **known})


def test_children_that_share_a_listener_without_their_parent_are_told() -> None:
    holders = [orphan(701), orphan(702), process(1, "init", ppid=0)]

    [finding] = check(RULE, make_sample([listener(701, 702)], holders))

    assert (finding.severity, finding.hold) == (Severity.INFO, 3)
    assert finding.confidence is Confidence.LIKELY
    assert (finding.subject.pid, finding.subject.local_port) == (701, 80)
    assert finding.summary == "2 left of a server that has gone"
    assert values(finding) == {
        "holders": 2,
        "names": "python3[701], python3[702]",
        "leader": "600",
        "rivals": None,
    }


def test_single_child_whose_group_has_lost_its_leader_is_told() -> None:
    [finding] = check(RULE, make_sample([listener(701)], [orphan(701)]))

    assert finding.confidence is Confidence.INFERRED


def test_instance_that_cannot_listen_makes_it_a_warning() -> None:
    rival = orphan(900, cmdline=("python3",), ppid=1)

    [finding] = check(RULE, make_sample([listener(701)], [orphan(701), rival]))

    assert finding.severity is Severity.WARNING
    assert finding.summary == "1 left of a server that has gone, python3[900] cannot listen"
    assert values(finding)["rivals"] == "python3[900]"


@pytest.mark.parametrize(
    "rival",
    [
        orphan(600),
        orphan(900, cmdline=("python3", "other.py")),
        orphan(900, ppid=701),
        orphan(900, cmdline=()),
    ],
    ids=["older", "other command", "child", "kernel thread"],
)
def test_other_processes_are_no_rivals(rival: Process) -> None:
    holders = [orphan(701, group=555), rival]

    [finding] = check(RULE, make_sample([listener(701)], holders))

    assert finding.severity is Severity.INFO


def test_instance_that_listens_elsewhere_is_no_rival() -> None:
    sockets = [listener(701), listener(900, port=81)]

    [finding] = check(RULE, make_sample(sockets, [orphan(701), orphan(900, group=900)]))

    assert finding.severity is Severity.INFO


@pytest.mark.parametrize(
    "holders",
    [
        [orphan(701), orphan(702, ppid=701)],
        [orphan(701, ppid=650), process(650, "supervisord")],
        [orphan(701, group=701, session=701)],
        [orphan(701, group=600, session=600)],
        [orphan(701, group=None, session=None)],
        [orphan(701), process(600, "python3", ppid=500)],
    ],
    ids=["master", "supervised", "service", "daemon", "not known", "leader is there"],
)
def test_listener_whose_server_is_there_is_silent(holders: list[Process]) -> None:
    pids = [p.pid for p in holders if p.name == "python3" and p.pid >= 700]

    assert not check(RULE, make_sample([listener(*pids)], holders))


def test_child_adopted_by_the_init_of_a_container_is_told() -> None:
    holders = [orphan(701, ppid=650), process(650, "tini")]

    assert check(RULE, make_sample([listener(701)], holders))
