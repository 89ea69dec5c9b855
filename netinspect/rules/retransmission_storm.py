"""retransmission-storm: what is sent gets lost on the way, to one network, one service or all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from netinspect.finding import Evidence, Finding, Subject, SubjectKind, Unit
from netinspect.humanize import address_text, count_text, percent_text
from netinspect.measures.culprits import MOST_DESTINATIONS, one_process
from netinspect.measures.facts import Facts, Mask, Rows
from netinspect.measures.grouping import group_rows
from netinspect.measures.loss import Loss, mask_networks, measure_loss, network_text
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.stalls import may_be_ghost
from netinspect.measures.subjects import clients_subject, namespace_subject, with_process
from netinspect.model import Namespace, TcpState, Timer
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD_RATE, grade, worst

CODE = "retransmission-storm"
_DISPROOF = "RetransSegs and the retransmission counters of these sockets stand still"


@dataclass(frozen=True)
class _View:
    """All that is measured. carrying: connections that may have data on its way."""

    facts: Facts
    loss: Loss
    carrying: Mask
    stuck: Mask
    thresholds: Mapping[str, float]

    @cached_property
    def networks(self) -> tuple[Evidence, Evidence]:
        """Tell how many networks are affected: one is a path, all are this host's own link."""
        affected = self.stuck | (self.loss.resent > 0)
        return (
            Evidence("affected_networks", self._count(affected), source="sock_diag idiag_dst"),
            Evidence("networks", self._count(~self.facts.loopback), source="sock_diag idiag_dst"),
        )

    def _count(self, mask: Mask) -> int:
        rows = np.flatnonzero(self.carrying & mask)
        return len(group_rows(*mask_networks(self.facts.sockets, rows)))

    def is_lossy(self, rows: Rows) -> bool:
        """Tell whether enough was sent to judge these sockets, and too much of it again."""
        share = self.loss.share(rows)
        enough = self.loss.segments[rows].sum() >= self.thresholds["least_segments"]
        return bool(enough) and share is not None and share >= self.thresholds["warning_share"]


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at networks that are dialled, at services, and at whole namespaces."""
    sockets = facts.sockets
    carrying = facts.in_state(TcpState.ESTABLISHED, TcpState.CLOSE_WAIT)
    stuck = (
        carrying
        & (sockets.timer == Timer.RETRANSMIT)
        & (sockets.retrans >= thresholds["warning_retransmits"])
        & ~may_be_ghost(sockets)
    )
    view = _View(facts, measure_loss(facts), carrying, stuck, thresholds)
    yield from _check_networks(view)
    yield from _check_services(view)
    for namespace in facts.now.namespaces:
        yield from _check_namespace(view, namespace)


def _check_networks(view: _View) -> Iterator[Finding]:
    facts, loss, least = view.facts, view.loss, view.thresholds["least_segments"]
    enough = (loss.segments >= least) & (loss.sent > 0)
    lossy = enough & (loss.resent >= view.thresholds["warning_share"] * loss.sent)
    suspects = view.carrying & (lossy | view.stuck)
    if not suspects.any():
        return
    rows = np.flatnonzero(suspects & facts.outgoing)
    groups = group_rows(facts.sockets.netns[rows], *mask_networks(facts.sockets, rows))
    if len(groups) > MOST_DESTINATIONS:
        groups = group_rows(facts.sockets.netns[rows])
    for group in range(len(groups)):
        found = rows[groups.of_row == group]
        yield _build(view, _network_subject(facts, found), found, found)


def _network_subject(facts: Facts, rows: Rows) -> Subject:
    """Name the network these sockets go to, by the one address where there is only one."""
    sockets = facts.sockets
    netns = int(sockets.netns[rows[0]])
    high, low = mask_networks(sockets, rows)
    if len(group_rows(high, low)) > 1:
        return namespace_subject(facts.now.namespace(netns) or Namespace(netns))
    network = name = network_text(int(high[0]), int(low[0]))
    if len(np.unique(sockets.remote_lo[rows])) == 1:
        name = address_text(int(sockets.remote_hi[rows[0]]), int(sockets.remote_lo[rows[0]]))
    process = one_process(facts, rows)
    subject = Subject(
        SubjectKind.DESTINATION,
        f"net/{netns}/{network}",
        f"path to {name}",
        netns=netns,
        remote_addr=name,
    )
    return with_process(subject, process)


def _check_services(view: _View) -> Iterator[Finding]:
    """Judge all clients of a service together: some of them are always on a bad line."""
    facts = view.facts
    if not (view.stuck.any() or view.loss.resent.any()):
        return
    rows = np.flatnonzero(view.carrying & ~facts.outgoing)
    groups = group_rows(facts.sockets.netns[rows], facts.sockets.local_port[rows])
    touched = view.stuck[rows] | (view.loss.resent[rows] > 0)
    for group in np.unique(groups.of_row[touched]).tolist():
        clients = rows[groups.of_row == group]
        stuck = clients[view.stuck[clients]]
        if len(stuck) < view.thresholds["client_share"] * len(clients):
            stuck = stuck[:0]
        if len(stuck) or view.is_lossy(clients):
            subject = clients_subject(facts, int(clients[0]), one_process(facts, clients))
            yield _build(view, subject, clients, stuck)


def _build(view: _View, subject: Subject, rows: Rows, suspects: Rows) -> Finding:
    """Build the finding of these sockets. suspects: those whose retransmits count."""
    facts, thresholds = view.facts, view.thresholds
    stuck = suspects[view.stuck[suspects]]
    tries = int(facts.sockets.retrans[stuck].max(initial=0))
    share = view.loss.share(rows) if view.is_lossy(rows) else None
    severity = worst(
        grade(share, thresholds["warning_share"], thresholds["critical_share"]),
        grade(tries, thresholds["warning_retransmits"], thresholds["critical_retransmits"]),
    )
    text = [f"{percent_text(share)} sent again"] if share is not None else []
    text += [f"{count_text(len(stuck))} stuck, up to {tries} tries"] if len(stuck) else []
    affected = stuck if share is None else rows
    return Finding(
        CODE,
        severity,
        subject,
        ", ".join(text),
        (
            Evidence(
                "resent_share",
                share,
                Unit.SHARE,
                "tcp_info tcpi_bytes_retrans, tcpi_bytes_sent",
                thresholds["critical_share"],
            ),
            Evidence(
                "segments",
                int(view.loss.segments[rows].sum()),
                source="tcp_info tcpi_data_segs_out",
                limit=thresholds["least_segments"],
            ),
            Evidence("stuck", len(stuck), source="sock_diag idiag_timer 1"),
            Evidence(
                "tries",
                tries,
                source="sock_diag idiag_retrans",
                limit=thresholds["critical_retransmits"],
            ),
            Evidence("connections", len(rows), source="sock_diag"),
            Evidence("network", _network(subject), Unit.TEXT, "sock_diag idiag_dst"),
            *view.networks,
        ),
        disproof=_DISPROOF,
        level=share or 0,
        hold=HELD_RATE,
        sockets=facts.keys(affected),
        runtime=find_runtime(one_process(facts, affected)),
    )


def _network(subject: Subject) -> str | None:
    """Write what a subject goes to as a prefix, which `ss dst` takes of both families."""
    if subject.kind is not SubjectKind.DESTINATION or subject.remote_addr is None:
        return None
    address = subject.remote_addr
    return address if "/" in address else f"{address}/{128 if ':' in address else 32}"


def _check_namespace(view: _View, namespace: Namespace) -> Iterator[Finding]:
    facts, thresholds = view.facts, view.thresholds
    resent, sent = (facts.rate(namespace, "Tcp.RetransSegs"), facts.rate(namespace, "Tcp.OutSegs"))
    if resent is None or sent is None or sent < thresholds["least_rate"]:
        return
    # OutSegs leaves out what is sent again.
    share = resent / sent
    severity = grade(share, thresholds["host_warning_share"], thresholds["host_critical_share"])
    if severity is None:
        return
    yield Finding(
        CODE,
        severity,
        namespace_subject(namespace),
        f"segments sent again: {percent_text(share)} of the new ones",
        (
            Evidence(
                "host_share",
                share,
                Unit.SHARE,
                "/proc/net/snmp Tcp RetransSegs, OutSegs",
                thresholds["host_critical_share"],
            ),
            Evidence("resent_rate", resent, Unit.RATE, "/proc/net/snmp Tcp RetransSegs"),
            Evidence("sent_rate", sent, Unit.RATE, "/proc/net/snmp Tcp OutSegs"),
            Evidence(
                "timeouts",
                facts.delta(namespace, "TcpExt.TCPTimeouts"),
                source="/proc/net/netstat TcpExt TCPTimeouts",
            ),
            Evidence(
                "loss_probes",
                facts.delta(namespace, "TcpExt.TCPLossProbes"),
                source="/proc/net/netstat TcpExt TCPLossProbes",
            ),
            *view.networks,
        ),
        disproof=_DISPROOF,
        level=share,
        hold=HELD_RATE,
    )


RULE = Rule(
    CODE,
    "much has to be sent again",
    (
        Threshold("warning_share", 0.02, "part of the bytes sent that were sent again"),
        Threshold("critical_share", 0.1, "part of the bytes sent that were sent again"),
        Threshold("least_segments", 50, "segments sent between two samples, to judge a connection"),
        Threshold("warning_retransmits", 3, "times in a row the same was sent again"),
        Threshold("critical_retransmits", 6, "times in a row the same was sent again"),
        Threshold("client_share", 0.1, "part of a service's clients that are stuck"),
        Threshold("host_warning_share", 0.02, "part of a namespace's segments sent again"),
        Threshold("host_critical_share", 0.05, "part of a namespace's segments sent again"),
        Threshold("least_rate", 100, "segments per second, to judge a namespace"),
    ),
    check,
)
