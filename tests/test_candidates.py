"""Causes of an error, ranked by what this host shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from netinspect.candidates import Candidate, Verdict, rank_candidates
from netinspect.errortexts.classes import BY_NAME
from netinspect.finding import (
    Evidence,
    Finding,
    FindingKey,
    ProcessKey,
    Severity,
    Subject,
    SubjectKind,
)
from netinspect.measures.facts import Facts
from netinspect.model import Sample
from netinspect.scope import End, Fit, Scope
from tests.samples import make_sample, make_window, process, tcp

ANYWHERE = Scope()
LISTENER = tcp("LISTEN", "0.0.0.0:8080", pids=[7], recv_q=0, send_q=5, drops=0)
QUIET = make_sample([LISTENER], [process(7, "java")])


def found(
    code: str,
    severity: Severity = Severity.WARNING,
    *,
    kind: SubjectKind = SubjectKind.NAMESPACE,
    causes: Sequence[str] = (),
    evidence: Sequence[Evidence] = (),
    pid: int | None = None,
    **ends: Any,
) -> Finding:
    """Make a finding; its key is its code's, so that others can name it as their cause."""
    owner = None if pid is None else ProcessKey(pid, pid)
    subject = Subject(kind, code, code, process=owner, **ends)
    keys = tuple(FindingKey(cause, cause) for cause in causes)
    return Finding(code, severity, subject, "", tuple(evidence), causes=keys)


def rank(
    error: str, *findings: Finding, scope: Scope = ANYWHERE, sample: Sample = QUIET
) -> list[Candidate]:
    facts = Facts(make_window(sample))
    return list(rank_candidates(BY_NAME[error], scope, facts, findings))


def order(candidates: Sequence[Candidate]) -> list[str]:
    return [one.code for one in candidates if one.verdict is Verdict.FOUND]


def test_all_causes_are_told_those_found_first() -> None:
    ranked = rank("connect-timeout", found("conntrack-full"))

    assert order(ranked) == ["conntrack-full"]
    assert {one.code for one in ranked} == set(BY_NAME["connect-timeout"].codes)


def test_excluded_causes_come_last() -> None:
    scope = Scope(pid=7, ends=(End("127.0.0.1", 8080),), here=True)
    verdicts = [one.verdict for one in rank("connect-timeout", scope=scope)]

    assert verdicts == sorted(verdicts, key=[*Verdict].index)
    assert Verdict.EXCLUDED in verdicts


def test_graver_finding_goes_before_the_usual_order() -> None:
    mild, grave = found("connect-timeout"), found("conntrack-full", Severity.CRITICAL)

    assert order(rank("connect-timeout", mild, grave)) == ["conntrack-full", "connect-timeout"]


def test_finding_that_names_the_place_goes_before_a_graver_one_that_does_not() -> None:
    scope = Scope(ends=(End("10.0.0.9", 80),))
    named = found("connect-timeout", remote_addr="10.0.0.9", remote_port=80)
    grave = found("conntrack-full", Severity.CRITICAL)

    ranked = rank("connect-timeout", named, grave, scope=scope)

    assert order(ranked) == ["connect-timeout", "conntrack-full"]
    assert [one.fit for one in ranked[:2]] == [Fit.EXACT, Fit.POSSIBLE]


def test_finding_about_something_else_is_told_beside() -> None:
    scope = Scope(ends=(End("10.0.0.9", 80),))
    other = found("connect-timeout", remote_addr="10.0.0.8", remote_port=80)

    (cause,) = [one for one in rank("connect-timeout", other, scope=scope) if one.elsewhere]

    assert (cause.code, cause.verdict, cause.elsewhere) == (
        "connect-timeout",
        Verdict.UNSEEN,
        (other,),
    )


def test_cause_goes_before_what_it_causes() -> None:
    effect = found("connect-timeout", Severity.CRITICAL, causes=["accept-queue-full"])
    root = found("accept-queue-full")

    ranked = rank("connect-timeout", effect, root)

    assert order(ranked) == ["accept-queue-full", "connect-timeout"]
    assert ranked[1].follows == ("accept-queue-full",)


def test_root_that_is_no_usual_cause_of_the_error_is_told_too() -> None:
    chain = ["fd-limit-process", "close-wait-leak"]
    full = found("accept-queue-full", causes=chain)
    limit = found("fd-limit-process", causes=chain[1:], kind=SubjectKind.PROCESS, pid=7)
    leak = found("close-wait-leak", kind=SubjectKind.PROCESS, pid=7)

    ranked = rank("connect-timeout", full, limit, leak)

    assert order(ranked) == ["close-wait-leak", "fd-limit-process", "accept-queue-full"]


