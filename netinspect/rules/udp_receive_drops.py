"""udp-receive-drops: datagrams arrive faster than a program reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Evidence, Finding, Severity, Subject, Unit
from netinspect.humanize import percent_text, rate_text
from netinspect.measures.facts import Facts
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import listener_subject, socket_subject
from netinspect.model import UNKNOWN, Namespace
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD_RATE

CODE = "udp-receive-drops"
_ROW = "sock_diag UDP SKMEMINFO"
_FAMILIES = ("Udp", "Udp6")


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at every UDP socket whose drop counter moved."""
    if not facts.elapsed:
        return
    drops = facts.growth("drops")
    suspects = facts.udp & (drops >= max(1.0, thresholds["warning_drops"]))
    for row in np.flatnonzero(suspects).tolist():
        namespace = facts.now.namespace(int(facts.sockets.netns[row]))
        if namespace is None or not _all_filtered(facts, namespace):
            yield _build(facts, row, int(drops[row]), namespace, thresholds)


def _all_filtered(facts: Facts, namespace: Namespace) -> bool:
    """Tell whether what was dropped was what socket filters had to: no error is counted then."""
    reasons = ("RcvbufErrors", "InCsumErrors", "MemErrors")
    counts = [_sum(facts, namespace, reason) for reason in reasons]
    return counts[0] == 0 and not any(counts)


def _sum(facts: Facts, namespace: Namespace, name: str) -> int | None:
    """Add up a counter of both address families; None where neither is known."""
    counts = [facts.delta(namespace, f"{family}.{name}") for family in _FAMILIES]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _build(
    facts: Facts,
    row: int,
    drops: int,
    namespace: Namespace | None,
    thresholds: Mapping[str, float],
) -> Finding:
    assert facts.elapsed
    rate = drops / facts.elapsed
    delivered = _sum(facts, namespace, "InDatagrams") if namespace else None
    part = None if delivered is None else drops / (drops + delivered)
    enough = drops >= thresholds["least_drops"]
    critical = rate >= thresholds["critical_rate"] or (
        enough and part is not None and part >= thresholds["critical_share"]
    )
    summary = f"{rate_text(rate)} datagrams/s dropped"
    return Finding(
        CODE,
        Severity.CRITICAL if critical else Severity.WARNING,
        _subject(facts, row),
        summary if part is None else f"{summary}, {percent_text(part)} of what came",
        (
            Evidence("drops", drops, source=f"{_ROW} drops"),
            Evidence("drop_rate", rate, Unit.RATE, f"{_ROW} drops", thresholds["critical_rate"]),
            Evidence(
                "drop_share",
                part,
                Unit.SHARE,
                f"{_ROW} drops, /proc/net/snmp Udp InDatagrams",
                thresholds["critical_share"],
            ),
            Evidence("drops_total", int(facts.sockets.drops[row]), source=f"{_ROW} drops"),
            *_buffer(facts, row),
            *_reasons(facts, namespace),
            Evidence("elapsed", facts.elapsed, Unit.SECONDS, "clock"),
        ),
        disproof="the drop counter of the socket (`d` in `ss -uanm`) stands still",
        level=rate,
        hold=1 if critical else HELD_RATE,
        sockets=facts.keys(np.array([row])),
        runtime=find_runtime(facts.holder(row)),
    )


def _subject(facts: Facts, row: int) -> Subject:
    connected = int(facts.sockets.remote_port[row]) != 0
    return socket_subject(facts, row) if connected else listener_subject(facts, row)


def _buffer(facts: Facts, row: int) -> tuple[Evidence, Evidence]:
    held, size = int(facts.sockets.rmem_alloc[row]), int(facts.sockets.rcvbuf[row])
    return (
        Evidence(
            "held",
            None if held == UNKNOWN else held,
            Unit.BYTES,
            f"{_ROW} rmem_alloc",
            None if size == UNKNOWN else size,
        ),
        Evidence("buffer", None if size == UNKNOWN else size, Unit.BYTES, f"{_ROW} rcvbuf"),
    )


def _reasons(facts: Facts, namespace: Namespace | None) -> tuple[Evidence, ...]:
    names = {
        "buffer_errors": "RcvbufErrors",
        "checksum_errors": "InCsumErrors",
        "memory_errors": "MemErrors",
        "delivered": "InDatagrams",
    }
    counters = [
        Evidence(
            name,
            _sum(facts, namespace, counter) if namespace else None,
            source=f"/proc/net/snmp Udp {counter}, /proc/net/snmp6 Udp6{counter}",
        )
        for name, counter in names.items()
    ]
    rmem_max = namespace.sysctl_int("net.core.rmem_max") if namespace else None
    return (*counters, Evidence("rmem_max", rmem_max, Unit.BYTES, "net.core.rmem_max"))


RULE = Rule(
    CODE,
    "datagrams dropped",
    (
        Threshold("warning_drops", 1, "datagrams a socket dropped between two samples"),
        Threshold("critical_rate", 100, "datagrams per second a socket drops"),
        Threshold("critical_share", 0.01, "part of the datagrams that reach the namespace"),
        Threshold(
            "least_drops", 10, "datagrams dropped between two samples for the share to count"
        ),
    ),
    check,
)
