"""listener-inherited, listener-orphaned-child, listener-unowned, executable-deleted."""

from __future__ import annotations

from typing import Any

import pytest

from netinspect.finding import Confidence, Severity, SubjectKind
from netinspect.model import OwnerReason, Process, Sample
from netinspect.rules import (
    executable_deleted,
    listener_inherited,
    listener_orphaned_child,
    listener_unowned,
)
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_sample, process, tcp

INHERITED, ORPHANED = listener_inherited.RULE, listener_orphaned_child.RULE
UNOWNED, DELETED = listener_unowned.RULE, executable_deleted.RULE


def listener(*pids: int, queue: int = 0, port: int = 80) -> Socket:
    return tcp("LISTEN", f"0.0.0.0:{port}", pids=pids, recv_q=queue, send_q=128)


def accepted(pid: int, number: int = 1) -> Socket:
    return tcp("ESTABLISHED", "10.0.0.1:80", f"10.0.0.9:{number}", pids=[pid])


# inherited


def test_helper_that_got_the_listener_of_its_server_is_a_warning() -> None:
    holders = [process(701, "java"), process(800, "sleep", ppid=701)]

    [finding] = check(INHERITED, make_sample([listener(701, 800)], holders))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 3)
    assert finding.confidence is Confidence.LIKELY
    assert finding.subject.kind is SubjectKind.LISTENER
    assert (finding.subject.pid, finding.subject.local_port) == (800, 80)
    assert finding.runtime == "java"
    assert finding.summary == "held by sleep[800], opened by java[701]"
    assert values(finding) == {
        "strangers": "sleep[800]",
        "servers": "java[701]",
        "alone": False,
        "fd": "3",
        "parent": "java[701]",
        "queue": 0,
    }
    assert limits(finding) == {"queue": 128}


def test_helper_that_is_left_with_the_listener_is_told_with_who_waits() -> None:
    holders = [process(800, "sleep")]

    [finding] = check(INHERITED, make_sample([listener(800, queue=4)], holders))

    assert finding.summary == "held by sleep[800], which accepts nothing, 4 wait"
    assert (values(finding)["alone"], values(finding)["servers"]) == (True, None)


def test_another_server_that_was_started_by_the_first_is_told() -> None:
    holders = [process(701, "apache2"), process(702, "apache2"), process(800, "mysqld")]

    [finding] = check(INHERITED, make_sample([listener(701, 702, 800), accepted(702)], holders))

    assert finding.summary == "held by mysqld[800], opened by apache2[701]"


def same(pid: int, name: str, exe: str) -> Process:
    return process(pid, name, exe=exe)


@pytest.mark.parametrize(
    ("holders", "others"),
    [
        ([process(701, "nginx"), process(702, "nginx")], []),
        ([same(701, "nginx", "/usr/sbin/nginx (deleted)"), process(702, "nginx")], []),
        ([process(1, "init"), process(702, "sshd")], []),
        ([process(701, "systemd"), process(702, "sshd")], []),
        ([process(701, "python3"), process(702, "node")], [accepted(702)]),
        ([process(701, "java"), process(702, "secret", exe=None)], []),
        ([process(702, "secret", exe=None)], []),
        ([process(702, "app")], []),
        ([process(702, "bash")], [accepted(702)]),
    ],
    ids=[
        *("workers", "upgraded", "process 1", "socket activation", "both serve"),
        *("hidden", "all hidden", "one server", "tool that serves"),
    ],
)
def test_listener_held_on_purpose_is_silent(holders: list[Process], others: list[Socket]) -> None:
    held = listener(*(holder.pid for holder in holders))

    assert not check(INHERITED, make_sample([held, *others], holders))


def test_listener_with_a_holder_that_is_not_known_is_silent() -> None:
    assert not check(INHERITED, make_sample([listener(701, 800)], [process(800, "sleep")]))


# orphaned


def orphan(pid: int, **known: Any) -> Process:
    return process(pid, "python3", **{"ppid": 1, "group": 600, "session": 500, **known})


def test_children_that_share_a_listener_without_their_parent_are_told() -> None:
    holders = [orphan(701), orphan(702), process(1, "init", ppid=0)]

    [finding] = check(ORPHANED, make_sample([listener(701, 702)], holders))

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
    [finding] = check(ORPHANED, make_sample([listener(701)], [orphan(701)]))

    assert finding.confidence is Confidence.INFERRED


def test_instance_that_cannot_listen_makes_it_a_warning() -> None:
    rival = orphan(900, cmdline=("python3",), ppid=1)

    [finding] = check(ORPHANED, make_sample([listener(701)], [orphan(701), rival]))

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

    [finding] = check(ORPHANED, make_sample([listener(701)], holders))

    assert finding.severity is Severity.INFO


