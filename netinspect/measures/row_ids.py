"""Rows of panes named by 64 bits: the same over Samples, and quick to compare in arrays.

Sockets have their key. A process packs its pid and its start; what is too long to pack is hashed:
of a million rows two share a hash less than once in ten million times.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netinspect.mixing import mix
from netinspect.model import Process, SocketTable

Ids = NDArray[np.uint64]

_START_BITS = 42  # Linux has pids of at most 22 bits, a file may have others
_START_MASK = (1 << _START_BITS) - 1
_ALL = (1 << 64) - 1
_STEP = np.uint64(0x9E3779B97F4A7C15)  # of splitmix64: without it 0 would stay 0

_DESTINATION = ("netns", "local_hi", "local_lo", "remote_hi", "remote_lo", "remote_port")
_CONNECTION = (*_DESTINATION, "local_port", "proto")


def process_ids(processes: Iterable[Process]) -> Ids:
    """Name processes by pid and start."""
    packed = [(p.pid << _START_BITS | p.start_time & _START_MASK) & _ALL for p in processes]
    return np.array(packed, np.uint64)


def destination_ids(sockets: SocketTable, rows: NDArray[np.int64]) -> Ids:
    """Name the (netns, source, destination, port) of each of these sockets."""
    return _hash(getattr(sockets, name)[rows] for name in _DESTINATION)


def connection_ids(sockets: SocketTable, rows: NDArray[np.int64]) -> Ids:
    """Name each of these sockets by its ends alone, so that its TIME_WAIT is named the same."""
    return _hash(getattr(sockets, name)[rows] for name in _CONNECTION)


def is_among(ids: Ids, known: Ids) -> NDArray[np.bool_]:
    """Tell which ids are among the known ones. known: ascending."""
    if not len(known):
        return np.zeros(len(ids), np.bool_)
    place = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    found: NDArray[np.bool_] = known[place] == ids
    return found


def _hash(columns: Iterable[NDArray[Any]]) -> Ids:
    mixed: Ids = np.zeros(1, np.uint64)
    for column in columns:
        mixed = mix((mixed ^ column.astype(np.uint64)) + _STEP)
    return mixed
