"""Suspect sockets put together by whom they are about: who holds them, who is at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from netinspect.finding import Subject
from netinspect.humanize import address_text
from netinspect.measures.facts import Facts, Mask, Rows
from netinspect.measures.grouping import Groups, group_rows
from netinspect.measures.subjects import (
    clients_subject,
    destination_subject,
    namespace_subject,
    process_subject,
)
from netinspect.model import Namespace, Process, TcpState

MOST_DESTINATIONS = 20
"""Of one anomaly, findings of their own; above it is the near end that has it."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A process and the suspects it holds; process: None = hidden, or not there any more."""

    rows: Rows
    process: Process | None
    subject: Subject


@dataclass(frozen=True, slots=True)
class FarEnd:
    """A destination that is dialled here, or the clients of a local port.

    rows: the suspects. everyone: all connections that carry data with it, suspects included.
    process: the one that holds all suspects.
    """

    rows: Rows
    everyone: Rows
    incoming: bool
    process: Process | None
    subject: Subject

    @property
    def connections(self) -> int:
        """Count all connections with it."""
        return len(self.everyone)

    def is_few(self, share: float) -> bool:
        """Tell whether these are clients such as any service loses some of at any time."""
        return self.incoming and len(self.rows) < share * self.connections


def find_holders(facts: Facts, suspects: Mask) -> Iterator[Holder]:
    """Put suspects together by namespace and the first process that holds them."""
    rows = np.flatnonzero(suspects)
    if not len(rows):
        return
    groups = group_rows(facts.sockets.netns[rows], facts.sockets.pid[rows])
    for group in range(len(groups)):
        held = rows[groups.of_row == group]
        process = facts.holder(int(held[0]))
        yield Holder(held, process, _holder_subject(facts, held, process))


def find_far_ends(facts: Facts, suspects: Mask, *, per_process: bool = False) -> Iterator[FarEnd]:
    """Put suspects together by destination; those that came in, by local port.

    per_process: by the process that dials as well. When there are too many destinations to name
    them all, by the process alone.
    """
    if not suspects.any():
        return
    rows = np.flatnonzero(suspects | facts.in_state(TcpState.ESTABLISHED, TcpState.CLOSE_WAIT))
    dialled, suspected = facts.outgoing[rows], suspects[rows]
    groups = _group_far_ends(facts, rows, named=True, per_process=per_process)
    named = len(np.unique(groups.of_row[suspected & dialled])) <= MOST_DESTINATIONS
    if not named:
        groups = _group_far_ends(facts, rows, named=False, per_process=True)
    for group in np.unique(groups.of_row[suspected]).tolist():
        inside = groups.of_row == group
        found, everyone = rows[inside & suspected], rows[inside]
        process = one_process(facts, found)
        subject = _far_end_subject(facts, found, process, named, per_process)
        yield FarEnd(found, everyone, not facts.outgoing[found[0]], process, subject)


def one_process(facts: Facts, rows: Rows) -> Process | None:
    """Return the process that holds all of these sockets; None where several do, or none."""
    pids = np.unique(facts.sockets.pid[rows])
    pids = pids[pids >= 0]
    return facts.now.processes.get(int(pids[0])) if len(pids) == 1 else None


def top_peer(facts: Facts, rows: Rows) -> tuple[str, int]:
    """Return the remote address most of these sockets have, and how many have it."""
    high, low = facts.sockets.remote_hi[rows], facts.sockets.remote_lo[rows]
    groups = group_rows(high, low)
    count = np.bincount(groups.of_row)
    first = groups.first[int(count.argmax())]
    return address_text(int(high[first]), int(low[first])), int(count.max())


def count_peers(facts: Facts, rows: Rows) -> int:
    """Count the remote addresses of these sockets."""
    return len(group_rows(facts.sockets.remote_hi[rows], facts.sockets.remote_lo[rows]))


def _group_far_ends(facts: Facts, rows: Rows, *, named: bool, per_process: bool) -> Groups:
    sockets, dialled = facts.sockets, facts.outgoing[rows]
    ends = ("local_hi", "local_lo", "remote_hi", "remote_lo", "remote_port") if named else ()
    return group_rows(
        dialled,
        sockets.netns[rows],
        np.where(dialled, 0, sockets.local_port[rows]),
        np.where(dialled & per_process, sockets.pid[rows], 0),
        *(np.where(dialled, getattr(sockets, name)[rows], 0) for name in ends),
    )


def _far_end_subject(
    facts: Facts, rows: Rows, process: Process | None, named: bool, per_process: bool
) -> Subject:
    row = int(rows[0])
    if not facts.outgoing[row]:
        return clients_subject(facts, row, process)
    if not named:
        return _holder_subject(facts, rows, process)
    subject = destination_subject(facts, row, process)
    return (
        replace(subject, key=f"{subject.key}/{facts.sockets.pid[row]}") if per_process else subject
    )


def _holder_subject(facts: Facts, rows: Rows, process: Process | None) -> Subject:
    """Name the process, where its suspects are, and their local end where they have the same."""
    sockets = facts.sockets
    netns = int(sockets.netns[rows[0]])
    if process is None:
        return namespace_subject(facts.now.namespace(netns) or Namespace(netns))
    ends = group_rows(sockets.local_hi[rows], sockets.local_lo[rows], sockets.local_port[rows])
    subject = replace(process_subject(process), netns=netns)
    if len(ends) > 1:
        return subject
    row = int(rows[0])
    return replace(
        subject,
        local_addr=address_text(int(sockets.local_hi[row]), int(sockets.local_lo[row])),
        local_port=int(sockets.local_port[row]),
    )