def test_instance_that_listens_elsewhere_is_no_rival() -> None:
    sockets = [listener(701), listener(900, port=81)]

    [finding] = check(ORPHANED, make_sample(sockets, [orphan(701), orphan(900, group=900)]))

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

    assert not check(ORPHANED, make_sample([listener(*pids)], holders))


def test_child_adopted_by_the_init_of_a_container_is_told() -> None:
    holders = [orphan(701, ppid=650), process(650, "tini")]

    assert check(ORPHANED, make_sample([listener(701)], holders))


# unowned


def unowned(count: int, queue: int = 0, reason: int = OwnerReason.ELSEWHERE) -> list[Socket]:
    return [
        tcp(
            *("LISTEN", f"0.0.0.0:{80 + i}"),
            inode=5000 + i,
            recv_q=queue,
            send_q=128,
            owner_reason=reason,
            uid=33,
        )
        for i in range(count)
    ]


def owned(count: int) -> list[Socket]:
    return [listener(701, port=1000 + i) for i in range(count)]


def test_listener_that_no_process_holds_is_information() -> None:
    [finding] = check(UNOWNED, make_sample(unowned(1)))

    assert (finding.severity, finding.hold) == (Severity.INFO, 3)
    assert finding.confidence is Confidence.LIKELY
    assert finding.subject.text == "0.0.0.0:80"
    assert finding.summary == "no process holds it"
    assert values(finding) == {"inode": "5000", "uid": "33", "queue": 0}


def test_listener_that_no_process_holds_is_a_warning_when_somebody_waits() -> None:
    [finding] = check(UNOWNED, make_sample(unowned(1, queue=3)))

    assert (finding.severity, finding.summary) == (Severity.WARNING, "no process holds it, 3 wait")


def test_processes_that_cannot_be_seen_are_told_once() -> None:
    [finding] = check(UNOWNED, make_sample([*unowned(3, queue=1), *owned(2)]))

    assert (finding.severity, finding.subject.kind) == (Severity.INFO, SubjectKind.NAMESPACE)
    assert finding.confidence is Confidence.INFERRED
    assert finding.summary == "3 of 5 listeners have no visible holder"


@pytest.mark.parametrize(("count", "others"), [(2, 0), (3, 3)], ids=["few", "not most"])
def test_few_are_told_one_by_one(count: int, others: int) -> None:
    assert len(check(UNOWNED, make_sample([*unowned(count), *owned(others)]))) == count


def test_listener_whose_owner_is_hidden_or_known_is_silent() -> None:
    assert not check(UNOWNED, make_sample(unowned(1, reason=OwnerReason.HIDDEN)))
    assert not check(UNOWNED, make_sample(owned(1)))


# deleted


def upgraded(pid: int, **known: Any) -> Process:
    return process(pid, "nginx", **{"exe": "/usr/sbin/nginx (deleted)", **known})


def test_server_that_runs_from_a_deleted_file_is_information() -> None:
    holders = [upgraded(701, start_time=4000), upgraded(702, ppid=701), upgraded(703, ppid=701)]
    sockets = [listener(701, 702, 703), listener(701, port=443)]

    [finding] = check(DELETED, make_sample(sockets, holders))

    assert (finding.severity, finding.hold) == (Severity.INFO, 3)
    assert finding.subject.text == "nginx[701]"
    assert finding.runtime == "nginx"
    assert finding.summary == "runs from /usr/sbin/nginx, which has been replaced or removed"
    assert len(finding.sockets) == 2
    assert values(finding) == {
        "path": "/usr/sbin/nginx",
        "ports": "80, 443",
        "children": 2,
        "age": 60.0,
    }


@pytest.mark.parametrize(
    "exe", [None, "/usr/sbin/nginx", "/memfd:runc (deleted)", "/opt/a (deleted)/b"]
)
def test_server_whose_file_is_there_or_never_was_one_is_silent(exe: str | None) -> None:
    assert not check(DELETED, make_sample([listener(701)], [upgraded(701, exe=exe)]))


def test_client_that_runs_from_a_deleted_file_is_silent() -> None:
    sample: Sample = make_sample([accepted(701)], [upgraded(701)])

    assert not check(DELETED, sample)


def test_many_ports_are_cut_short() -> None:
    sockets = [listener(701, port=80 + i) for i in range(6)]

    [finding] = check(DELETED, make_sample(sockets, [upgraded(701, start_time=-1)]))

    assert values(finding)["ports"] == "80, 81, 82, 83, 84, …"
    assert values(finding)["age"] is None
