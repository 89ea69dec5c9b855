"""reader-stalled, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.diagnosis import Diagnosis, History, diagnose
from netinspect.finding import Severity, SubjectKind
from netinspect.model import Sample
from netinspect.rules.reader_stalled import RULE
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_sample, make_window, process, tcp

APP = process(701, "java")


def unread(
    number: int, queue: int = 100, age: int = 12_000, pid: int = 701, **columns: int
) -> Socket:
    """Make an incoming connection whose data has been there for `age` ms."""
    given = {"recv_q": queue, "last_data_recv": age, "rcv_wnd": 60_000}
    local, remote = "10.0.0.1:80", f"10.0.0.9:{4000 + number}"
    return tcp("ESTABLISHED", local, remote, [pid] if pid else (), **(given | columns))


def outgoing(queue: int, age: int = 90_000) -> Socket:
    columns = {"recv_q": queue, "last_data_recv": age, "rcv_wnd": 60_000}
    return tcp("ESTABLISHED", "10.0.0.1:40000", "10.0.0.7:443", pids=[701], **columns)


def sample(*sockets: Socket, at: float = 0.0) -> Sample:
    return make_sample(sockets, [APP], at=at)


def test_data_that_lies_unread_is_told_with_its_process() -> None:
    [finding] = check(RULE, sample(unread(1, 100, 12_000), unread(2, 300, 41_000)))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 1)
    assert finding.subject.kind is SubjectKind.PROCESS
    assert (finding.subject.text, finding.runtime) == ("java[701]", "java")
    assert (finding.subject.local_addr, finding.subject.local_port) == ("10.0.0.1", 80)
    assert finding.summary == "2 not read for 41s, 400 bytes"
    assert (finding.level, finding.sockets.tolist()) == (400, [1, 2])
    assert values(finding) == {
        "stalled": 2,
        "unread": 400,
        "oldest": 41.0,
        "closed_windows": 0,
        "top_peer": "10.0.0.9",
        "top_peer_sockets": 2,
    }
    assert limits(finding) == {"oldest": 10}


@pytest.mark.parametrize(
    ("age", "window", "severity"),
    [
        (9_999, 60_000, None),
        (9_999, 0, None),
        (10_000, 60_000, Severity.WARNING),
        (10_000, 0, Severity.CRITICAL),
        (59_999, 60_000, Severity.WARNING),
        (60_000, 60_000, Severity.CRITICAL),
    ],
)
def test_time_and_a_closed_window_decide(age: int, window: int, severity: Severity | None) -> None:
    found = check(RULE, sample(unread(1, age=age, rcv_wnd=window)))

    assert [finding.severity for finding in found] == ([] if severity is None else [severity])


def test_other_thresholds_are_obeyed() -> None:
    assert not check(RULE, sample(unread(1)), warning_seconds=13)
    [finding] = check(RULE, sample(unread(1)), critical_seconds=12)
    assert finding.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    "socket",
    [
        unread(1, queue=0),
        unread(1, age=-1),
        unread(1, pid=0),
        tcp("CLOSE_WAIT", "10.0.0.1:80", "10.0.0.9:1", [701], recv_q=1, last_data_recv=90_000),
    ],
    ids=["nothing unread", "no tcp_info", "not accepted", "only the FIN"],
)
def test_what_is_no_stalled_reader_is_silent(socket: Socket) -> None:
    assert not check(RULE, sample(socket))


def test_few_bytes_on_an_outgoing_connection_may_be_left_over() -> None:
    [left] = check(RULE, sample(outgoing(1024)))
    [work] = check(RULE, sample(outgoing(1025)))

    assert (left.severity, work.severity) == (Severity.INFO, Severity.CRITICAL)


def test_data_that_only_grows_is_followed_and_told_after_ten_seconds() -> None:
    history, told = History(), Diagnosis((), History())
    before: Sample | None = None
    severities = []
    for step in range(8):
        queue = 100 * (step + 1)
        now = sample(unread(1, queue, 50, bytes_received=queue), at=2.0 * step)
        told = diagnose(make_window(now, before), history, rules=[RULE])
        history, before = told.history, now
        severities.append([finding.severity for finding in told.findings])

    assert severities == [[]] * 6 + [[Severity.WARNING]] * 2
    assert told.findings[0].summary == "1 not read while more comes, 800 bytes"


def test_reader_that_reads_something_is_not_followed() -> None:
    before = sample(unread(1, 100, 50, bytes_received=100))
    now = sample(unread(1, 200, 50, bytes_received=201), at=2)

    assert not check(RULE, now, before)


def test_hidden_owner_is_told_by_its_namespace() -> None:
    [finding] = check(RULE, make_sample([unread(1, pid=0, inode=5)]))

    assert (finding.subject.kind, finding.subject.process) == (SubjectKind.NAMESPACE, None)
