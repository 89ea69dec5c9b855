"""Destinations that do not answer: unanswered attempts put together by whom they dialled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from netinspect.measures.attempts import Attempts
from netinspect.measures.facts import Facts, Mask, Rows
from netinspect.measures.grouping import group_rows
from netinspect.model import SocketTable, TcpState

_DESTINATION = ("netns", "remote_hi", "remote_lo", "remote_port", "local_hi", "local_lo")
_ROUND_TRIPS = 3  # an attempt has waited longer than these, or is still on its way


@dataclass(frozen=True, slots=True)
class Silence:
    """Unanswered attempts from one address to one destination.

    rows: in Attempts. stuck: those whose SYN was sent again. given_up: those that are gone
    and whose SYN was not. retrans, waited: the most of one attempt; milliseconds.
    """

    rows: Rows
    stuck: int
    given_up: int
    retrans: int
    waited: int


def find_silences(facts: Facts, after: float) -> Iterator[Silence]:
    """Find the destinations that had an attempt stuck or given up.

    after: milliseconds without an answer from which on an attempt that is gone was given up.
    """
    attempts = facts.attempts
    gone = _find_given_up(facts, after)
    samples = [sample for sample in (facts.now, facts.before) if sample is not None]
    answers = [_find_answers(sample.sockets, attempts.sockets.take(gone)) for sample in samples]
    groups = group_rows(*(getattr(attempts.sockets, name) for name in _DESTINATION))
    for group in np.unique(groups.of_row[(attempts.retrans > 0) | gone]).tolist():
        rows = np.flatnonzero(groups.of_row == group)
        given_up = _count_far_beyond(attempts, rows[gone[rows]], answers)
        stuck = int(np.count_nonzero(attempts.retrans[rows]))
        if stuck or given_up:
            most = int(attempts.retrans[rows].max()), int(attempts.waited[rows].max())
            yield Silence(rows, stuck, given_up, *most)


def count_answered(facts: Facts, silence: Silence) -> int | None:
    """Count the new connections between the same addresses; None in the first Sample."""
    if facts.before is None:
        return None
    there = _same_destination(facts.sockets, facts.attempts, int(silence.rows[0]))
    return int(np.count_nonzero(there & (facts.window.before_row < 0)))


def _find_given_up(facts: Facts, after: float) -> Mask:
    """Tell which attempts their program gave up before their SYN was sent again.

    No counter moves then. Where as many attempts failed, they may be those: refused from far away,
    though not from so far that it takes twice the time.
    """
    attempts = facts.attempts
    gone: Mask = (attempts.row < 0) & (attempts.retrans == 0) & (attempts.waited >= after)
    for inode in np.unique(attempts.sockets.netns[gone]).tolist():
        namespace = facts.now.namespace(inode)
        failed = facts.delta(namespace, "Tcp.AttemptFails") if namespace else None
        inside = attempts.sockets.netns == inode
        if failed is None or failed >= np.count_nonzero(gone & inside):
            gone &= ~inside | (attempts.waited >= 2 * after)
    return gone


def _find_answers(sockets: SocketTable, dialled: SocketTable) -> SocketTable:
    """Select the connections that may be with one of the destinations that were dialled."""
    if not len(dialled):
        return dialled
    near = sockets.state != TcpState.SYN_SENT
    for name in ("remote_port", "remote_lo"):
        near = near & np.isin(getattr(sockets, name), np.unique(getattr(dialled, name)))
    return sockets.take(near)


def _count_far_beyond(attempts: Attempts, rows: Rows, answers: Sequence[SocketTable]) -> int:
    """Count the attempts that waited too long for an answer to be only on its way.

    Where a connection with the destination is seen, its round-trip time tells how long that is.
    """
    if not len(rows):
        return 0
    round_trip = 0.0
    for sockets in answers:
        times = sockets.rtt[_same_destination(sockets, attempts, int(rows[0]))]
        if len(times) and times.max() <= 0:
            return 0
        round_trip = max(round_trip, times.max(initial=0) / 1000)
    return int(np.count_nonzero(attempts.waited[rows] >= _ROUND_TRIPS * round_trip))


def _same_destination(there: SocketTable, attempts: Attempts, row: int) -> Mask:
    """Tell which sockets were answered by the destination of an attempt."""
    same: Mask = there.state != TcpState.SYN_SENT
    for name in _DESTINATION:
        same = same & (getattr(there, name) == getattr(attempts.sockets, name)[row])
    return same
