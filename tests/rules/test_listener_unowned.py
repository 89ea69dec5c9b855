"""listener-unowned, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Confidence, Severity, SubjectKind
from netinspect.model import OwnerReason
from netinspect.rules.listener_unowned import RULE
from tests.rules.checking import check, values
from tests.rules.listeners import listener
from tests.samples import Socket, make_sample, tcp


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
    [finding] = check(RULE, make_sample(unowned(1)))

    assert (finding.severity, finding.hold) == (Severity.INFO, 3)
    assert finding.confidence is Confidence.LIKELY
    assert finding.subject.text == "0.0.0.0:80"
    assert finding.summary == "no process holds it"
    assert values(finding) == {"inode": "5000", "uid": "33", "queue": 0}


def test_listener_that_no_process_holds_is_a_warning_when_somebody_waits() -> None:
    [finding] = check(RULE, make_sample(unowned(1, queue=3)))

    assert (finding.severity, finding.summary) == (Severity.WARNING, "no process holds it, 3 wait")


def test_processes_that_cannot_be_seen_are_told_once() -> None:
    [finding] = check(RULE, make_sample([*unowned(3, queue=1), *owned(2)]))

    assert (finding.severity, finding.subject.kind) == (Severity.INFO, SubjectKind.NAMESPACE)
    assert finding.confidence is Confidence.INFERRED
    assert finding.summary == "3 of 5 listeners have no visible holder"


@pytest.mark.parametrize(("count", "others"), [(2, 0), (3, 3)], ids=["few", "not most"])
def test_few_are_told_one_by_one(count: int, others: int) -> None:
    assert len(check(RULE, make_sample([*unowned(count), *owned(others)]))) == count


def test_listener_whose_owner_is_hidden_or_known_is_silent() -> None:
    assert not check(RULE, make_sample(unowned(1, reason=OwnerReason.HIDDEN)))
    assert not check(RULE, make_sample(owned(1)))
