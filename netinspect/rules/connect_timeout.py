"""connect-timeout: SYNs leave here and nothing comes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text, percent_text
from netinspect.measures.culprits import MOST_DESTINATIONS
from netinspect.measures.endings import read_endings, share
from netinspect.measures.facts import Facts, Rows
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.silences import Silence, count_answered, find_silences
from netinspect.measures.subjects import (
    destination_subject,
    namespace_subject,
    process_subject,
)
from netinspect.model import Namespace, Process, TcpState
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD, HELD_RATE, worst

CODE = "connect-timeout"
_SYN_SENT = "sock_diag SYN_SENT"
_NETSTAT = "/proc/net/netstat TcpExt"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """A destination that is told. answered: new connections with it, None = not known."""

    silence: Silence
    answered: int | None
    severity: Severity
    hold: int

    @property
    def share(self) -> float | None:
        """Return the part of the new attempts that got no answer."""
        return _unanswered_share(self.silence, self.answered)


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at each destination that was dialled, then at namespaces where none stands out."""
    found: dict[int, list[Silence]] = {}
    for silence in find_silences(facts, thresholds["given_up_after"]):
        netns = int(facts.attempts.sockets.netns[silence.rows[0]])
        found.setdefault(netns, []).append(silence)
    told: set[int] = set()
    for netns, silences in found.items():
        counted = len(silences) <= MOST_DESTINATIONS
        verdicts = list(_judge_all(facts, silences, thresholds, counted=counted))
        told.update({netns} if verdicts else ())
        if len(verdicts) > MOST_DESTINATIONS:
            yield _build_many(facts, netns, verdicts)
        else:
            yield from (_build(facts, verdict, thresholds) for verdict in verdicts)
    for namespace in facts.now.namespaces:
        if namespace.inode not in told and not _answers_late(facts, namespace.inode):
            yield from _check_namespace(facts, namespace, thresholds)


def _judge_all(
    facts: Facts, silences: Sequence[Silence], thresholds: Mapping[str, float], *, counted: bool
) -> Iterator[_Verdict]:
    for silence in silences:
        answered = count_answered(facts, silence) if counted else None
        judged = _judge(silence, answered, thresholds)
        if judged is not None:
            yield _Verdict(silence, answered, *judged)


def _judge(
    silence: Silence, answered: int | None, thresholds: Mapping[str, float]
) -> tuple[Severity, int] | None:
    """Return severity and hold; None for what is not told."""
    most = (_unanswered_share(silence, answered) or 0.0) >= thresholds["critical_share"]
    if silence.stuck >= thresholds["critical_attempts"]:
        return Severity.CRITICAL, 1
    if most and silence.stuck >= thresholds["least_attempts"]:
        return Severity.CRITICAL, 1
    if silence.retrans >= thresholds["warning_retransmits"]:
        return Severity.WARNING, 1
    lost = silence.stuck + silence.given_up
    if most and silence.given_up and lost >= thresholds["critical_attempts"]:
        return Severity.CRITICAL, 1
    if most and silence.given_up:
        # A few may have been answered from far away and closed again, all unseen.
        many = silence.given_up >= thresholds["least_attempts"]
        return Severity.WARNING, 1 if many else HELD
    return None


def _unanswered_share(silence: Silence, answered: int | None) -> float | None:
    lost = silence.stuck + silence.given_up
    return None if answered is None else share(lost, lost + answered)


def _build(facts: Facts, verdict: _Verdict, thresholds: Mapping[str, float]) -> Finding:
    silence, sockets = verdict.silence, facts.attempts.sockets
    first = int(silence.rows[0])
    process, inferred = _find_dialler(facts, silence.rows)
    namespace = facts.now.namespace(int(sockets.netns[first]))
    retries = namespace.sysctl_int("net.ipv4.tcp_syn_retries") if namespace else None
    return Finding(
        CODE,
        verdict.severity,
        destination_subject(facts, first, process, inferred=inferred, sockets=sockets),
        _summary(silence),
        (
            Evidence(
                "stuck", silence.stuck, Unit.COUNT, _SYN_SENT, thresholds["critical_attempts"]
            ),
            Evidence("given_up", silence.given_up or None, source=f"{_SYN_SENT}, pulses"),
            Evidence("attempts", len(silence.rows), source=f"{_SYN_SENT}, pulses"),
            Evidence(
                "retransmits",
                silence.retrans,
                Unit.COUNT,
                f"{_SYN_SENT} idiag_retrans",
                thresholds["warning_retransmits"],
            ),
            Evidence("waited", silence.waited / 1000, Unit.SECONDS, f"{_SYN_SENT} idiag_expires"),
            Evidence("answered", verdict.answered, source="sock_diag"),
            Evidence("unanswered_share", verdict.share, Unit.SHARE, "sock_diag"),
            Evidence("syn_retries", retries, source="net.ipv4.tcp_syn_retries"),
            *_counters(facts, namespace),
        ),
        disproof="new connections to the same address and port get through, "
        "and no SYN_SENT row has a retransmit",
        level=silence.stuck + silence.given_up,
        hold=verdict.hold,
        confidence=Confidence.CERTAIN if silence.stuck else Confidence.LIKELY,
        sockets=sockets.key[silence.rows],
        runtime=find_runtime(process),
    )


