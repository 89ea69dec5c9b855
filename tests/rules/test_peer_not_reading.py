"""peer-not-reading, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Confidence, Severity, SubjectKind
from netinspect.model import Sample, Timer
from netinspect.rules.peer_not_reading import RULE
from tests.rules.checking import check, limits, values
from tests.samples import Socket, make_sample, process, tcp

BLOCKED = {
    "timer": Timer.PERSIST,
    "send_q": 46_336,
    "snd_wnd": 0,
    "snd_mss": 1448,
    "last_data_sent": 12_000,
    "expires": 3_000,
    "retrans": 0,
}


def dialled(number: int = 0, state: str | int = "ESTABLISHED", **columns: int) -> Socket:
    return tcp(state, f"10.0.0.1:{40000 + number}", "10.0.0.7:5432", [701], **(BLOCKED | columns))


def client(number: int, **columns: int) -> Socket:
    return tcp("ESTABLISHED", "10.0.0.1:80", f"10.0.1.{number}:4000", [701], **columns)


def sample(*sockets: Socket) -> Sample:
    return make_sample(sockets, [process(701, "app")])


def test_closed_window_is_told_with_the_destination() -> None:
    [finding] = check(
        RULE, sample(dialled(), dialled(1, last_data_sent=30_000), dialled(2, timer=0))
    )

    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.CERTAIN)
    assert finding.subject.kind is SubjectKind.DESTINATION
    assert finding.subject.text == "app[701] → 10.0.0.7:5432"
    assert finding.summary == "2 of 3 blocked for 30s, 90K bytes unsent"
    assert finding.sockets.tolist() == [1, 2]
    assert values(finding) == {
        "longest": 30.0,
        "waiting": 92_672,
        "blocked": 2,
        "connections": 3,
        "window": 0,
        "unanswered": 0,
        "top_peer": "10.0.0.7",
        "top_peer_sockets": 2,
    }
    assert limits(finding) == {"longest": 10}


@pytest.mark.parametrize(
    ("since", "severity"),
    [
        (9_999, None),
        (10_000, Severity.WARNING),
        (59_999, Severity.WARNING),
        (60_000, Severity.CRITICAL),
    ],
)
def test_time_decides(since: int, severity: Severity | None) -> None:
    found = check(RULE, sample(dialled(last_data_sent=since)))

    assert [finding.severity for finding in found] == ([] if severity is None else [severity])


@pytest.mark.parametrize(
    "columns",
    [{"timer": Timer.RETRANSMIT}, {"send_q": 0}, {"snd_wnd": 1448}, {"state": 2}],
    ids=["another timer", "nothing to send", "room for a segment", "not connected"],
)
def test_what_is_no_closed_window_is_silent(columns: dict[str, int]) -> None:
    assert not check(RULE, sample(dialled(**columns)))


def test_window_smaller_than_a_segment_is_closed_as_well() -> None:
    [finding] = check(RULE, sample(dialled(snd_wnd=1447)))

    assert values(finding)["window"] == 1447


def test_unanswered_probes_are_counted() -> None:
    [finding] = check(RULE, sample(dialled(retrans=3), dialled(1, retrans=2)))

    assert values(finding)["unanswered"] == 1


def test_orphans_that_cannot_send_are_told_too() -> None:
    [finding] = check(RULE, sample(dialled(state="FIN_WAIT1")))

    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(("expires", "told"), [(9_999, 0), (10_000, 1)])
def test_without_tcp_info_the_running_timer_tells_the_least_time(expires: int, told: int) -> None:
    unknown = {"last_data_sent": -1, "snd_wnd": -1, "snd_mss": -1, "expires": expires}

    found = check(RULE, sample(dialled(**unknown)))

    assert len(found) == told
    assert all(finding.confidence is Confidence.LIKELY for finding in found)
    assert all(values(finding)["window"] is None for finding in found)


def test_few_clients_of_a_service_are_information_only() -> None:
    blocked = client(1, **BLOCKED)
    others = [client(number, timer=0) for number in range(2, 11)]

    [grave] = check(RULE, sample(blocked, *others))
    [usual] = check(RULE, sample(blocked, *others, client(11, timer=0)))

    assert (grave.severity, usual.severity) == (Severity.WARNING, Severity.INFO)
    assert usual.subject.text == "clients of app[701] port 80"
    assert limits(usual)["blocked"] == pytest.approx(1.1)
    [finding] = check(RULE, sample(blocked, *others, client(11, timer=0)), client_share=0.09)
    assert finding.severity is Severity.WARNING


def test_too_many_destinations_are_told_by_the_process_that_dials_them() -> None:
    sockets = [
        tcp("ESTABLISHED", f"10.0.0.1:{40000 + n}", f"10.0.2.{n}:80", [701], **BLOCKED)
        for n in range(21)
    ]

    [finding] = check(RULE, sample(*sockets))

    assert (finding.subject.kind, finding.subject.text) == (SubjectKind.PROCESS, "app[701]")
    assert values(finding)["blocked"] == 21
    assert len(check(RULE, sample(*sockets[:20]))) == 20
