"""Why a port cannot be bound: every socket that has it, what it is, and who holds it.

A bind() that fails is counted nowhere; the sockets that are there now are all the evidence.
Who hinders whom (inet_csk_get_port(), socket(7)): two sockets on one port whose addresses overlap
get along when both set SO_REUSEPORT as the same user, or both SO_REUSEADDR while neither listens.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from netinspect.holders import find_holdings
from netinspect.humanize import address_text, endpoint_text
from netinspect.measures.children import find_children
from netinspect.measures.ephemeral_ports import given_ports
from netinspect.measures.states import is_timewait_sock
from netinspect.model import Family, Process, Proto, Sample, SocketTable, TcpState

_V4_ANY = 0, 0xFFFF << 32
_V6_ANY = 0, 0

Address = tuple[int, int]
"""Both halves, as SocketTable holds them."""


class Role(Enum):
    """What a socket does with the port."""

    LISTENER = "listener"
    BOUND = "bound"  # neither listens nor connects
    CHILD = "child"  # came in through a listener that is there
    LEFTOVER = "leftover"  # came in through a listener that is gone
    CLIENT = "client"  # goes out, the port was given to it: it squats there
    SELF = "self-connected"  # went out and met itself
    DATAGRAM = "datagram"  # UDP


class Hindrance(Enum):
    """Whether it keeps others from binding the address asked for."""

    NONE = "no: another address"
    UNLESS_REUSEPORT = "unless both set SO_REUSEPORT, as the same user"
    UNLESS_REUSEADDR = "unless both set SO_REUSEADDR"


@dataclass(frozen=True, slots=True)
class PortHolder:
    """One socket on a port.

    row: of SocketTable. remote: None where it has no peer. inferred: the role is concluded.
    processes: all that hold it, none where none can (TIME_WAIT) or where they are hidden.
    seconds_left: until the kernel forgets it by itself. shared: another listener has the same
    address and port, so both have set SO_REUSEPORT. mixed: it is held by different programs: it
    was inherited.
    """

    row: int
    netns: int
    role: Role
    hindrance: Hindrance
    local: str
    remote: str | None
    processes: tuple[Process, ...]
    uid: int | None
    seconds_left: float | None = None
    inferred: bool = False
    shared: bool = False
    mixed: bool = False

    @property
    def hinders(self) -> bool:
        """Tell whether it is in the way at all."""
        return self.hindrance is not Hindrance.NONE


def parse_address(text: str) -> Address:
    """Turn an address into its halves; raises ValueError on one that is none."""
    address = ipaddress.ip_address(text.strip("[]"))
    number = int(address) | (0xFFFF << 32 if address.version == 4 else 0)
    return number >> 64, number & (1 << 64) - 1


def find_port_holders(
    sample: Sample,
    port: int,
    *,
    address: Address | None = None,
    proto: Proto = Proto.TCP,
    netns: int | None = None,
) -> tuple[PortHolder, ...]:
    """Find every socket on a local port: those in the way first, listeners before others.

    address: the one to bind; None = all of both families. netns: None = in every namespace.
    """
    sockets = sample.sockets
    mask = (sockets.proto == proto) & (sockets.local_port == port)
    if netns is not None:
        mask &= sockets.netns == netns
    rows = np.flatnonzero(mask)
    if not len(rows):
        return ()
    sorter = _Sorter(sample, port)
    holding = _holding_processes(sample, rows)
    dying = rows[is_timewait_sock(sockets)[rows] & (sockets.expires[rows] >= 0)]
    left = dict(zip(dying.tolist(), (sockets.expires[dying] / 1000).tolist(), strict=True))
    found = [
        _holder(sockets, sorter, row, address, holding.get(row, ()), left.get(row))
        for row in rows.tolist()
    ]
    order = {role: place for place, role in enumerate(Role)}
    return tuple(sorted(found, key=lambda one: (not one.hinders, order[one.role], one.row)))


def may_be_given(sample: Sample, netns: int, port: int) -> bool | None:
    """Tell whether connect() and bind() to port 0 may take a port; None where it is not known."""
    namespace = sample.namespace(netns)
    if namespace is None or namespace.port_range is None:
        return None
    return bool(given_ports(namespace)[port])


class _Sorter:
    """Tells the roles of sockets on one port."""

    def __init__(self, sample: Sample, port: int) -> None:
        self._sample, self._sockets = sample, sample.sockets
        children = find_children(sample.sockets, sample.owners)
        on_port = sample.sockets.local_port[children.rows] == port
        self._children = set(children.rows[on_port].tolist())
        self._listeners = children.listeners

    def role(self, row: int) -> tuple[Role, bool]:
        """Return the role of a socket, and whether it is concluded."""
        sockets, state = self._sockets, int(self._sockets.state[row])
        if sockets.proto[row] == Proto.UDP:
            return Role.DATAGRAM, False
        if state == TcpState.LISTEN:
            return Role.LISTENER, False
        if state in (TcpState.BOUND, TcpState.CLOSE):
            return Role.BOUND, False
        if _is_self_connected(sockets, row):
            return Role.SELF, False
        if row in self._children:
            return Role.CHILD, False
        if state == TcpState.SYN_SENT or self._dials_here(row):
            return Role.CLIENT, False
        return (Role.CLIENT if self._looks_outgoing(row) else Role.LEFTOVER), True

    def shares(self, row: int) -> bool:
        """Tell whether another listener has the same address and port."""
        names = ("netns", "local_port", "local_hi", "local_lo", "family")
        same = np.ones(len(self._listeners), np.bool_)
        for name in names:
            column = getattr(self._sockets, name)
            same &= column[self._listeners] == column[row]
        return int(np.count_nonzero(same)) > 1

    def _dials_here(self, row: int) -> bool:
        """Tell whether the far end is a listener of the same namespace."""
        sockets, listeners = self._sockets, self._listeners
        there = (sockets.netns[listeners] == sockets.netns[row]) & (
            sockets.local_port[listeners] == sockets.remote_port[row]
        )
        remote = int(sockets.remote_hi[row]), int(sockets.remote_lo[row])
        local = int(sockets.local_hi[row]), int(sockets.local_lo[row])
        return any(
            end == remote or (end in (_V4_ANY, _V6_ANY) and (remote == local or _is_own(remote)))
            for end in _ends(sockets, listeners[there])
        )

    def _looks_outgoing(self, row: int) -> bool:
        """Conclude it from the ports: clients have one that is given out, services most often not.

        Where both ends have such a port, it went out if others go to the same far end.
        """
        sockets = self._sockets
        netns, port = int(sockets.netns[row]), int(sockets.local_port[row])
        if not may_be_given(self._sample, netns, port):
            return False
        remote_port = int(sockets.remote_port[row])
        return not may_be_given(self._sample, netns, remote_port) or self._is_dialled_more(row)

    def _is_dialled_more(self, row: int) -> bool:
        sockets = self._sockets
        same = (sockets.proto == Proto.TCP) & (sockets.local_port != sockets.local_port[row])
        for name in ("netns", "remote_hi", "remote_lo", "remote_port"):
            column = getattr(sockets, name)
            same &= column == column[row]
        return bool(same.any())


def _holder(
    sockets: SocketTable,
    sorter: _Sorter,
    row: int,
    address: Address | None,
    processes: tuple[Process, ...],
    seconds_left: float | None,
) -> PortHolder:
    role, inferred = sorter.role(row)
    remote_port = int(sockets.remote_port[row])
    remote = address_text(int(sockets.remote_hi[row]), int(sockets.remote_lo[row]))
    return PortHolder(
        row,
        int(sockets.netns[row]),
        role,
        _hindrance(sockets, row, role, address),
        endpoint_text(_local_text(sockets, row), int(sockets.local_port[row])),
        endpoint_text(remote, remote_port) if remote_port else None,
        processes,
        int(sockets.uid[row]) if sockets.uid[row] >= 0 and sockets.inode[row] > 0 else None,
        seconds_left,
        inferred,
        role is Role.LISTENER and sorter.shares(row),
        len({process.exe or process.name for process in processes}) > 1,
    )


def _holding_processes(sample: Sample, rows: NDArray[np.int64]) -> dict[int, tuple[Process, ...]]:
    """Return for each socket the processes that hold it, each once."""
    holdings = find_holdings(sample.sockets, rows)
    pids = sample.owners.pid[holdings.owner]
    held: dict[int, dict[int, Process]] = {}
    for row, pid in zip(holdings.socket.tolist(), pids.tolist(), strict=True):
        process = sample.processes.get(pid)
        if process is not None:
            held.setdefault(row, {})[pid] = process
    return {row: tuple(by_pid[pid] for pid in sorted(by_pid)) for row, by_pid in held.items()}


def _hindrance(sockets: SocketTable, row: int, role: Role, address: Address | None) -> Hindrance:
    if address is not None and not _overlaps(sockets, row, address):
        return Hindrance.NONE
    return Hindrance.UNLESS_REUSEPORT if role is Role.LISTENER else Hindrance.UNLESS_REUSEADDR


def _overlaps(sockets: SocketTable, row: int, asked: Address) -> bool:
    """Tell whether a socket's local address and another have an address in common.

    [::] takes IPv4 too, unless it is known to be for IPv6 only; the one asked for is not.
    """
    own = int(sockets.local_hi[row]), int(sockets.local_lo[row])
    takes_v4 = sockets.family[row] == Family.INET6 and sockets.v6only[row] != 1
    if own == asked or asked == _V6_ANY:
        return True
    if own == _V6_ANY:
        return bool(takes_v4) or not _is_v4(asked)
    if not (_is_v4(own) and _is_v4(asked)):
        return False
    return _V4_ANY in (own, asked)


def _is_v4(address: Address) -> bool:
    return address[0] == 0 and address[1] >> 32 == 0xFFFF


def _is_own(address: Address) -> bool:
    return address == (0, 1) or (address[0] == 0 and address[1] >> 24 == 0xFFFF7F)


def _is_self_connected(sockets: SocketTable, row: int) -> bool:
    return bool(
        sockets.local_port[row] == sockets.remote_port[row]
        and sockets.local_hi[row] == sockets.remote_hi[row]
        and sockets.local_lo[row] == sockets.remote_lo[row]
    )


def _ends(sockets: SocketTable, rows: NDArray[np.int64]) -> list[Address]:
    return list(zip(sockets.local_hi[rows].tolist(), sockets.local_lo[rows].tolist(), strict=True))


def _local_text(sockets: SocketTable, row: int) -> str:
    """Write an address; `*` for one that takes both families."""
    own = int(sockets.local_hi[row]), int(sockets.local_lo[row])
    if own == _V6_ANY and sockets.family[row] == Family.INET6 and sockets.v6only[row] == 0:
        return "*"
    return address_text(*own)
