"""connect-timeout: SYNs leave here and nothing comes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from netinspect.finding import Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text, percent_text
from netinspect.measures.attempts import Attempts
from netinspect.measures.endings import Endings, read_endings, share
from netinspect.measures.facts import Facts, Rows
from netinspect.measures.grouping import group_rows
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import destination_subject, namespace_subject
from netinspect.model import Namespace, Process, TcpState
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD_RATE

CODE = "connect-timeout"
_SYN_SENT = "sock_diag SYN_SENT"
_NETSTAT = "/proc/net/netstat TcpExt"


@dataclass(frozen=True, slots=True)
class _Silence:
    """Attempts to one destination.

    rows: in Attempts. stuck: those whose SYN was sent again. answered: new connections with it.
    """

    rows: Rows
    stuck: int
    retrans: int
    waited: int
    answered: int | None

    @property
    def share(self) -> float | None:
        """Return the part of the new attempts that got no answer."""
        return None if self.answered is None else share(self.stuck, self.stuck + self.answered)


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at each destination that was dialled, then at namespaces where none stands out."""
    told = set()
    attempts = facts.attempts
    for rows in _by_destination(attempts):
        silence = _measure(facts, attempts, rows)
        severity = _judge(silence, thresholds)
        if severity is not None:
            told.add(int(attempts.sockets.netns[rows[0]]))
            yield _build(facts, attempts, silence, severity, thresholds)
    for namespace in facts.now.namespaces:
        endings = read_endings(facts, namespace)
        if endings and namespace.inode not in told and not _answers_late(facts, namespace.inode):
            yield from _check_namespace(facts, namespace, endings, thresholds)


def _by_destination(attempts: Attempts) -> Iterator[Rows]:
    sockets = attempts.sockets
    groups = group_rows(
        sockets.netns, sockets.remote_hi, sockets.remote_lo, sockets.remote_port,
        sockets.local_hi, sockets.local_lo,
    )  # fmt: skip
    for group in np.unique(groups.of_row[attempts.retrans > 0]).tolist():
        yield np.flatnonzero(groups.of_row == group)


def _measure(facts: Facts, attempts: Attempts, rows: Rows) -> _Silence:
    return _Silence(
        rows,
        int(np.count_nonzero(attempts.retrans[rows] > 0)),
        int(attempts.retrans[rows].max()),
        int(attempts.waited[rows].max()),
        _count_answered(facts, attempts, int(rows[0])),
    )


def _count_answered(facts: Facts, attempts: Attempts, row: int) -> int | None:
    """Count the new connections from and to the same addresses that came about."""
    if facts.before is None:
        return None
    there, asked = facts.sockets, attempts.sockets
    same = facts.tcp & (there.state != TcpState.SYN_SENT) & (facts.window.before_row < 0)
    for name in ("netns", "remote_hi", "remote_lo", "remote_port", "local_hi", "local_lo"):
        same = same & (getattr(there, name) == getattr(asked, name)[row])
    return int(np.count_nonzero(same))


def _judge(silence: _Silence, thresholds: Mapping[str, float]) -> Severity | None:
    many = silence.stuck >= thresholds["critical_attempts"]
    most = (silence.share or 0.0) >= thresholds["critical_share"]
    if many or (most and silence.stuck >= thresholds["least_attempts"]):
        return Severity.CRITICAL
    return Severity.WARNING if silence.retrans >= thresholds["warning_retransmits"] else None


def _build(
    facts: Facts,
    attempts: Attempts,
    silence: _Silence,
    severity: Severity,
    thresholds: Mapping[str, float],
) -> Finding:
    first = int(silence.rows[0])
    process = _dialler(facts, attempts, silence.rows)
    namespace = facts.now.namespace(int(attempts.sockets.netns[first]))
    retries = namespace.sysctl_int("net.ipv4.tcp_syn_retries") if namespace else None
    times = "retransmit" if silence.retrans == 1 else "retransmits"
    return Finding(
        CODE,
        severity,
        destination_subject(facts, first, process, sockets=attempts.sockets),
        f"{count_text(silence.stuck)} unanswered, up to {silence.retrans} {times}",
        (
            Evidence(
                "stuck", silence.stuck, source=_SYN_SENT, limit=thresholds["critical_attempts"]
            ),
            Evidence("attempts", len(silence.rows), source=_SYN_SENT),
            Evidence(
                "retransmits",
                silence.retrans,
                source=f"{_SYN_SENT} idiag_retrans",
                limit=thresholds["warning_retransmits"],
            ),
            Evidence("waited", silence.waited / 1000, Unit.SECONDS, f"{_SYN_SENT} idiag_expires"),
            Evidence("answered", silence.answered, source="sock_diag"),
            Evidence("unanswered_share", silence.share, Unit.SHARE, "sock_diag"),
            Evidence("syn_retries", retries, source="net.ipv4.tcp_syn_retries"),
            *_counters(facts, namespace),
        ),
        disproof="new connections to the same address and port get through, "
        "and no SYN_SENT row has a retransmit",
        level=silence.stuck,
        sockets=attempts.sockets.key[silence.rows],
        runtime=find_runtime(process),
    )


def _dialler(facts: Facts, attempts: Attempts, rows: Rows) -> Process | None:
    """Return the process that made all of these attempts, as far as they have an owner."""
    pids = np.unique(attempts.sockets.pid[rows])
    pids = pids[pids >= 0]
    return facts.now.processes.get(int(pids[0])) if len(pids) == 1 else None


def _counters(facts: Facts, namespace: Namespace | None) -> tuple[Evidence, ...]:
    names = {"syn_retrans": "TcpExt.TCPSynRetrans", "timeouts": "TcpExt.TCPAbortOnTimeout"}
    return tuple(
        Evidence(
            name,
            facts.delta(namespace, counter) if namespace else None,
            source=f"{_NETSTAT} {counter.partition('.')[2]}",
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
    facts: Facts, namespace: Namespace, endings: Endings, thresholds: Mapping[str, float]
) -> Iterator[Finding]:
    again = facts.delta(namespace, "TcpExt.TCPSynRetrans")
    if again is None or again < thresholds["least_retransmits"]:
        return
    part = share(again, endings.active_opens)
    if part is None or part < thresholds["warning_share"]:
        return
    limit = thresholds["warning_share"]
    opens = endings.active_opens
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
        Threshold("warning_share", 0.05, "retransmitted SYNs per attempt in a whole namespace"),
        Threshold("least_retransmits", 5, "retransmitted SYNs between two samples for that share"),
    ),
    check,
)
