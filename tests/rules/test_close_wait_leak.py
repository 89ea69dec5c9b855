"""close-wait-leak, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.diagnosis import History, diagnose
from netinspect.finding import Confidence, Finding, Severity, SubjectKind
from netinspect.model import Sample
from netinspect.rules.close_wait_leak import RULE
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_sample, make_window, process, tcp

MINUTE = 60_000
LONG = 91_000


def leaked(
    count: int, age: int = LONG, *, port: int = 5432, pid: int | None = 701, **columns: int
) -> list[Socket]:
    """Make sockets in CLOSE_WAIT that were dialled to a port; age: ms since the FIN."""
    known = {"recv_q": 1, "last_ack_recv": age, "last_data_sent": age, **columns}
    pids = [] if pid is None else [pid]
    return [
        tcp("CLOSE_WAIT", f"10.0.0.1:{40000 + i}", f"10.0.0.9:{port}", pids=pids, **known)
        for i in range(count)
    ]


def healthy(count: int) -> list[Socket]:
    return [
        tcp("ESTABLISHED", f"10.0.0.1:{20000 + i}", "10.0.0.9:80", pids=[701]) for i in range(count)
    ]


def sample(*groups: list[Socket], soft: int | None = 1024, at: float = 0.0) -> Sample:
    owner = process(701, "java", fd_soft=soft)
    return make_sample([one for group in groups for one in group], [owner], at=at)


def test_ten_sockets_that_last_are_a_warning() -> None:
    [finding] = check(RULE, sample(leaked(10), healthy(990)))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 3)
    assert finding.confidence is Confidence.CERTAIN
    assert finding.subject.kind is SubjectKind.PROCESS
    assert (finding.subject.text, finding.runtime) == ("java[701]", "java")
    assert finding.summary == "10 held, oldest 91s"
    assert (finding.level, finding.limit) == (10, 1024)
    assert len(finding.sockets) == 10


@pytest.mark.parametrize(
    ("count", "others"), [(9, 991), (4, 77), (2, 10)], ids=["number", "share", "too few"]
)
def test_fewer_are_silent(count: int, others: int) -> None:
    assert not check(RULE, sample(leaked(count), healthy(others)))


def test_a_large_part_of_few_sockets_is_a_warning() -> None:
    [finding] = check(RULE, sample(leaked(3), healthy(57)))

    assert finding.severity is Severity.WARNING
    assert values(finding)["share"] == 0.05


def test_those_that_have_not_lasted_are_silent() -> None:
    assert not check(RULE, sample(leaked(9), leaked(50, 90_000, port=1), healthy(2000)))


def test_those_that_just_got_the_end_are_not_counted() -> None:
    [finding] = check(RULE, sample(leaked(10), leaked(50, 30_000)))

    assert values(finding)["held"] == 10


def test_sockets_the_program_still_sends_on_are_not_counted() -> None:
    assert not check(RULE, sample(leaked(50, last_data_sent=30_000)))
    assert check(RULE, sample(leaked(50, last_data_sent=30_001)))


def test_sockets_nobody_accepted_are_not_counted() -> None:
    assert not check(RULE, sample(leaked(50, pid=None)))


def test_large_part_of_the_limit_is_critical() -> None:
    [finding] = check(RULE, sample(leaked(12, 30_001), soft=40))

    assert (finding.severity, finding.hold) == (Severity.CRITICAL, 3)
    assert values(finding)["of_limit"] == 0.3
    assert not check(RULE, sample(leaked(12, 30_001), soft=41))


def test_hundred_that_grow_for_five_minutes_are_critical() -> None:
    def judged(step: float, minutes: int) -> Severity | None:
        history = History()
        findings = tuple[Finding, ...]()
        for minute in range(minutes + 1):
            now = sample(leaked(100 + int(step * minute)), healthy(100), soft=None, at=60 * minute)
            diagnosis = diagnose(make_window(now), history, rules=[RULE])
            findings, history = diagnosis.findings, diagnosis.history
        return findings[0].severity

    assert judged(10, 7) is Severity.CRITICAL
    assert judged(10, 4) is Severity.WARNING
    assert judged(0, 7) is Severity.WARNING


def test_growth_of_fewer_than_a_hundred_stays_a_warning() -> None:
    assert check(RULE, sample(leaked(99)))[0].growth is None
    assert check(RULE, sample(leaked(100)))[0].growth is not None


def test_evidence_tells_what_was_read_and_where_they_come_from() -> None:
    came_in = [
        tcp("LISTEN", "0.0.0.0:80", pids=[701], send_q=128),
        *(
            tcp(
                "CLOSE_WAIT",
                "10.0.0.1:80",
                f"10.0.0.7:{5000 + i}",
                pids=[701],
                recv_q=0,
                last_ack_recv=MINUTE,
                last_data_sent=MINUTE,
            )
            for i in range(2)
        ),
    ]
    now = sample(came_in, leaked(4, 2 * MINUTE), leaked(6, recv_q=12, port=80))

    [finding] = check(RULE, now)

    assert values(finding) == {
        "held": 12,
        "oldest": 120,
        "share": 12 / 13,
        "of_limit": 12 / 1024,
        "unread": 6,
        "end_unread": 4,
        "end_read": 2,
        "dialled": 10,
        "came_in": 2,
        "top_peer": "10.0.0.9",
        "top_peer_sockets": 10,
    }
    assert limits(finding) == {"held": 10, "share": 0.05, "of_limit": 0.3}


def test_processes_are_judged_one_by_one() -> None:
    now = make_sample(
        [*leaked(10), *leaked(9, pid=702)], [process(701, "a"), process(702, "b", fd_soft=31)]
    )

    assert [f.subject.text for f in check(RULE, now, warning_share=2)] == ["a[701]"]


def test_holder_that_may_not_be_seen_is_told_as_its_namespace() -> None:
    hidden = leaked(10, inode=5, owner_reason=3, pid=None)

    [finding] = check(RULE, make_sample(hidden))

    assert finding.subject.kind is SubjectKind.NAMESPACE
    assert values(finding)["share"] is None


def test_without_times_those_count_that_were_there_before_and_must_last() -> None:
    def moment(at: float) -> Sample:
        return sample(leaked(10, -1, last_data_sent=-1), healthy(990), at=at)

    assert not check(RULE, moment(0))
    [finding] = check(RULE, moment(2), moment(0))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 45)
    assert finding.confidence is Confidence.LIKELY
    assert finding.summary == "10 held"
    assert values(finding)["oldest"] is None


def test_other_thresholds_are_obeyed() -> None:
    young = sample(leaked(2, 1100), healthy(100))

    assert check(RULE, young, seconds=1, lasting_seconds=1, warning_sockets=2)
    assert not check(RULE, young, seconds=1, lasting_seconds=1, warning_sockets=3)
