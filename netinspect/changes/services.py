"""The local ports that are served: who listens where, by address and port."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.holders import find_holdings
from netinspect.humanize import endpoint_text
from netinspect.measures.ephemeral_ports import given_ports
from netinspect.measures.socket_names import proto_name
from netinspect.measures.socket_values import SocketValues
from netinspect.measures.states import is_service
from netinspect.model import UNKNOWN, OwnerReason, Process, Proto, Sample, Window


class ServiceKey(NamedTuple):
    """Where something listens. place: see Pair.place."""

    place: int
    proto: int
    address: str
    port: int

    @property
    def text(self) -> str:
        """Write it as a person does: tcp 10.0.0.1:80."""
        return f"{proto_name(self.proto)} {endpoint_text(self.address, self.port)}"


@dataclass(slots=True)
class Service:
    """The sockets that listen on one address and port; None = not known.

    selected: one of them passes the filter. passing: a UDP port that a client may have been given.
    """

    sockets: int = 0
    backlog: int | None = None
    holders: tuple[Process, ...] | None = ()
    selected: bool = False
    passing: bool = False

    @property
    def names(self) -> str | None:
        """Name the programs that hold it."""
        return _joined(process.name for process in self.holders) if self.holders else None

    @property
    def units(self) -> str | None:
        """Name the units that hold it; None also where one of the holders may be in none."""
        units = [process.unit for process in self.holders or ()]
        return _joined(unit for unit in units if unit) if units and all(units) else None


def find_services(window: Window, place: NDArray[np.uint64]) -> Mapping[ServiceKey, Service]:
    """Find what listens. place: of every socket, see Pair.place."""
    sockets = window.now.sockets
    rows = np.flatnonzero(is_service(sockets))
    passing = _passing(window.now, rows)
    found: dict[ServiceKey, Service] = {}
    for i, (row, key) in enumerate(zip(rows.tolist(), _keys(window, place, rows), strict=True)):
        service = found.setdefault(key, Service(passing=bool(passing[i])))
        service.sockets += 1
        service.selected |= bool(window.selected[row])
        service.holders = _with(service.holders, _holders(window.now, row))
        limit = int(sockets.send_q[row])
        if key.proto == Proto.TCP and limit != UNKNOWN:
            service.backlog = max(limit, service.backlog or 0)
    return found


def _keys(window: Window, place: NDArray[np.uint64], rows: NDArray[np.int64]) -> list[ServiceKey]:
    sockets = window.now.sockets
    addresses = map(str, SocketValues(window).read("local_addr", rows))
    columns = (place[rows], sockets.proto[rows], sockets.local_port[rows])
    places, protos, ports = (column.tolist() for column in columns)
    return [ServiceKey(*end) for end in zip(places, protos, addresses, ports, strict=True)]


def _passing(sample: Sample, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which sockets are UDP on a port that bind() may have given them by itself."""
    sockets = sample.sockets
    passing: NDArray[np.bool_] = np.zeros(len(rows), np.bool_)
    for inode in np.unique(sockets.netns[rows]).tolist():
        namespace = sample.namespace(inode)
        if namespace is not None:
            given = given_ports(namespace)[sockets.local_port[rows]]
            passing |= given & (sockets.netns[rows] == inode)
    passing &= sockets.proto[rows] == Proto.UDP
    return passing


def _holders(sample: Sample, row: int) -> tuple[Process, ...] | None:
    """Return the processes that hold a socket; None where that is not known."""
    sockets = sample.sockets
    if sockets.owner_reason[row] != OwnerReason.OWNED:
        return None
    owners = find_holdings(sockets, np.array([row])).owner
    pids = np.unique(sample.owners.pid[owners]).tolist()
    processes = [sample.processes.get(pid) for pid in pids]
    known = tuple(process for process in processes if process is not None)
    return known if len(known) == len(processes) else None


def _with(
    one: tuple[Process, ...] | None, other: tuple[Process, ...] | None
) -> tuple[Process, ...] | None:
    return None if one is None or other is None else one + other


def _joined(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))
