"""keepalive-missing: long idle connections that nothing would tell of a dead peer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text, duration_text
from netinspect.measures.culprits import Holder, count_peers, find_holders
from netinspect.measures.facts import Facts, Mask
from netinspect.measures.runtimes import find_runtime
from netinspect.model import Process, TcpState, Timer
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD
from netinspect.rules.peers import peer_evidence

CODE = "keepalive-missing"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at idle connections to other hosts with no keepalive timer, or a very late one."""
    sockets = facts.sockets
    # A running retransmission or probe timer hides the keepalive timer.
    bare = (sockets.timer == Timer.OFF) & (sockets.send_q == 0)
    late = (sockets.timer == Timer.KEEPALIVE) & (
        sockets.expires > thresholds["late_seconds"] * 1000
    )
    for holder in find_holders(facts, _is_idle(facts, thresholds) & (bare | late)):
        yield _build(facts, holder, int(np.count_nonzero(bare[holder.rows])), thresholds)


def _is_idle(facts: Facts, thresholds: Mapping[str, float]) -> Mask:
    sockets = facts.sockets
    idle = np.minimum(sockets.last_data_recv, sockets.last_ack_recv)
    own = (sockets.local_hi == sockets.remote_hi) & (sockets.local_lo == sockets.remote_lo)
    mask: Mask = (
        facts.in_state(TcpState.ESTABLISHED)
        & facts.has_inode
        & ~(facts.loopback | own)
        & (idle >= thresholds["idle_seconds"] * 1000)
    )
    return mask


def _build(facts: Facts, holder: Holder, bare: int, thresholds: Mapping[str, float]) -> Finding:
    rows, many = holder.rows, thresholds["warning_sockets"]
    late = len(rows) - bare
    used = _fd_share(holder.process)
    near_limit = bare > 0 and used is not None and used >= thresholds["fd_share"]
    oldest = int(facts.sockets.last_data_recv[rows].max()) / 1000
    text = [f"{count_text(bare)} idle without keepalive"] if bare else []
    text += [f"{count_text(late)} with a late one"] if late else []
    return Finding(
        CODE,
        Severity.WARNING if bare >= many or near_limit else Severity.INFO,
        holder.subject,
        f"{', '.join(text)}, oldest {duration_text(oldest)}",
        (
            Evidence("without", bare, source="sock_diag idiag_timer 0", limit=many),
            Evidence("late", late, source="sock_diag idiag_timer 2, idiag_expires"),
            Evidence(
                "oldest",
                oldest,
                Unit.SECONDS,
                "tcp_info tcpi_last_data_recv",
                thresholds["idle_seconds"],
            ),
            Evidence("fd_share", used, Unit.SHARE, "/proc/PID/limits", thresholds["fd_share"]),
            Evidence("peers", count_peers(facts, rows), source="sock_diag idiag_dst"),
            *peer_evidence(facts, rows),
            Evidence("keepalive_time", _time(facts, rows), Unit.SECONDS, "tcp_keepalive_time"),
        ),
        disproof="the program sends heartbeats of its own, or closes idle connections by itself",
        level=bare,
        hold=HELD,
        sockets=facts.keys(rows),
        runtime=find_runtime(holder.process),
    )


def _fd_share(process: Process | None) -> float | None:
    if process is None or process.fds is None or not process.fd_soft:
        return None
    return process.fds / process.fd_soft


def _time(facts: Facts, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int | None:
    namespace = facts.now.namespace(int(facts.sockets.netns[rows[0]]))
    return namespace.sysctl_int("net.ipv4.tcp_keepalive_time") if namespace else None


RULE = Rule(
    CODE,
    "idle connections without keepalive",
    (
        Threshold("idle_seconds", 3600, "seconds without anything from the peer"),
        Threshold("warning_sockets", 50, "connections of one process without keepalive"),
        Threshold("fd_share", 0.8, "part of the descriptor limit in use that makes one too many"),
        Threshold("late_seconds", 900, "seconds until a keepalive probe that make it a late one"),
    ),
    check,
)
