"""connect-timeout, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Confidence, Finding, Severity, SubjectKind
from netinspect.model import Sample
from netinspect.rules.connect_timeout import RULE
from tests.rules.checking import check, limits, values
from tests.rules.growing import ENDINGS, grown
from tests.samples import Socket, make_pulses, make_sample, namespace, process, tcp

CLIENT = process(701, "java")
PEER = "192.0.2.7:443"


def waiting(port: int, retrans: int, *, peer: str = PEER, pids: tuple[int, ...] = (701,)) -> Socket:
    """Make an attempt whose SYN was sent again so often."""
    local, key = f"10.0.0.1:{port}", 1000 + port
    return tcp("SYN_SENT", local, peer, pids=pids, key=key, timer=1, retrans=retrans, expires=400)


def answered(port: int, state: str = "ESTABLISHED") -> Socket:
    return tcp(state, f"10.0.0.1:{port}", PEER, pids=[701], key=1000 + port)


def host(*sockets: Socket, at: float = 0.0) -> Sample:
    spaces = [namespace(sysctls={"net.ipv4.tcp_syn_retries": "6"})]
    return make_sample(sockets, [CLIENT, process(702, "curl")], at=at, namespaces=spaces)


def judge(*sockets: Socket) -> list[Finding]:
    return check(RULE, host(*sockets, at=2), host())


def test_five_attempts_sent_again_are_critical_at_once() -> None:
    [finding] = judge(*(waiting(port, 1) for port in range(1, 6)), waiting(6, 0))

    assert (finding.severity, finding.hold) == (Severity.CRITICAL, 1)
    subject = finding.subject
    assert (subject.kind, subject.text) == (SubjectKind.DESTINATION, f"java[701] → {PEER}")
    assert (subject.pid, subject.remote_addr, subject.remote_port) == (701, "192.0.2.7", 443)
    assert finding.summary == "5 unanswered, up to 1 retransmit"
    assert (finding.level, finding.runtime) == (5, "java")
    assert finding.sockets.tolist() == [1001, 1002, 1003, 1004, 1005, 1006]
    found = values(finding)
    assert (found["stuck"], found["attempts"], found["retransmits"]) == (5, 6, 1)
    assert (found["waited"], found["answered"], found["unanswered_share"]) == (1.0, 0, 1.0)
    assert found["syn_retries"] == 6
    assert limits(finding) == {"stuck": 5, "retransmits": 2}


def test_four_among_many_that_get_through_are_silent() -> None:
    through = [answered(port) for port in range(10, 15)]

    assert not judge(*(waiting(port, 1) for port in range(1, 5)), *through)


@pytest.mark.parametrize(("through", "told"), [(3, 1), (4, 0)])
def test_half_of_the_new_attempts_unanswered_is_critical(through: int, told: int) -> None:
    rows = [waiting(port, 1) for port in (1, 2, 3)]
    rows += [answered(10 + i, "TIME_WAIT" if i else "ESTABLISHED") for i in range(through)]

    findings = judge(*rows)

    assert [finding.severity for finding in findings] == [Severity.CRITICAL] * told


def test_two_attempts_are_too_few_for_a_share() -> None:
    assert not judge(waiting(1, 1), waiting(2, 1))


def test_connections_that_were_there_before_answered_nothing_new() -> None:
    old = [answered(10), answered(11), answered(12), answered(13)]
    now = host(*(waiting(port, 1) for port in (1, 2, 3)), *old, at=2)

    [finding] = check(RULE, now, host(*old))

    assert finding.value("answered") == 0


@pytest.mark.parametrize(("retrans", "told"), [(2, 1), (1, 0)])
def test_one_attempt_sent_twice_again_is_a_warning(retrans: int, told: int) -> None:
    findings = judge(waiting(1, retrans))

    assert [finding.severity for finding in findings] == [Severity.WARNING] * told


def test_attempt_never_sent_again_is_silent() -> None:
    assert not judge(*(waiting(port, 0) for port in range(1, 20)))


def test_destinations_are_told_apart_and_several_diallers_are_none() -> None:
    findings = judge(waiting(1, 2), waiting(2, 2, pids=(702,)), waiting(3, 3, peer="192.0.2.8:443"))

    assert {finding.subject.text for finding in findings} == {
        f"10.0.0.1 → {PEER}",
        "java[701] → 192.0.2.8:443",
    }


def test_first_sample_has_attempts_but_no_share() -> None:
    [finding] = check(RULE, host(*(waiting(port, 1) for port in range(1, 6))))

    found = values(finding)
    assert (found["answered"], found["unanswered_share"], found["syn_retrans"]) == (None,) * 3


def test_unknown_retransmits_are_silent() -> None:
    assert not judge(*(waiting(port, -1) for port in range(1, 20)))


def again(count: int, opens: int, now: tuple[Socket, ...] = ()) -> list[Finding]:
    """Judge a namespace that sent so many SYNs again."""
    growth = {"TcpExt.TCPSynRetrans": count, "Tcp.ActiveOpens": opens}
    return check(RULE, *grown(growth, now=now, processes=[CLIENT]))


def test_namespace_is_told_when_no_destination_stands_out() -> None:
    [finding] = again(5, 100)

    assert (finding.severity, finding.hold) == (Severity.WARNING, 2)
    assert finding.subject.kind is SubjectKind.NAMESPACE
    assert finding.summary == "5 SYNs sent again, 5% of attempts"
    assert values(finding) == {
        "retransmit_share": 0.05,
        "attempts": 100,
        "syn_retrans": 5,
        "timeouts": 0,
    }
    assert limits(finding) == {"retransmit_share": 0.05}


@pytest.mark.parametrize(("count", "opens"), [(5, 101), (4, 4), (5, 0)])
def test_namespace_below_share_or_number_is_silent(count: int, opens: int) -> None:
    assert not again(count, opens)


def test_namespace_is_silent_where_the_destination_is_told() -> None:
    [finding] = again(50, 50, now=(waiting(1, 2),))

    assert finding.subject.kind is SubjectKind.DESTINATION


def test_syn_acks_sent_again_are_not_taken_for_syns() -> None:
    half_open = tcp("SYN_RECV", "10.0.0.1:80", "10.0.0.9:1", retrans=1)

    assert not again(50, 50, now=(half_open,))


def test_namespace_without_the_counter_is_silent() -> None:
    assert not check(RULE, *grown({"Tcp.ActiveOpens": 10}, known=ENDINGS))


def short(port: int, waited: int, peer: str = PEER) -> Socket:
    """Make an attempt a pulse saw, so many milliseconds after its SYN."""
    ends = (f"10.0.0.1:{port}", peer)
    return tcp("SYN_SENT", *ends, key=1000 + port, timer=1, retrans=0, expires=1000 - waited)


def give_up(
    *seen: Socket,
    fails: int | None = 0,
    now: tuple[Socket, ...] = (),
    before: tuple[Socket, ...] = (),
) -> list[Finding]:
    """Judge two seconds in whose middle a pulse saw attempts; so many are known to have failed."""
    counts = [{} if fails is None else {"Tcp.AttemptFails": n} for n in (0, fails or 0)]
    return check(
        RULE,
        make_sample(
            now,
            [CLIENT],
            at=2,
            namespaces=[namespace(counters=counts[1])],
            pulses=make_pulses({1.0: seen}),
        ),
        make_sample(before, [CLIENT], namespaces=[namespace(counters=counts[0])]),
    )


def test_attempts_given_up_between_two_samples_are_told() -> None:
    [finding] = give_up(*(short(port, 250) for port in (1, 2, 3)))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 1)
    assert finding.confidence is Confidence.LIKELY
    assert finding.subject.text == f"10.0.0.1 → {PEER}"
    assert finding.summary == "3 given up within a second, unanswered"
    assert (finding.level, finding.sockets.tolist()) == (3, [1001, 1002, 1003])
    found = values(finding)
    assert (found["stuck"], found["given_up"], found["waited"]) == (0, 3, 0.25)
    assert (found["answered"], found["unanswered_share"]) == (0, 1.0)


def test_five_given_up_are_critical_and_few_have_to_last() -> None:
    [five] = give_up(*(short(port, 250) for port in range(1, 6)))
    [one] = give_up(short(1, 200))

    assert (five.severity, five.hold) == (Severity.CRITICAL, 1)
    assert (one.severity, one.hold) == (Severity.WARNING, 3)


def test_attempt_that_waits_still_or_went_early_was_not_given_up() -> None:
    assert not give_up(short(1, 250), now=(waiting(1, 0),))
    assert not give_up(*(short(port, 199) for port in range(1, 9)))


@pytest.mark.parametrize("fails", [3, None])
def test_attempts_that_may_have_been_refused_were_not_given_up(fails: int | None) -> None:
    assert not give_up(*(short(port, 399) for port in (1, 2, 3)), fails=fails)
    assert give_up(*(short(port, 400) for port in (1, 2, 3)), fails=fails)


def test_process_is_inferred_from_an_attempt_that_is_still_there() -> None:
    [finding] = give_up(*(short(port, 250) for port in (1, 2, 3)), now=(waiting(9, 0),))

    assert (finding.subject.pid, finding.subject.inferred) == (701, True)


@pytest.mark.parametrize(("rtt", "told"), [(80_000, 1), (90_000, 0), (-1, 0)])
def test_answer_of_a_far_destination_may_be_on_its_way(rtt: int, told: int) -> None:
    there = tcp("ESTABLISHED", "10.0.0.1:99", PEER, pids=[701], key=5, rtt=rtt)
    seen = [short(port, 250) for port in (1, 2, 3)]

    assert len(give_up(*seen, now=(there,), before=(there,))) == told
    assert len(give_up(*seen, before=(there,))) == told


def test_given_up_among_many_that_get_through_are_silent() -> None:
    through = [
        tcp("ESTABLISHED", f"10.0.0.1:{port}", PEER, pids=[701], key=port, rtt=1000)
        for port in (21, 22, 23, 24)
    ]

    assert not give_up(*(short(port, 250) for port in (1, 2, 3)), now=tuple(through))


def test_many_destinations_are_told_as_one() -> None:
    rows = [waiting(port, 2, peer=f"192.0.2.{port}:443") for port in range(1, 22)]

    [finding] = judge(*rows)
    [other] = judge(*rows[:-1], waiting(50, 2, peer="192.0.2.50:443", pids=(702,)))

    assert (finding.severity, finding.hold) == (Severity.WARNING, 1)
    assert (finding.subject.kind, finding.subject.pid) == (SubjectKind.PROCESS, 701)
    assert finding.summary == "21 unanswered by 21 destinations"
    assert (values(finding)["destinations"], values(finding)["retransmits"]) == (21, 2)
    assert len(finding.sockets) == 21
    assert other.subject.kind is SubjectKind.NAMESPACE


def test_twenty_destinations_are_told_one_by_one() -> None:
    rows = [waiting(port, 2, peer=f"192.0.2.{port}:443") for port in range(1, 21)]

    assert len(judge(*rows)) == 20
