"""What one Sample adds to the Trail: a number for each row of each pane, which rows came and went.

Whatever the filter: a row is new because it came, not because the user asks for it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.children import find_children
from netinspect.measures.departures import destinations, find_departures, living, socket_arrivals
from netinspect.measures.ephemeral_ports import find_destinations
from netinspect.measures.process_sockets import pair_holders, some_unattributed
from netinspect.measures.row_ids import Ids, destination_ids, process_ids
from netinspect.model import Level, Sample, Step, Window

_MOST_NUMBERS = 5_000
"""How many rows of a pane have a number; of more than that, the greatest ones have."""


def take_step(window: Window) -> Step:
    """Measure the Sample of a Window without a filter, beside the one before.

    The findings of the Window are those told.
    """
    levels = {
        "ports": _connections(window.now),
        "processes": _sockets_held(window),
        "descriptors": _descriptors(window.now),
        "ephemeral": _ports_used(window.now),
    }
    numbers = {pane: _greatest(level) for pane, level in levels.items()}
    return Step(numbers, _find_arrivals(window), find_departures(window), window.findings)


def _find_arrivals(window: Window) -> dict[str, Ids]:
    """Find by pane the rows that the Sample before does not have; the first Sample has none."""
    now, before = window.now, window.before
    if before is None:
        return {}
    sockets = socket_arrivals(window)
    started = np.setdiff1d(living(now), living(before), assume_unique=True)
    dialled = np.setdiff1d(destinations(now), destinations(before), assume_unique=True)
    return {
        "sockets": sockets,
        "ports": sockets,
        "processes": started,
        "descriptors": started,
        "ephemeral": dialled,
    }


def _connections(sample: Sample) -> Level:
    """Count the connections of each listener."""
    children = find_children(sample.sockets, sample.owners)
    known = children.listener[children.listener >= 0]
    counts = np.bincount(known, minlength=len(children.listeners))
    return _level(sample.sockets.key[children.listeners], counts)


def _sockets_held(window: Window) -> Level:
    """Count the sockets of each process; NaN where it may hold some that we may not see."""
    processes = list(window.now.processes.values())
    _, index = pair_holders(window, [process.pid for process in processes])
    counts = np.bincount(index, minlength=len(processes)).astype(np.float64)
    if some_unattributed(window.now.sockets):
        counts[[process.fd_kinds is None for process in processes]] = np.nan
    return _level(process_ids(processes), counts)


def _descriptors(sample: Sample) -> Level:
    processes = sample.processes.values()
    counts = [np.nan if process.fds is None else process.fds for process in processes]
    return _level(process_ids(processes), np.array(counts, np.float64))


def _ports_used(sample: Sample) -> Level:
    """Count the local ports used towards each destination."""
    found = find_destinations(sample)
    return _level(destination_ids(sample.sockets, found.first_rows), found.used)


def _level(ids: Ids, numbers: NDArray[np.int64] | NDArray[np.float64]) -> Level:
    order = np.argsort(ids)
    return Level(ids[order], numbers[order].astype(np.float64))


def _greatest(level: Level) -> Level:
    if len(level.ids) <= _MOST_NUMBERS:
        return level
    order = np.argsort(-level.numbers, kind="stable")[:_MOST_NUMBERS]
    order.sort()
    return Level(level.ids[order], level.numbers[order])
