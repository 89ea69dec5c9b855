"""The recorded host shows the chain it was made for."""

from __future__ import annotations

from netinspect.diagnosis import History, diagnose
from netinspect.query import Query
from netinspect.report import build_window
from tests.recordings.replay import read_samples


def test_recorded_host_shows_a_leak_that_fills_a_queue() -> None:
    history, before = History(), None
    for sample in read_samples():
        diagnosis = diagnose(build_window(sample, before, Query()), history)
        history, before = diagnosis.history, sample

    found = {(finding.code, finding.subject.pid) for finding in diagnosis.findings}
    assert {
        ("close-wait-leak", 812),
        ("fd-limit-process", 812),
        ("accept-queue-full", 812),
        ("fd-limit-process", 1204),
    } <= found


def test_recorded_host_tells_nothing_of_the_one_it_was_made_on() -> None:
    sample = read_samples()[-1]

    assert sample.host.name == "web-07"
    assert {process.exe for process in sample.processes.values()} == {
        *("/usr/bin/gunicorn", "/usr/bin/java", "/usr/bin/netinspect", "/usr/bin/node"),
        *("/usr/bin/redis-server", "/usr/bin/telegraf", "/usr/lib/systemd/systemd"),
        *("/usr/lib/systemd/systemd-resolved", "/usr/sbin/chronyd", "/usr/sbin/nginx"),
        "/usr/sbin/sshd",
    }
