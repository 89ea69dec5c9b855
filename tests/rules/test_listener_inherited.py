"""listener-inherited, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Confidence, Severity, SubjectKind
from netinspect.model import Process
from netinspect.rules.listener_inherited import RULE
from tests.rules.checking import check, limits, values
from tests.rules.listeners import accepted, listener
from tests.samples import Socket, make_sample, process


def test_helper_that_got_the_listener_of_its_server_is_a_warning() -> None:
    holders = [process(701, "java"), process(800, "sleep", ppid=701)]

    [finding] = check(RULE, make_sample([listener(701, 800)], holders))

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

    [finding] = check(RULE, make_sample([listener(800, queue=4)], holders))

    assert finding.summary == "held by sleep[800], which accepts nothing, 4 wait"
    assert (values(finding)["alone"], values(finding)["servers"]) == (True, None)


def test_another_server_that_was_started_by_the_first_is_told() -> None:
    holders = [process(701, "apache2"), process(702, "apache2"), process(800, "mysqld")]

    [finding] = check(RULE, make_sample([listener(701, 702, 800), accepted(702)], holders))

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

    assert not check(RULE, make_sample([held, *others], holders))


def test_listener_with_a_holder_that_is_not_known_is_silent() -> None:
    assert not check(RULE, make_sample([listener(701, 800)], [process(800, "sleep")]))
