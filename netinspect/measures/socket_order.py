"""Comparable values of sockets for every field one may sort by, whole columns at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.socket_names import owner_reason_name, timer_name
from netinspect.model import UNKNOWN, Family, Proto, Sample, TcpState, state_name
from netinspect.timing import measure_idle, measure_rtt

_Ranks = NDArray[np.float64]


class SocketOrder:
    """Ranks the sockets of a Sample; NaN = not known. Text ranks as it sorts."""

    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self._sockets = sample.sockets

    def values(self, field: str, rows: NDArray[np.int64]) -> _Ranks:
        """Return one comparable value for each of these rows."""
        if field.endswith("_addr"):
            return self._addresses(field.removesuffix("_addr"), rows)
        if field in ("local_port", "remote_port"):
            ports = getattr(self._sockets, field)[rows].astype(np.float64)
            return np.where(self._sockets.proto[rows] == Proto.UNIX, np.nan, ports)
        if field in ("netns", "cookie"):
            return _known(getattr(self._sockets, field)[rows], 0)
        if field in ("idle", "rtt"):
            measure = measure_idle if field == "idle" else measure_rtt
            return _known(measure(self._sockets)[rows], UNKNOWN)
        if field == "backlog":
            sockets = self._sockets
            listens = (sockets.proto == Proto.TCP) & (sockets.state == TcpState.LISTEN)
            return _known(np.where(listens, sockets.send_q, UNKNOWN)[rows], UNKNOWN)
        if field == "owners":
            return np.maximum(self._sockets.owner_count[rows], 0).astype(np.float64)
        column, name_of = self._texts().get(field, (field, None))
        values = getattr(self._sockets, column)[rows]
        return _known(values, UNKNOWN) if name_of is None else _rank(values, name_of)

    def _addresses(self, side: str, rows: NDArray[np.int64]) -> _Ranks:
        """Rank addresses by their number, IPv4 by its mapped form."""
        high = getattr(self._sockets, f"{side}_hi")[rows]
        low = getattr(self._sockets, f"{side}_lo")[rows]
        order = np.lexsort((low, high))
        differs = (np.diff(high[order]) != 0) | (np.diff(low[order]) != 0)
        ranks = np.empty(len(rows))
        ranks[order] = np.concatenate([[0.0], np.cumsum(differs)])[: len(rows)]
        return np.where(self._sockets.proto[rows] == Proto.UNIX, np.nan, ranks)

    def _texts(self) -> dict[str, tuple[str, Callable[[int], str | None]]]:
        """Map text fields to the column they come from and what its numbers mean."""
        processes, paths = self._sample.processes, self._sockets.paths
        users = {p.uid: p.user for p in processes.values() if p.user is not None}

        def of_process(attribute: str) -> Callable[[int], str | None]:
            return lambda pid: getattr(processes.get(pid), attribute, None)

        return {
            "proto": ("proto", lambda number: Proto(number).name),
            "family": ("family", lambda number: Family(number).name),
            "state": ("state", state_name),
            "timer": ("timer", timer_name),
            "owner_reason": ("owner_reason", owner_reason_name),
            "process": ("pid", of_process("name")),
            "unit": ("pid", of_process("unit")),
            "container": ("pid", of_process("container")),
            "user": ("uid", users.get),
            "path": ("path", lambda index: paths[index] if index >= 0 else None),
        }


def _known(values: NDArray[Any], unknown: int) -> _Ranks:
    return np.where(values == unknown, np.nan, values.astype(np.float64))


def _rank(values: NDArray[Any], name_of: Callable[[int], str | None]) -> _Ranks:
    """Rank numbers by the names they stand for."""
    distinct, which = np.unique(values, return_inverse=True)
    names = [name_of(number) for number in distinct.tolist()]
    place = {name: rank for rank, name in enumerate(sorted({n for n in names if n is not None}))}
    ranks = [np.nan if name is None else float(place[name]) for name in names]
    return np.array(ranks)[which] if len(values) else np.zeros(0)
