"""executable-deleted, on Samples written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from netinspect.finding import Severity
from netinspect.model import Process, Sample
from netinspect.rules.executable_deleted import RULE
from tests.rules.checking import check, values
from tests.rules.listeners import accepted, listener
from tests.samples import make_sample, process


def upgraded(pid: int, **known: Any) -> Process:
    return process(pid, "nginx", **{"exe": "/usr/sbin/nginx (deleted)", **known})


def test_server_that_runs_from_a_deleted_file_is_information() -> None:
    holders = [upgraded(701, start_time=4000), upgraded(702, ppid=701), upgraded(703, ppid=701)]
    sockets = [listener(701, 702, 703), listener(701, port=443)]

    [finding] = check(RULE, make_sample(sockets, holders))

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
    assert not check(RULE, make_sample([listener(701)], [upgraded(701, exe=exe)]))


def test_client_that_runs_from_a_deleted_file_is_silent() -> None:
    sample: Sample = make_sample([accepted(701)], [upgraded(701)])

    assert not check(RULE, sample)


def test_many_ports_are_cut_short() -> None:
    sockets = [listener(701, port=80 + i) for i in range(6)]

    [finding] = check(RULE, make_sample(sockets, [upgraded(701, start_time=-1)]))

    assert values(finding)["ports"] == "80, 81, 82, 83, 84, …"
    assert values(finding)["age"] is None
