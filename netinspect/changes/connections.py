"""Connections: how many in each state, per served port and per destination.

A port counts as served when it listens at either moment, so that a listener that goes away does
not turn its connections into outgoing ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netinspect.changes.changes import Change, Difference, find_turn
from netinspect.changes.notable import (
    LEAST,
    LEAST_TIME_WAIT,
    SHARE_TIME_WAIT,
    is_notable,
)
from netinspect.changes.pair import Pair
from netinspect.finding import Scalar
from netinspect.humanize import address_text, endpoint_text
from netinspect.measures.grouping import group_rows
from netinspect.measures.states import is_connection
from netinspect.model import STATE_LETTERS, Proto, SocketTable, TcpState, state_name

_STATES = tuple(state.name for state in STATE_LETTERS)
_OTHERS = f"to others, fewer than {LEAST} each"

_End = tuple[int, ...]
"""Place and local port; or place, remote address, high and low, and remote port."""

_Counts = Mapping[str, int]
"""Sockets by the name of their state."""


def compare_ports(pair: Pair) -> Iterator[Change]:
    """Yield the served ports whose connections that pass the filter changed."""
    before, after = (_incoming(pair, side) for side in (0, 1))
    names = _names(pair)
    for key in sorted({*before, *after}):
        values = _differences(before.get(key, {}), after.get(key, {}))
        if values:
            place, port = key
            name = names.get(key)
            about = {"port": port, "process": name, **_netns(place)}
            subject = f"port {port}{f' of {name}' if name else ''}{pair.place_text(place)}"
            yield _change(subject, values, about)


def compare_destinations(pair: Pair) -> Iterator[Change]:
    """Yield the destinations whose connections that pass the filter changed."""
    before, after = (_outgoing(pair, side) for side in (0, 1))
    large = {end for found in (before, after) for end in found if _total(found[end]) >= LEAST}
    for key in sorted(large):
        values = _differences(before.get(key, {}), after.get(key, {}))
        if values:
            place, high, low, port = key
            address = address_text(high, low)
            about = {"remote_addr": address, "remote_port": port, **_netns(place)}
            subject = f"to {endpoint_text(address, port)}{pair.place_text(place)}"
            yield _change(subject, values, about)
    values = _differences(_sum_others(before, large), _sum_others(after, large))
    if values:
        yield _change(_OTHERS, values, {"remote_addr": None, "remote_port": None})


def _total(counts: _Counts) -> int:
    return sum(counts.values())


def _sum_others(found: Mapping[_End, _Counts], large: Set[_End]) -> _Counts:
    """Add up what few connections each there are to many destinations."""
    others: Counter[str] = Counter()
    for end, counts in found.items():
        if end not in large:
            others.update(counts)
    return others


def _incoming(pair: Pair, side: int) -> Mapping[_End, _Counts]:
    sockets = pair.samples[side].sockets
    rows = np.flatnonzero(_connections(pair, side) & _is_served(pair, side))
    return _count(sockets, rows, pair.places(sockets.netns)[rows], sockets.local_port[rows])


def _outgoing(pair: Pair, side: int) -> Mapping[_End, _Counts]:
    sockets = pair.samples[side].sockets
    rows = np.flatnonzero(_connections(pair, side) & ~_is_served(pair, side))
    ends = (sockets.remote_hi[rows], sockets.remote_lo[rows], sockets.remote_port[rows])
    return _count(sockets, rows, pair.places(sockets.netns)[rows], *ends)


def _connections(pair: Pair, side: int) -> NDArray[np.bool_]:
    window = pair.windows[side]
    mask: NDArray[np.bool_] = window.selected & is_connection(window.now.sockets)
    return mask


def _is_served(pair: Pair, side: int) -> NDArray[np.bool_]:
    """Tell which sockets have a local port that listens at either moment, and did not dial out."""
    sockets = pair.samples[side].sockets
    ports: dict[int, list[int]] = {}
    for key in {*pair.services[0], *pair.services[1]}:
        if key.proto == Proto.TCP:
            ports.setdefault(key.place, []).append(key.port)
    served: NDArray[np.bool_] = np.zeros(len(sockets), np.bool_)
    places = pair.places(sockets.netns)
    for place, listening in ports.items():
        served |= (places == place) & np.isin(sockets.local_port, listening)
    served &= sockets.state != TcpState.SYN_SENT
    return served


def _count(
    sockets: SocketTable, rows: NDArray[np.int64], *ends: NDArray[Any]
) -> Mapping[_End, _Counts]:
    """Count sockets by what they have in common and by state."""
    state = sockets.state[rows]
    groups = group_rows(*ends, state)
    counts = np.bincount(groups.of_row, minlength=len(groups)).tolist()
    columns = [column[groups.first].tolist() for column in (*ends, state)]
    found: dict[_End, dict[str, int]] = {}
    for *end, number, count in zip(*columns, counts, strict=True):
        found.setdefault(tuple(end), {})[state_name(number)] = count
    return found


def _differences(before: _Counts, after: _Counts) -> tuple[Difference, ...]:
    there = {*before, *after}
    states = [name for name in _STATES if name in there] + sorted(there.difference(_STATES))
    numbers = ((name, before.get(name, 0), after.get(name, 0)) for name in states)
    return tuple(Difference(name, old, new) for name, old, new in numbers if old != new)


def _change(subject: str, values: tuple[Difference, ...], about: Mapping[str, Scalar]) -> Change:
    return Change(
        find_turn(values), subject, values, about=about, notable=any(map(_is_notable, values))
    )


def _is_notable(value: Difference) -> bool:
    if value.name == TcpState.TIME_WAIT.name:
        return is_notable(value, LEAST_TIME_WAIT, SHARE_TIME_WAIT)
    return is_notable(value)


def _names(pair: Pair) -> Mapping[_End, str]:
    """Name the processes that serve each port, those of the second moment where it has them."""
    found: dict[_End, str] = {}
    for services in pair.services:
        for key, service in services.items():
            if key.proto == Proto.TCP and service.names:
                found[key.place, key.port] = service.names
    return found


def _netns(place: int) -> Mapping[str, Scalar]:
    return {"netns": str(place) if place else None}
