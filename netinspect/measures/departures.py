"""Rows that went since the Sample before, and so much of that Sample as is needed to show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from netinspect.holders import find_holdings, held_by
from netinspect.measures.children import find_children
from netinspect.measures.ephemeral_ports import find_destinations
from netinspect.measures.remembered import per_sample
from netinspect.measures.row_ids import (
    Ids,
    connection_ids,
    destination_ids,
    is_among,
    process_ids,
)
from netinspect.measures.states import is_service, is_tcp, is_timewait_sock
from netinspect.model import UNKNOWN, Gone, OwnerTable, Proto, Pulses, Sample, TcpState, Window

MOST_GONE = 200
"""How many gone rows of a pane are kept, of each Sample."""

_MOST_SOCKETS = 20_000
"""How many sockets are kept for them; rows that need more are not kept."""

_Rows = NDArray[np.int64]
_Find = Callable[[Sample, Ids], _Rows]


def find_departures(window: Window) -> dict[str, Gone]:
    """Find by pane the rows that the Sample before has and the present one has not."""
    now, before = window.now, window.before
    if before is None:
        return {}
    went = np.ones(len(before.sockets), np.bool_)
    went[window.before_row[window.before_row >= 0]] = False
    ended = np.flatnonzero(went)
    ended = ended[~_goes_on(now, window.before_row, before, ended)]
    keys = before.sockets.key
    exited = np.setdiff1d(living(before), living(now), assume_unique=True)
    left = np.setdiff1d(destinations(before), destinations(now), assume_unique=True)
    processes = _keep(before, exited, _of_processes)
    gone = {
        "sockets": _keep(before, keys[_foremost(before, ended)], _the_sockets),
        "ports": _keep(before, keys[went & is_service(before.sockets)], _listeners),
        "ephemeral": _keep(before, left, _to_destinations),
        "processes": processes,
        "descriptors": processes,
    }
    return {pane: one for pane, one in gone.items() if one is not None}


def without(pane: str, gone: Gone, back: Ids) -> Gone | None:
    """Leave out rows that are there again. back: ascending."""
    returned = is_among(gone.ids, back)
    if not returned.any():
        return gone
    return _keep(gone.sample, gone.ids[~returned], _FINDERS[pane])


def socket_arrivals(window: Window) -> Ids:
    """Return the sockets that the Sample before does not have.

    What the kernel keeps after a socket is gone goes on as that socket, under another cookie.
    """
    sockets = window.now.sockets
    return np.sort(sockets.key[(window.before_row < 0) & ~is_timewait_sock(sockets)])


@per_sample
def living(sample: Sample) -> Ids:
    """Name the processes of a Sample, in ascending order."""
    return np.sort(process_ids(sample.processes.values()))


@per_sample
def destinations(sample: Sample) -> Ids:
    """Name the destinations of a Sample, in ascending order."""
    rows = find_destinations(sample).first_rows
    return np.sort(destination_ids(sample.sockets, rows))


def _goes_on(now: Sample, before_row: _Rows, before: Sample, ended: _Rows) -> NDArray[np.bool_]:
    """Tell of which of these sockets of the Sample before only the cookie changed."""
    kept = np.flatnonzero(is_timewait_sock(now.sockets) & (before_row < 0))
    known = np.sort(connection_ids(now.sockets, kept))
    return is_among(connection_ids(before.sockets, ended), known)


def _foremost(sample: Sample, rows: _Rows) -> _Rows:
    """Choose the sockets to keep: first those of TCP and UDP, TIME_WAIT after what was alive."""
    waiting = is_timewait_sock(sample.sockets)[rows]
    unix = sample.sockets.proto[rows] == Proto.UNIX
    return rows[np.lexsort((waiting, unix))][:MOST_GONE]


def _keep(sample: Sample, ids: Ids, find: _Find) -> Gone | None:
    """Keep what shows these rows; fewer of them where that is too much."""
    ids = np.sort(ids[:MOST_GONE])
    while len(ids):
        rows = find(sample, ids)
        if len(rows) <= _MOST_SOCKETS:
            return Gone(ids, _reduced(sample, rows, ids if find is _of_processes else None))
        ids = ids[: len(ids) // 2]
    return None


def _reduced(sample: Sample, rows: _Rows, processes: Ids | None) -> Sample:
    """Keep these sockets, their holders, and these processes or those that hold them."""
    sockets = sample.sockets.take(rows)
    holdings = find_holdings(sockets, np.arange(len(rows)))
    count = np.bincount(holdings.socket, minlength=len(rows))
    start = np.where(count > 0, np.cumsum(count) - count, UNKNOWN)
    owners, kept = sample.owners, holdings.owner
    known = list(sample.processes.values())
    if processes is None:
        shown = np.isin([process.pid for process in known], owners.pid[kept])
    else:
        shown = is_among(process_ids(known), processes)
    return replace(
        sample,
        sockets=sockets.with_columns(owner_start=start.astype(np.int32)),
        owners=OwnerTable(owners.inode[kept], owners.pid[kept], owners.fd[kept]),
        processes={p.pid: p for p, is_shown in zip(known, shown.tolist(), strict=True) if is_shown},
        pulses=Pulses(),
    )


def _the_sockets(sample: Sample, ids: Ids) -> _Rows:
    return np.flatnonzero(is_among(sample.sockets.key, ids))


def _listeners(sample: Sample, ids: Ids) -> _Rows:
    """Find listeners and the connections that came in through them."""
    wanted = is_among(sample.sockets.key, ids)
    children = find_children(sample.sockets, sample.owners)
    ours = (children.listener >= 0) & wanted[children.listeners[children.listener]]
    wanted[children.rows[ours]] = True
    return np.flatnonzero(wanted)


def _of_processes(sample: Sample, ids: Ids) -> _Rows:
    """Find the sockets that processes hold."""
    known = list(sample.processes.values())
    meant = is_among(process_ids(known), ids)
    pids = [
        process.pid for process, is_meant in zip(known, meant.tolist(), strict=True) if is_meant
    ]
    return np.flatnonzero(held_by(sample.sockets, sample.owners, pids))


def _to_destinations(sample: Sample, ids: Ids) -> _Rows:
    """Find the connections to destinations, and what takes ports from them."""
    sockets, found = sample.sockets, find_destinations(sample)
    wanted = is_tcp(sockets) & np.isin(sockets.state, (TcpState.LISTEN, TcpState.BOUND))
    meant = is_among(destination_ids(sockets, found.first_rows), ids)
    wanted[found.rows[meant[found.groups.of_row]]] = True
    return np.flatnonzero(wanted)


_FINDERS: Mapping[str, _Find] = {
    "sockets": _the_sockets,
    "ports": _listeners,
    "processes": _of_processes,
    "descriptors": _of_processes,
    "ephemeral": _to_destinations,
}
"""How to find the sockets of a Sample that show some rows of a pane."""
