"""The highest that pulses saw between two Samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.states import is_tcp
from netinspect.model import Namespace, Sample, SocketTable, TcpState, Window

_SHORTEST = 0.1  # seconds; a rate over less is an accident


def find_peak_queues(sample: Sample) -> NDArray[np.int64]:
    """Return for each socket its recv_q; for listeners the longest accept queue seen."""
    sockets, seen = sample.sockets, sample.pulses.sockets
    peaks = sockets.recv_q.copy()
    listeners, looks = np.flatnonzero(_listens(sockets)), np.flatnonzero(_listens(seen))
    if not len(listeners) or not len(looks):
        return peaks
    keys = sockets.key[listeners]
    order = np.argsort(keys)
    place = order[np.searchsorted(keys, seen.key[looks], sorter=order) % len(keys)]
    same = keys[place] == seen.key[looks]
    np.maximum.at(peaks, listeners[place[same]], seen.recv_q[looks[same]])
    return peaks


def find_peak_rate(window: Window, namespace: Namespace, counter: str) -> float | None:
    """Return the fastest growth per second of a counter between two looks at it."""
    points = _counter_points(window, namespace, counter)
    rates = []
    began = 0
    for at, value in points:
        while began < len(points) and at - points[began][0] >= _SHORTEST:
            rates.append((value - points[began][1]) / (at - points[began][0]))
            began += 1
    return max((rate for rate in rates if rate >= 0), default=None)


def find_peak_files(sample: Sample) -> int | None:
    """Return the highest number of open files of the host; None where it is not known."""
    known = [count for count in sample.pulses.file_nr if count is not None]
    if sample.limits.file_nr is not None:
        known.append(sample.limits.file_nr)
    return max(known, default=None)


def _listens(sockets: SocketTable) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = is_tcp(sockets) & (sockets.state == TcpState.LISTEN)
    return mask


def _counter_points(window: Window, namespace: Namespace, counter: str) -> list[tuple[float, int]]:
    """Return when the counter was seen at which value, in order of time."""
    looks = []
    if window.before is not None and (earlier := window.before.namespace(namespace.inode)):
        looks.append((window.before.monotonic, earlier.counters.get(counter)))
    pulses = window.now.pulses
    taken = pulses.counters.get(namespace.inode, ())
    looks += [(at, one.get(counter)) for at, one in zip(pulses.at, taken, strict=False) if one]
    looks.append((window.now.monotonic, namespace.counters.get(counter)))
    return [(at, value) for at, value in looks if value is not None]
