"""Suspect sockets put together by whom they are about: who holds them, who is at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from netinspect.finding import Subject
from netinspect.humanize import address_text
from netinspect.measures.facts import Facts, Mask, Rows
from netinspect.measures.grouping import group_rows
from netinspect.measures.subjects import (
    clients_subject,
    destination_subject,
    namespace_subject,
    process_subject,
)
from netinspect.model import Namespace, Process, TcpState


@dataclass(frozen=True, slots=True)
class Holder:
    """A process and the suspects it holds; process: None = hidden, or not there any more."""

    rows: Rows
    process: Process | None
    subject: Subject


@dataclass(frozen=True, slots=True)
class FarEnd:
    """A destination that is dialled here, or the clients of a local port.

    rows: the suspects. connections: how many there are with it. process: the one that holds all
    suspects.
    """

    rows: Rows
    connections: int
    incoming: bool
    process: Process | None
    subject: Subject

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


def find_far_ends(facts: Facts, suspects: Mask) -> Iterator[FarEnd]:
    """Put suspects together by destination; those that came in, by local port."""
    if not suspects.any():
        return
    sockets = facts.sockets
    rows = np.flatnonzero(suspects | facts.in_state(TcpState.ESTABLISHED, TcpState.CLOSE_WAIT))
    dialled = facts.outgoing[rows]
    groups = group_rows(
        dialled,
        sockets.netns[rows],
        *(
            np.where(dialled, getattr(sockets, name)[rows], 0)
            for name in ("local_hi", "local_lo", "remote_hi", "remote_lo")
        ),
        np.where(dialled, sockets.remote_port[rows], sockets.local_port[rows]),
    )
    connections = np.bincount(groups.of_row, minlength=len(groups))
    suspected = suspects[rows]
    for group in np.unique(groups.of_row[suspected]).tolist():
        found = rows[suspected & (groups.of_row == group)]
        yield _far_end(facts, found, int(connections[group]))


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


def _far_end(facts: Facts, rows: Rows, connections: int) -> FarEnd:
    process = one_process(facts, rows)
    first = int(rows[0])
    if facts.outgoing[first]:
        subject = destination_subject(facts, first, process)
        return FarEnd(rows, connections, False, process, subject)
    subject = clients_subject(facts, first, process)
    return FarEnd(rows, connections, True, process, subject)


def _holder_subject(facts: Facts, rows: Rows, process: Process | None) -> Subject:
    """Name the process, with the local end where its suspects have the same."""
    sockets = facts.sockets
    netns = int(sockets.netns[rows[0]])
    if process is None:
        return namespace_subject(facts.now.namespace(netns) or Namespace(netns))
    ends = group_rows(sockets.local_hi[rows], sockets.local_lo[rows], sockets.local_port[rows])
    subject = process_subject(process)
    if len(ends) > 1:
        return subject
    row = int(rows[0])
    return replace(
        subject,
        local_addr=address_text(int(sockets.local_hi[row]), int(sockets.local_lo[row])),
        local_port=int(sockets.local_port[row]),
    )
