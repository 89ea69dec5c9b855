"""reset-unread-data, reset-linger-zero and reset-by-peer, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Confidence, Finding, Severity, SubjectKind
from netinspect.parts import Rule
from netinspect.rules.resets import RULES
from tests.rules.checking import check, limits, values
from tests.rules.growing import ENDINGS, grown, without
from tests.samples import NETNS, Socket, process, tcp

UNREAD, LINGER, PEER = RULES
OWN = {UNREAD.code: "TcpExt.TCPAbortOnClose", LINGER.code: "TcpExt.TCPAbortOnData"}
PROCESSES = [process(701, "java"), process(702, "nginx")]


def judge(rule: Rule, growth: dict[str, int], *before: Socket, now: list[Socket]) -> list[Finding]:
    return check(rule, *grown(growth, now=now, before=before, processes=PROCESSES))


def reset(rule: Rule, count: int, opens: int = 0, *before: Socket) -> list[Finding]:
    """Judge two seconds in which so many connections were closed by a reset of this kind."""
    return judge(rule, {OWN[rule.code]: count, "Tcp.PassiveOpens": opens}, *before, now=[])


def connection(port: int, *, pid: int = 701, state: str = "ESTABLISHED", unread: int = 0) -> Socket:
    return tcp(state, "10.0.0.1:80", f"10.0.0.9:{port}", pids=[pid], key=port, recv_q=unread)


@pytest.mark.parametrize(
    ("rule", "how"), [(UNREAD, "with unread data"), (LINGER, "by SO_LINGER 0, or as data came")]
)
def test_own_resets_are_told_with_their_rate_and_share(rule: Rule, how: str) -> None:
    [finding] = reset(rule, 14, 100)

    assert (finding.code, finding.severity, finding.hold) == (rule.code, Severity.WARNING, 2)
    assert finding.subject.kind is SubjectKind.NAMESPACE
    assert finding.subject.key == f"netns/{NETNS}"
    assert finding.summary == f"7.0/s closed {how}, 14% of closes"
    assert values(finding) == {
        "resets": 14,
        "reset_rate": 7,
        "reset_share": 0.14,
        "peak_rate": 7,
        "closes": 100,
        "candidates": None,
        "elapsed": 2,
    }
    assert limits(finding) == {"reset_rate": 1, "reset_share": 0.05}


@pytest.mark.parametrize("rule", [UNREAD, LINGER])
@pytest.mark.parametrize(("count", "told"), [(2, 1), (1, 0)])
def test_one_own_reset_a_second_is_told(rule: Rule, count: int, told: int) -> None:
    assert len(reset(rule, count, 10_000)) == told


@pytest.mark.parametrize("rule", [UNREAD, LINGER])
@pytest.mark.parametrize(
    ("count", "opens", "told"), [(3, 60, 1), (3, 61, 0), (2, 10, 0)], ids=["5%", "less", "few"]
)
def test_share_counts_from_three_resets_on(rule: Rule, count: int, opens: int, told: int) -> None:
    window = grown({OWN[rule.code]: count, "Tcp.PassiveOpens": opens})

    assert len(check(rule, *window, warning_rate=9.0)) == told


@pytest.mark.parametrize("rule", [UNREAD, LINGER])
def test_connections_that_were_open_all_the_time_are_not_among_the_closes(rule: Rule) -> None:
    growth = {"Tcp.ActiveOpens": 90, "Tcp.AttemptFails": 20, "Tcp.CurrEstab": 40}

    [finding] = judge(rule, {OWN[rule.code]: 6, **growth}, now=[])

    assert finding.value("closes") == 30


def test_only_process_that_lost_connections_with_unread_data_is_named_as_likely() -> None:
    gone = [connection(1, unread=9), connection(2, unread=9), connection(3, pid=702)]

    [finding] = reset(UNREAD, 9, 0, *gone)

    subject = finding.subject
    assert (subject.pid, subject.inferred, subject.key) == (701, True, f"netns/{NETNS}")
    assert subject.text == f"netns {NETNS}, likely java[701]"
    assert (finding.runtime, finding.value("candidates")) == ("java", "java[701] (2)")


def test_several_candidates_are_named_in_the_order_of_their_losses() -> None:
    gone = [connection(1, pid=702), connection(2), connection(3)]

    [finding] = reset(LINGER, 9, 0, *gone)

    assert finding.value("candidates") == "java[701] (2), nginx[702] (1)"
    assert (finding.subject.process, finding.runtime) == (None, None)


def test_fin_of_the_peer_is_no_unread_data() -> None:
    [finding] = reset(UNREAD, 9, 0, connection(1, state="CLOSE_WAIT", unread=1))

    assert finding.value("candidates") is None


@pytest.mark.parametrize("state", ["ESTABLISHED", "TIME_WAIT"])
def test_connection_that_is_there_or_was_closed_in_order_is_nobody_s_reset(state: str) -> None:
    was = connection(1, unread=9)
    left = tcp(state, "10.0.0.1:80", "10.0.0.9:1", key=1 if state == "ESTABLISHED" else 77)

    [finding] = judge(UNREAD, {OWN[UNREAD.code]: 9}, was, now=[left])

    assert finding.value("candidates") is None


def peer(resets: int, opens: int, **others: int) -> list[Finding]:
    growth = {"Tcp.EstabResets": resets, "Tcp.ActiveOpens": opens}
    growth |= {f"TcpExt.{name}": count for name, count in others.items()}
    return judge(PEER, growth, now=[])


def test_resets_from_the_other_end_are_what_own_ones_and_timeouts_leave() -> None:
    [finding] = peer(20, 100, TCPAbortOnClose=3, TCPAbortOnData=2, TCPAbortOnTimeout=5)

    assert (finding.severity, finding.hold) == (Severity.WARNING, 2)
    assert finding.confidence is Confidence.LIKELY
    assert finding.subject.kind is SubjectKind.NAMESPACE
    assert finding.summary == "5.0/s reset by the peer, 10% of new connections"
    assert values(finding) == {
        "resets": 10,
        "reset_rate": 5,
        "reset_share": 0.1,
        "opens": 100,
        "own_resets": 5,
        "elapsed": 2,
    }
    assert limits(finding) == {"reset_rate": 1, "reset_share": 0.02}


@pytest.mark.parametrize(
    ("resets", "opens", "told"), [(2, 100, 1), (1, 2, 0), (2, 101, 0), (2, 0, 1)]
)
def test_peer_s_resets_need_both_rate_and_share(resets: int, opens: int, told: int) -> None:
    assert len(peer(resets, opens)) == told


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
@pytest.mark.parametrize("missing", ENDINGS)
def test_without_one_of_the_counters_it_is_silent(rule: Rule, missing: str) -> None:
    growth = {"TcpExt.TCPAbortOnClose": 50, "TcpExt.TCPAbortOnData": 50, "Tcp.EstabResets": 500}
    growth.pop(missing, None)

    assert not check(rule, *grown(growth, known=without(missing)))


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_first_sample_is_silent(rule: Rule) -> None:
    now, _ = grown({"TcpExt.TCPAbortOnClose": 50, "Tcp.EstabResets": 500})

    assert not check(rule, now)