def test_setting_that_leads_there_is_told_after_what_happens() -> None:
    full = found("ephemeral-exhaustion", causes=["config-range-tiny"])
    tiny = found("config-range-tiny", Severity.CRITICAL)

    ranked = rank("no-local-port", full, tiny)

    assert order(ranked) == ["ephemeral-exhaustion", "config-range-tiny"]
    assert ranked[0].follows == ("config-range-tiny",)


@pytest.mark.parametrize(
    ("own", "first"), [(4, "reset-unread-data"), (3, "reset-by-peer"), (0, "reset-by-peer")]
)
def test_resets_that_came_are_our_own_where_we_sent_as_many(own: int, first: str) -> None:
    numbers = [Evidence("resets", 4), Evidence("own_resets", own)]
    came = found("reset-by-peer", evidence=numbers)
    sent = found("reset-unread-data")

    assert order(rank("reset", came, sent))[0] == first


def test_what_would_be_at_the_peer_is_not_found_here() -> None:
    away = Scope(ends=(End("10.0.0.9", 80),), here=False)
    ours = found("reset-unread-data", Severity.CRITICAL)

    (cause,) = [one for one in rank("reset", ours, scope=away) if one.code == ours.code]

    assert (cause.verdict, cause.elsewhere) == (Verdict.UNSEEN, (ours,))


# ports that are taken, connections that are refused: nobody looks for these unasked


def judged(error: str, code: str, scope: Scope, sample: Sample = QUIET) -> Candidate:
    return next(one for one in rank(error, scope=scope, sample=sample) if one.code == code)


def test_port_that_is_taken_is_found_with_its_holder() -> None:
    cause = judged("port-in-use", "port-in-use", Scope(ends=(End(None, 8080),)))

    assert (cause.verdict, cause.fit) == (Verdict.FOUND, Fit.EXACT)
    assert cause.found[0].subject.pid == 7


def test_port_that_is_free_is_excluded() -> None:
    cause = judged("port-in-use", "port-in-use", Scope(ends=(End(None, 8081),)))

    assert cause.verdict is Verdict.EXCLUDED
    assert cause.absence is not None
    assert cause.absence.text == "nobody has this port"


def test_port_that_is_not_known_must_be_named() -> None:
    cause = judged("port-in-use", "port-in-use", ANYWHERE)

    assert cause.verdict is Verdict.UNSEEN
    assert cause.absence is not None
    assert cause.absence.text == "the port is not known: add --port N"


@pytest.mark.parametrize(
    ("listener", "address", "verdict"),
    [
        ("0.0.0.0:80", "127.0.0.1", Verdict.EXCLUDED),
        ("127.0.0.1:80", "127.0.0.1", Verdict.EXCLUDED),
        ("10.0.0.1:80", "127.0.0.1", Verdict.FOUND),
        ("[::]:80", "127.0.0.1", Verdict.EXCLUDED),
        ("[::1]:80", "127.0.0.1", Verdict.FOUND),
        ("0.0.0.0:80", "::1", Verdict.FOUND),
        ("[::]:80", "::1", Verdict.EXCLUDED),
        ("0.0.0.0:81", "127.0.0.1", Verdict.FOUND),
    ],
)
def test_refusal_is_found_where_no_listener_takes_the_address(
    listener: str, address: str, verdict: Verdict
) -> None:
    sample = make_sample([tcp("LISTEN", listener, pids=[7])], [process(7, "java")])
    scope = Scope(ends=(End(address, 80),), here=True)

    assert judged("refused", "connection-refused", scope, sample).verdict is verdict


def test_v6_listener_for_v6_only_refuses_v4() -> None:
    row = tcp("LISTEN", "[::]:80", pids=[7], v6only=1)
    scope = Scope(ends=(End("127.0.0.1", 80),), here=True)

    cause = judged("refused", "connection-refused", scope, make_sample([row], [process(7, "java")]))

    assert cause.verdict is Verdict.FOUND
    assert cause.found[0].summary == "nobody listens on 127.0.0.1:80, only java[7] [::]:80"


def test_refusal_by_another_host_says_nothing_about_listeners_here() -> None:
    scope = Scope(ends=(End("10.0.0.9", 80),), here=False)

    assert judged("refused", "connection-refused", scope).verdict is Verdict.UNSEEN


def test_every_class_can_be_ranked() -> None:
    for error in BY_NAME.values():
        ranked = rank(error.name)
        assert {one.code for one in ranked} == set(error.codes)


def test_queues_and_leaks_far_from_the_limit_explain_no_lack_of_descriptors() -> None:
    ranked = rank("descriptors", found("accept-queue-full"), found("close-wait-leak"))

    assert all(one.verdict is not Verdict.FOUND for one in ranked)
    assert {f.code for one in ranked for f in one.elsewhere} == {
        "accept-queue-full",
        "close-wait-leak",
    }
