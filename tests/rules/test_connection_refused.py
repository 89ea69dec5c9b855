"""connection-refused, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Confidence, Finding, Severity, SubjectKind
from netinspect.rules.connection_refused import RULE
from tests.rules.checking import check, limits, values
from tests.rules.growing import ENDINGS, grown, without


def refuse(fails: int, opens: int, **others: int) -> list[Finding]:
    """Judge two seconds in which so many of the attempts failed."""
    growth = {"Tcp.AttemptFails": fails, "Tcp.ActiveOpens": opens}
    growth |= {name.replace("_", "."): count for name, count in others.items()}
    return check(RULE, *grown(growth))


def test_refusals_are_told_with_their_rate_and_share() -> None:
    [finding] = refuse(20, 100, Icmp_InDestUnreachs=4, TcpExt_TCPAbortOnTimeout=6)

    assert (finding.severity, finding.hold) == (Severity.WARNING, 2)
    assert finding.confidence is Confidence.LIKELY
    assert finding.subject.kind is SubjectKind.NAMESPACE
    assert finding.summary == "7.0/s refused, 14% of attempts"
    assert finding.level == 7
    assert values(finding) == {
        "refused": 14,
        "refused_rate": 7,
        "peak_rate": 10,
        "refused_share": 0.14,
        "attempts": 100,
        "timeouts": 6,
        "unreachable": 4,
        "elapsed": 2,
    }
    assert limits(finding) == {"refused_rate": 1, "refused_share": 0.1}


@pytest.mark.parametrize(("fails", "told"), [(2, 1), (1, 0)])
def test_one_refusal_a_second_is_told_however_many_connect(fails: int, told: int) -> None:
    assert len(refuse(fails, 10_000)) == told


def test_share_counts_only_from_three_refusals_on() -> None:
    three, before = grown({"Tcp.AttemptFails": 3, "Tcp.ActiveOpens": 30})
    two, _ = grown({"Tcp.AttemptFails": 2, "Tcp.ActiveOpens": 2})
    fewer, _ = grown({"Tcp.AttemptFails": 3, "Tcp.ActiveOpens": 31})

    assert check(RULE, three, before, warning_rate=9)
    assert not check(RULE, two, before, warning_rate=9)
    assert not check(RULE, fewer, before, warning_rate=9)


@pytest.mark.parametrize(
    ("opens", "severity"), [(20, Severity.CRITICAL), (21, Severity.WARNING), (0, Severity.WARNING)]
)
def test_half_of_the_attempts_refused_is_critical(opens: int, severity: Severity) -> None:
    [finding] = refuse(10, opens)

    assert finding.severity is severity


def test_attempts_nobody_answered_are_not_refusals() -> None:
    assert not refuse(50, 50, TcpExt_TCPAbortOnTimeout=49)


def test_clients_that_reset_their_own_handshake_are_not_refusals() -> None:
    assert not refuse(50, 0, TcpExt_EmbryonicRsts=50)


@pytest.mark.parametrize("missing", ENDINGS)
def test_without_one_of_the_counters_it_is_silent(missing: str) -> None:
    now, before = grown({"Tcp.AttemptFails": 50}, known=without(missing))
    if missing == "Tcp.AttemptFails":
        now, before = grown({}, known=without(missing))

    assert not check(RULE, now, before)


def test_first_sample_is_silent() -> None:
    now, _ = grown({"Tcp.AttemptFails": 50})

    assert not check(RULE, now)


def test_unknown_icmp_counter_is_evidence_without_a_value() -> None:
    [finding] = refuse(20, 100)

    assert values(finding)["unreachable"] is None