def _summary(silence: Silence) -> str:
    if not silence.stuck:
        return f"{count_text(silence.given_up)} given up within a second, unanswered"
    times = "retransmit" if silence.retrans == 1 else "retransmits"
    text = f"{count_text(silence.stuck)} unanswered, up to {silence.retrans} {times}"
    return f"{text}, {count_text(silence.given_up)} given up" if silence.given_up else text


def _build_many(facts: Facts, netns: int, verdicts: Sequence[_Verdict]) -> Finding:
    """Tell of all destinations at once: then it is this end, or the way out of it."""
    rows = np.concatenate([verdict.silence.rows for verdict in verdicts])
    stuck = sum(verdict.silence.stuck for verdict in verdicts)
    given_up = sum(verdict.silence.given_up for verdict in verdicts)
    process, _ = _find_dialler(facts, rows)
    namespace = facts.now.namespace(netns)
    whole = namespace_subject(namespace or Namespace(netns))
    return Finding(
        CODE,
        worst(*(verdict.severity for verdict in verdicts)),
        process_subject(process) if process else whole,
        f"{count_text(stuck + given_up)} unanswered by {count_text(len(verdicts))} destinations",
        (
            Evidence("stuck", stuck, source=_SYN_SENT),
            Evidence("given_up", given_up or None, source=f"{_SYN_SENT}, pulses"),
            Evidence("destinations", len(verdicts), source=_SYN_SENT),
            Evidence(
                "retransmits",
                max(verdict.silence.retrans for verdict in verdicts),
                source=f"{_SYN_SENT} idiag_retrans",
            ),
            *_counters(facts, namespace),
        ),
        disproof="new connections get through, and no SYN_SENT row has a retransmit",
        level=stuck + given_up,
        hold=min(verdict.hold for verdict in verdicts),
        sockets=facts.attempts.sockets.key[rows],
        runtime=find_runtime(process),
    )


def _find_dialler(facts: Facts, rows: Rows) -> tuple[Process | None, bool]:
    """Return the process that made all of these attempts, and whether that is inferred.

    Those that only pulses saw have no owner: then it is inferred from the others.
    """
    pids = facts.attempts.sockets.pid[rows]
    known = np.unique(pids[pids >= 0])
    process = facts.now.processes.get(int(known[0])) if len(known) == 1 else None
    return process, process is not None and bool((pids < 0).any())


def _counters(facts: Facts, namespace: Namespace | None) -> tuple[Evidence, ...]:
    names = {"syn_retrans": "TCPSynRetrans", "timeouts": "TCPAbortOnTimeout"}
    return tuple(
        Evidence(
            name,
            facts.delta(namespace, f"TcpExt.{counter}") if namespace else None,
            source=f"{_NETSTAT} {counter}",
        )
        for name, counter in names.items()
    )


def _answers_late(facts: Facts, netns: int) -> bool:
    """Tell whether SYN-ACKs are sent again too, which the same counter counts."""
    for sample in (facts.now, facts.before):
        if sample is not None:
            sockets = sample.sockets
            half_open = np.isin(sockets.state, (TcpState.SYN_RECV, TcpState.NEW_SYN_RECV))
            if (half_open & (sockets.netns == netns) & (sockets.retrans > 0)).any():
                return True
    return False


def _check_namespace(
    facts: Facts, namespace: Namespace, thresholds: Mapping[str, float]
) -> Iterator[Finding]:
    endings = read_endings(facts, namespace)
    again = facts.delta(namespace, "TcpExt.TCPSynRetrans")
    if endings is None or again is None or again < thresholds["least_retransmits"]:
        return
    part, opens = share(again, endings.active_opens), endings.active_opens
    limit = thresholds["warning_share"]
    if part is None or part < limit:
        return
    yield Finding(
        CODE,
        Severity.WARNING,
        namespace_subject(namespace),
        f"{count_text(again)} SYNs sent again, {percent_text(part)} of attempts",
        (
            Evidence("retransmit_share", part, Unit.SHARE, f"{_NETSTAT} TCPSynRetrans", limit),
            Evidence("attempts", opens, source="/proc/net/snmp Tcp ActiveOpens"),
            *_counters(facts, namespace),
        ),
        disproof="TCPSynRetrans stands still, or SYN-ACKs were sent again and not SYNs",
        level=part,
        hold=HELD_RATE,
    )


RULE = Rule(
    CODE,
    "connects unanswered",
    (
        Threshold("critical_attempts", 5, "attempts to one destination with a retransmitted SYN"),
        Threshold("critical_share", 0.5, "part of the new attempts to one destination"),
        Threshold("least_attempts", 3, "unanswered attempts for the share to count"),
        Threshold("warning_retransmits", 2, "times the SYN of one attempt was sent again"),
        Threshold("given_up_after", 200, "milliseconds without an answer of an attempt given up"),
        Threshold("warning_share", 0.05, "retransmitted SYNs per attempt in a whole namespace"),
        Threshold("least_retransmits", 5, "retransmitted SYNs between two samples for that share"),
    ),
    check,
)
